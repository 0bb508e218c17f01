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

  /** `known`: hashes of ids that came before, as `add` gave them. */
  constructor(known: Iterable<number> = []) {
    for (const hash of known) this.#insert(hash)
  }

  /** False where it came before. `added` gets its hash where it is new, and is to be known when it comes again. */
  add(id: string, added?: number[]): boolean {
    if (this.#size >= MOST) return true
    // 0 is a slot that is free.
    const hash = hash53(id) || 1
    if (!this.#insert(hash)) return false
    added?.push(hash)
    return true
  }

  #insert(hash: number): boolean {
    if (this.#size * 2 >= this.#slots.length) this.#grow()
    if (!insert(this.#slots, hash)) return false
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
