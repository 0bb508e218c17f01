import type { Strike } from './faults.ts'
import type { Item } from './resource-type.ts'
import { FIRST, pageOf, writeCursor, type Cursor, type Selection } from './selection.ts'

export interface Listing<T> {
  readonly items: readonly T[]
  /** Cursor of the next page, in the simulator's own form. */
  readonly next: string | null
}

type Reader<T> = (position: number, limit: number) => { readonly items: readonly T[]; readonly next: number | null }

/** One page of resources, with what a fault does to it. */
export function listItems(
  selection: Selection,
  query: string,
  cursor: Cursor,
  limit: number,
  strike?: Strike,
): Listing<Item> {
  return list((position, size) => pageOf(selection, position, size), query, cursor, limit, strike)
}

/** One page of a whole list that is at hand. */
export function listArray<T>(
  all: readonly T[],
  query: string,
  cursor: Cursor,
  limit: number,
  strike?: Strike,
): Listing<T> {
  const read: Reader<T> = (position, size) => {
    const end = position + size
    return { items: all.slice(position, end), next: end < all.length ? end : null }
  }
  return list(read, query, cursor, limit, strike)
}

function list<T>(read: Reader<T>, query: string, cursor: Cursor, limit: number, strike?: Strike): Listing<T> {
  if (strike?.kind === 'empty_page') {
    return { items: [], next: writeCursor(query, { position: cursor.position, page: cursor.page + 1 }) }
  }
  const start = strike?.kind === 'lost_page' ? read(cursor.position, limit).next : cursor.position
  if (start === null) return { items: [], next: null }
  const twice = strike?.kind === 'duplicate_items'
  const { items, next } = read(start, twice ? Math.max(1, Math.floor(limit / 2)) : limit)
  return { items: twice ? [...items, ...items] : items, next: nextCursor(query, cursor, next, strike) }
}

function nextCursor(query: string, cursor: Cursor, next: number | null, strike?: Strike): string | null {
  if (strike?.kind === 'repeated_cursor' && cursor !== FIRST) return writeCursor(query, cursor)
  return next === null ? null : writeCursor(query, { position: next, page: cursor.page + 1 })
}
