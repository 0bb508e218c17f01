import type { FaultKind } from './fault-kinds.ts'
import type { Strike } from './faults.ts'
import type { Item } from './estate/resource-type.ts'
import { FIRST, pageOf, writeCursor, type Cursor, type Selection } from './estate/selection.ts'

export interface Listing<T> {
  readonly items: readonly T[]
  /** Cursor of the next page, in the simulator's own form. */
  readonly next: string | null
}

export type Reader<T> = (
  position: number,
  limit: number,
) => { readonly items: readonly T[]; readonly next: number | null }

/** One page of resources, with what a fault does to it. */
export function listItems(
  selection: Selection,
  query: string,
  cursor: Cursor,
  limit: number,
  strike?: Strike,
): Listing<Item> {
  return listRows((position, size) => pageOf(selection, position, size), query, cursor, limit, strike)
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
  return listRows(read, query, cursor, limit, strike)
}

/** One page of what `read` gives from a position on. */
export function listRows<T>(
  read: Reader<T>,
  query: string,
  cursor: Cursor,
  limit: number,
  strike?: Strike,
): Listing<T> {
  if (strike?.hits('empty_page')) {
    return { items: [], next: writeCursor(query, { position: cursor.position, page: cursor.page + 1 }) }
  }
  const start = strike?.hits('lost_page') ? read(cursor.position, limit).next : cursor.position
  if (start === null) return { items: [], next: null }
  const half = Math.max(1, Math.floor(limit / 2))
  const { items, next } = read(start, strike && HALF_PAGES.includes(strike.kind) ? half : limit)
  if (next !== null) strike?.hits('short_page', 'no_skip_token')
  return {
    items: [...again(read, start, items, half, strike), ...items],
    next: nextCursor(query, cursor, next, strike),
  }
}

const HALF_PAGES: readonly FaultKind[] = ['short_page', 'no_skip_token', 'duplicate_items', 'repeated_items']

/** What comes a second time. */
function again<T>(read: Reader<T>, start: number, items: readonly T[], limit: number, strike?: Strike): readonly T[] {
  if (items.length > 0 && strike?.hits('duplicate_items')) return items
  return start > 0 && strike?.hits('repeated_items')
    ? read(Math.max(0, start - limit), Math.min(start, limit)).items
    : []
}

function nextCursor(query: string, cursor: Cursor, next: number | null, strike?: Strike): string | null {
  if (cursor !== FIRST && strike?.hits('repeated_cursor')) return writeCursor(query, cursor)
  return next === null ? null : writeCursor(query, { position: next, page: cursor.page + 1 })
}
