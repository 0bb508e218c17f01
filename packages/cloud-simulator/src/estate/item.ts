import { combine, mix, unmix } from './hash.ts'
import type { EstateSlice, Item } from './resource-type.ts'

/** The k-th resource of a type in a slice. */
export function itemOf(slice: EstateSlice, type: number, k: number): Item {
  return { slice, type, k, hash: combine(typeSalt(slice, type), k) }
}

/** 32 bits that no other resource of the slice and type has. */
export function unique({ slice, type, k }: Item): number {
  return mix(k ^ typeSalt(slice, type))
}

/** The number of the resource that has these 32 bits; it may be beyond those that exist. */
export function fromUnique(slice: EstateSlice, type: number, bits: number): number {
  return (unmix(bits) ^ typeSalt(slice, type)) >>> 0
}

/** Whether it is of a resource that is deleted: one beyond those that the slice has. */
export function isDeleted({ slice, type, k }: Item): boolean {
  return k >= slice.counts[type]!
}

function typeSalt(slice: EstateSlice, type: number): number {
  return combine(slice.salt, type)
}
