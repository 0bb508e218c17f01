import { unitAt } from '@cae/core'

/**
 * The exclusive or of the keys of a set of names, in base 36: two sets that have the same one are the same, but for one
 * chance in 2^53. It tells whether two processes have seen the same names without either telling which.
 */
export type Fingerprint = string

export const NOTHING: Fingerprint = '0'

const TWO_32 = 0x1_0000_0000

/** 53 bits of a name. */
export function nameKey(name: string): number {
  const { length } = name
  let low = 0x811c9dc5
  let high = 0x9e3779b9
  for (let i = 0; i < length; i++) {
    const code = unitAt(name, i)
    low = Math.imul(low ^ code, 0x01000193)
    high = Math.imul(high ^ code, 0x85ebca6b) ^ (high >>> 13)
  }
  low = mix(low)
  return (mix(high ^ low) & 0x1fffff) * TWO_32 + (low >>> 0)
}

/** A fingerprint that keys are added to; a key that is added twice is taken out again. */
export interface Tracker {
  add(key: number): void
  fingerprint(): Fingerprint
}

export function trackFrom(start: Fingerprint): Tracker {
  const key = Number.parseInt(start, 36)
  let high = Math.floor(key / TWO_32)
  let low = key % TWO_32
  return {
    add(other) {
      high ^= Math.floor(other / TWO_32)
      low ^= other % TWO_32
    },
    fingerprint: () => (high * TWO_32 + (low >>> 0)).toString(36),
  }
}

// Murmur3's finalizer.
function mix(value: number): number {
  let x = value ^ (value >>> 16)
  x = Math.imul(x, 0x85ebca6b)
  x ^= x >>> 13
  x = Math.imul(x, 0xc2b2ae35)
  return x ^ (x >>> 16)
}
