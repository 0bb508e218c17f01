import { hash53 } from './task.ts'

const FIRST_SLOTS = 1024
/** So many ids take 16 MiB. Of a slice that is larger, those that come later are taken for new. */
const MOST = 1024 * 1024

/**
 * Which ids came before, as hashes: 16 to 32 bytes an id, outside the heap that garbage collection walks. Two of a million
 * ids have the same hash once in 20,000 such sets.
 */
export class KnownIds {
  #slots = new Float64Array(FIRST_SLOTS)
  #size = 0

  /** False where it came before. */
  add(id: string): boolean {
    if (this.#size >= MOST) return true
    if (this.#size * 2 >= this.#slots.length) this.#grow()
    // 0 is a slot that is free.
    if (!insert(this.#slots, hash53(id) || 1)) return false
    this.#size++
    return true
  }

  #grow(): void {
    const larger = new Float64Array(this.#slots.length * 2)
    for (const hash of this.#slots) if (hash !== 0) insert(larger, hash)
    this.#slots = larger
  }
}

function insert(slots: Float64Array, hash: number): boolean {
  const mask = slots.length - 1
  let at = hash & mask
  while (slots[at] !== 0) {
    if (slots[at] === hash) return false
    at = (at + 1) & mask
  }
  slots[at] = hash
  return true
}
