import type { Slice } from '@cae/core'
import type { Rows } from '../kql.ts'
import { pagesFor, type PageSizes } from './page-sizes.ts'
import { ownerName, writeQuery, type Owner, type SliceQuery } from '../slice.ts'

/** Pages of one slice at most. What takes more is read by several slices at once. */
const PAGES_PER_SLICE = 20
/** Parts differ in size, so that their mean is below that. */
const PAGES_PER_PART = 16
/** The counts of all parts must come in one answer. */
const MAX_PARTS = 1000
const COUNT_SOURCE = 'summarize count() by subscriptionId'

export interface Count {
  readonly subscription: string
  readonly rows: number
}

/**
 * Slices of one table from the counts of its rows: subscriptions that fit into one page together share a slice, one that
 * takes several pages has its own. The same counts give the same slices.
 */
export function packed(rows: Rows, counts: readonly Count[], sizes: PageSizes): Slice[] {
  const present = counts.filter((count) => count.rows > 0)
  const large = present.filter((count) => count.rows > sizes.exact).toSorted(byId)
  const small = present.filter((count) => count.rows <= sizes.exact)
  return [
    ...large.map((count) => ownSlice(rows, { subscriptions: [count.subscription] }, count.rows, sizes)),
    ...bins(small, sizes.exact).map((bin) => sharedSlice(rows, bin)),
  ]
}

function byId(a: Count, b: Count): number {
  return a.subscription < b.subscription ? -1 : 1
}

// First fit, the largest first.
function bins(counts: readonly Count[], size: number): Count[][] {
  const open: { left: number; readonly counts: Count[] }[] = []
  for (const count of counts.toSorted((a, b) => b.rows - a.rows || byId(a, b))) {
    let bin = open.find(({ left }) => left >= count.rows)
    if (!bin) open.push((bin = { left: size, counts: [] }))
    bin.left -= count.rows
    bin.counts.push(count)
  }
  return open.map((bin) => bin.counts.toSorted(byId))
}

function sharedSlice(rows: Rows, bin: readonly Count[]): Slice {
  const subscriptions = bin.map(({ subscription }) => subscription)
  const counts = bin.map((one) => one.rows)
  const count = counts.reduce((sum, one) => sum + one, 0)
  return slice(rows, { subscriptions }, counts.length > 1 ? { counts } : {}, count)
}

/** A slice of rows that are counted together; one that counts parts of them first where they take very many pages. */
export function ownSlice(rows: Rows, owner: Owner, count: number, sizes: PageSizes): Slice {
  const pages = pagesFor(count, sizes)
  if (pages <= PAGES_PER_SLICE) return slice(rows, owner, pages === 1 ? {} : { pages }, count)
  const parts = Math.min(MAX_PARTS, Math.ceil(pages / PAGES_PER_PART))
  return {
    scope: ownerName(owner),
    region: 'global',
    partition: `${rows.table}-parts`,
    query: writeQuery({ ...rows, ...owner, step: 'parts', parts, count }),
    plans: true,
  }
}

function slice(rows: Rows, owner: Owner, more: Partial<SliceQuery>, count: number): Slice {
  return {
    scope: ownerName(owner),
    region: 'global',
    partition: rows.table,
    query: writeQuery({ ...rows, ...owner, ...more }),
    expected: { count, source: COUNT_SOURCE },
  }
}

/** Slices of the parts of rows. `counts`: rows by part, from 0; a part that is absent has none. */
export function partSlices(
  { step: _step, count = 0, ...query }: SliceQuery,
  counts: ReadonlyMap<number, number>,
  sizes: PageSizes,
): Slice[] {
  const { parts = 1, table } = query
  // Not of whatever else was counted: no part would read it.
  const rowsOf = Array.from({ length: parts }, (_, part) => counts.get(part) ?? 0)
  const counted = rowsOf.reduce((sum, one) => sum + one, 0)
  // What was there when all were counted, and is out of sight now, must not be forgotten: the first part owes it.
  const missing = Math.max(0, count - counted)
  return rowsOf.flatMap((rows, part) => {
    const expected = rows + (part === 0 ? missing : 0)
    if (expected === 0) return []
    return [
      {
        scope: ownerName(query),
        region: 'global',
        partition: `${table}-${part}-of-${parts}`,
        query: writeQuery({ ...query, part, pages: pagesFor(rows, sizes) }),
        expected: { count: expected, source: 'summarize count() by hash(tolower(id))' },
      },
    ]
  })
}
