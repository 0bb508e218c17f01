/** The least that is used again. */
const BLOCK = 256 * 1024
/** What is known to be smaller than this has memory of its own, which is as cheap to make. */
const SMALL = 16 * 1024
/** What is larger than this does not cost its memory for ever. */
const LARGEST = 8 * 1024 * 1024
/** What waits to be used again, of all sizes together. */
const MOST_KEPT = 24 * 1024 * 1024

/** Smallest first. */
const free: ArrayBuffer[] = []
const lent = new WeakSet<ArrayBufferLike>()
let kept = 0

/** UTF-8 takes at most so many bytes for each unit of a string. */
const MOST_PER_UNIT = 3

/**
 * The bytes of an answer or of a batch, put together one after another, in memory that is used again. What is outside of
 * V8's heap counts against its limit, and pages of megabytes that are held while they come in survive until the next full
 * collection, which they bring closer; a piece that is copied at once dies young. And fresh memory costs a page fault for
 * each 4 KiB of it (docs/decisions/0004).
 */
export class ReusedBytes {
  #memory: Buffer
  #length = 0

  /**
   * `expected`: how many bytes are to come, as far as it is known; more of them cost a copy. It may be what somebody says of
   * an answer that never comes: so it takes 8 MiB at most.
   */
  constructor(expected = BLOCK) {
    this.#memory = lend(Math.min(expected, LARGEST))
  }

  add(piece: Uint8Array): void {
    const length = this.#length + piece.length
    if (length > this.#memory.length) this.#grow(length)
    this.#memory.set(piece, this.#length)
    this.#length = length
  }

  /** In UTF-8. */
  write(text: string): void {
    const most = this.#length + text.length * MOST_PER_UNIT
    if (most > this.#memory.length) this.#grow(most)
    this.#length += this.#memory.write(text, this.#length)
  }

  /** All so far. Whoever has read it and keeps nothing that looks into it gives it to `releaseBytes`. */
  get bytes(): Buffer {
    return this.#memory.subarray(0, this.#length)
  }

  #grow(length: number): void {
    const larger = lend(Math.max(length, 2 * this.#memory.length))
    larger.set(this.bytes)
    releaseBytes(this.#memory)
    this.#memory = larger
  }
}

/**
 * Lets others have this memory, once. Memory that is never released goes with the next collection, and what was gathered
 * nowhere here is left alone.
 */
export function releaseBytes({ buffer }: Uint8Array): void {
  if (!lent.delete(buffer) || kept + buffer.byteLength > MOST_KEPT) return
  kept += buffer.byteLength
  const place = free.findIndex(({ byteLength }) => byteLength >= buffer.byteLength)
  free.splice(place === -1 ? free.length : place, 0, buffer as ArrayBuffer)
}

function lend(length: number): Buffer {
  if (length < SMALL || length > LARGEST) return Buffer.allocUnsafeSlow(length)
  const memory = known(length) ?? Buffer.allocUnsafeSlow(sizeFor(length)).buffer
  lent.add(memory)
  return Buffer.from(memory)
}

function known(length: number): ArrayBuffer | undefined {
  const place = free.findIndex(({ byteLength }) => byteLength >= length)
  if (place === -1) return undefined
  const [memory] = free.splice(place, 1)
  kept -= memory!.byteLength
  return memory
}

// Few sizes, so that most answers find one that fits.
function sizeFor(length: number): number {
  let size = BLOCK
  while (size < length) size *= 2
  return size
}
