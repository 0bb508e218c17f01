import { ExtractionError, type Context, type Gap, type PageReader, type Plan } from '@cae/core'
import type { Query } from './graph.ts'
import { bucketKql, countKql, type Rows } from './kql.ts'
import { ownSlice, packed, partSlices, type Count, type PageSizes } from './pack.ts'
import { graphScope, type Owner, type SliceQuery } from './slice.ts'

/** Plans slices that read a table, from counts of its rows by subscription. */
export function openCount(query: Query, slice: SliceQuery, context: Context, sizes: PageSizes): PageReader {
  return planning(async () => {
    const { step: _step, subscriptions, groups, ...rows } = slice
    const counts = await countRows(query, rows, slice, context)
    if (!subscriptions) return { slices: slicesAbove(rows, { groups: groups ?? [] }, counts, sizes), gaps: [] }
    return { slices: packed(rows, counts, sizes), gaps: leftOut(rows, subscriptions, counts) }
  })
}

/** Plans a slice for each part of rows, from counts by their hash. */
export function openParts(query: Query, slice: SliceQuery, context: Context, sizes: PageSizes): PageReader {
  return planning(async () => {
    const kql = bucketKql(slice, slice.parts ?? 1)
    const answer = await query<{ bucket: number; rows: number }>(kql, graphScope(slice), context)
    refuseCut(answer)
    const counts = new Map(answer.rows.map(({ bucket, rows }) => [bucket, rows]))
    return { slices: partSlices(slice, counts, sizes), gaps: [] }
  })
}

/** One page, which holds no resources. */
function planning(plan: () => Promise<Plan>): PageReader {
  return { read: async () => ({ artifacts: [], next: null, plan: await plan() }), close: async () => {} }
}

/** Rows by subscription, whose id is empty for what stands above all; those without any are not told. */
export async function countRows(query: Query, rows: Rows, owner: Owner, context: Context): Promise<readonly Count[]> {
  const answer = await query<{ subscriptionId: string; rows: number }>(countKql(rows), graphScope(owner), context)
  refuseCut(answer)
  return answer.rows.map((row) => ({ subscription: row.subscriptionId.toLowerCase(), rows: row.rows }))
}

function refuseCut({
  rows,
  total,
  skipToken,
}: {
  rows: readonly unknown[]
  total: number
  skipToken?: string | undefined
}) {
  if (!skipToken && rows.length >= total) return
  throw new ExtractionError('RESULT_TRUNCATED', 'Azure: Resource Graph gave a part of the counts only')
}

function slicesAbove(rows: Rows, owner: Owner, counts: readonly Count[], sizes: PageSizes) {
  const count = counts.reduce((sum, one) => sum + one.rows, 0)
  return count === 0 ? [] : [ownSlice(rows, owner, count, sizes)]
}

// Every subscription has a row of its own in this table, so that one without any dropped out since it was found readable.
function leftOut({ table, types }: Rows, subscriptions: readonly string[], counts: readonly Count[]): Gap[] {
  if (table !== 'resourcecontainers' || types) return []
  const counted = new Set(counts.map(({ subscription }) => subscription))
  return subscriptions
    .filter((id) => !counted.has(id))
    .map((scope) => ({
      scope,
      region: 'global',
      partition: 'subscription',
      code: 'ACCESS_DENIED',
      message: 'Azure: Resource Graph showed the subscription and then left it out: the permission to read it ended',
    }))
}
