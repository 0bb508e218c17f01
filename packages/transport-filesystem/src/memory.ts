/** Memory that is used again. A fresh piece for every batch costs a page fault for each 4 KiB of it. */
export interface Memory {
  take(): Buffer | undefined
  /** Nobody may read or write it any more. The whole of what a part is of comes back. */
  giveBack(part: Buffer): void
}

/** As many pieces as there are deliveries at once, as a rule; each grows to the largest batch that it has held. */
const KEPT = 16
const LARGEST = 4 * 1024 * 1024

export function reusedMemory(): Memory {
  const free: Buffer[] = []
  return {
    take: () => free.pop(),
    giveBack({ buffer }) {
      if (free.length < KEPT && buffer.byteLength <= LARGEST) free.push(Buffer.from(buffer))
    },
  }
}
