import { hashText } from './hash.ts'
import { itemOf } from './item.ts'
import type { EstateSlice, Item } from './resource-type.ts'

/** Resources that a query asks for: whole types of slices, and a test for each resource where that is not enough. */
export interface Selection {
  readonly runs: readonly Run[]
  readonly accepts?: (item: Item) => boolean
}

export interface Run {
  readonly slice: EstateSlice
  readonly type: number
  readonly count: number
}

/** Where a page begins. `position` counts the selection's resources before the test. */
export interface Cursor {
  readonly position: number
  /** 1 for the first page. */
  readonly page: number
}

export const FIRST: Cursor = { position: 0, page: 1 }

export function runsOf(slices: readonly EstateSlice[], accepts: (slice: EstateSlice, type: number) => boolean): Run[] {
  const runs: Run[] = []
  for (const slice of slices) {
    for (const [type, count] of slice.counts.entries()) {
      if (count > 0 && accepts(slice, type)) runs.push({ slice, type, count })
    }
  }
  return runs
}

export function countOf({ runs, accepts }: Selection): number {
  if (!accepts) return runs.reduce((sum, { count }) => sum + count, 0)
  let count = 0
  for (const { slice, type, count: n } of runs) for (let k = 0; k < n; k++) if (accepts(itemOf(slice, type, k))) count++
  return count
}

/** Up to `limit` resources from a position on, and the position of the next one that belongs to the selection. */
export function pageOf({ runs, accepts }: Selection, position: number, limit: number) {
  const items: Item[] = []
  let start = 0
  for (const { slice, type, count } of runs) {
    for (let k = Math.max(0, position - start); k < count; k++) {
      const item = itemOf(slice, type, k)
      if (accepts && !accepts(item)) continue
      if (items.length === limit) return { items, next: start + k }
      items.push(item)
    }
    start += count
  }
  return { items, next: null }
}

/** An opaque cursor that holds only for the query it was given for. */
export function writeCursor(query: string, { position, page }: Cursor): string {
  const body = `${position}.${page}`
  return Buffer.from(`${body}.${hashText(`${query} ${body}`).toString(36)}`).toString('base64url')
}

/** Null where the cursor is malformed or belongs to another query. */
export function readCursor(query: string, text: string): Cursor | null {
  const [position, page] = Buffer.from(text, 'base64url').toString('latin1').split('.').map(Number)
  if (!Number.isSafeInteger(position) || !Number.isSafeInteger(page)) return null
  const cursor = { position: position!, page: page! }
  return writeCursor(query, cursor) === text ? cursor : null
}

/** The number of the page that a cursor, of whatever query, begins; 1 where there is none. */
export function pageNumber(text: string | null): number {
  if (text === null) return 1
  return Number(Buffer.from(text, 'base64url').toString('latin1').split('.')[1]) || 1
}
