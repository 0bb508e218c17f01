import { ExtractionError, type Context, type ErrorCode, type Gap, type PageReader, type Plan } from '@cae/core'
import type { Query } from '../client/graph.ts'
import { bucketKql, countKql, type Rows } from '../kql.ts'
import { ownSlice, packed, partSlices, type Count } from './pack.ts'
import type { PageSizes } from './page-sizes.ts'
import { countedTables, countSlice, graphScope, ownerName, type Owner, type SliceQuery } from '../slice.ts'
import { gapOf, refusal, shownOf } from './subscriptions.ts'
import { hasRowsAbove, type Table } from '../tables.ts'

/** What Resource Graph is known to refuse, so that it is not asked again for it. */
export interface Refusals {
  /** Queries over several tables. */
  unions: boolean
}

/** What counting goes by. */
export interface Counting {
  readonly sizes: PageSizes
  readonly refusals: Refusals
}

/** Plans slices that read tables, from counts of their rows by subscription. */
export function openCount(
  query: Query,
  slice: SliceQuery,
  context: Context,
  { sizes, refusals }: Counting,
): PageReader {
  return planning(async () => {
    const counts = await countTogether(query, slice, context, refusals)
    if (!counts) return { slices: apart(slice).map(countSlice), gaps: [] }
    const plans = [...counts].map(([table, counted]) => planTable({ ...slice, table }, counted, sizes))
    const unseen = slice.unproven ? await unseenIn(slice, counts, query, context) : []
    return { slices: plans.flatMap(({ slices }) => slices), gaps: [...plans.flatMap(({ gaps }) => gaps), ...unseen] }
  })
}

/** The tables of a slice that counts, each in a slice of its own. */
export function apart(slice: SliceQuery): SliceQuery[] {
  const { also: _also, ...alone } = slice
  return countedTables(slice).map((table) => ({ ...alone, table }))
}

/** Slices that read the rows of one table, from its counts, and gaps for what they do not cover. */
export function planTable(slice: SliceQuery, counts: readonly Count[], sizes: PageSizes): Plan {
  const { step: _step, also: _also, unproven: _unproven, subscriptions, groups, ...rows } = slice
  if (!subscriptions) return { slices: slicesAbove(rows, { groups: groups ?? [] }, counts, sizes), gaps: [] }
  const gaps = [...leftOut(rows, subscriptions, counts), ...ofNobody(slice, counts)]
  const owned = counts.filter(({ subscription }) => subscription !== '')
  return { slices: packed(rows, owned, sizes), gaps }
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

/** Errors that are about the identity or its quota, and say nothing of a query. */
const NOT_OF_A_QUERY: ReadonlySet<ErrorCode> = new Set([
  'CREDENTIALS_EXPIRED',
  'CREDENTIALS_INVALID',
  'CREDENTIALS_UNAVAILABLE',
  'INTERNAL',
  'THROTTLED',
])

/**
 * Rows of each table by subscription, whose id is empty for what stands above all; those without any are not told. Undefined
 * where the query over several tables fails: whether one of them does must then be asked for each.
 */
export async function countTogether(
  query: Query,
  slice: SliceQuery,
  context: Context,
  refusals: Refusals,
): Promise<ReadonlyMap<Table, readonly Count[]> | undefined> {
  const { also, types, locations, above } = slice
  if (also && refusals.unions) return undefined
  const tables = countedTables(slice)
  const rows = { ...(types && { types }), ...(locations && { locations }), ...(above && { above }) }
  try {
    const kql = countKql(tables, rows)
    const answer = await query<CountRow>(kql, graphScope(slice), context)
    refuseCut(answer)
    return byTable(tables, answer.rows)
  } catch (thrown) {
    if (!also || !(thrown instanceof ExtractionError) || NOT_OF_A_QUERY.has(thrown.code)) throw thrown
    if (thrown.code === 'REQUEST_INVALID') refusals.unions = true
    return undefined
  }
}

interface CountRow {
  readonly subscriptionId: string | null
  readonly rows: number
  readonly source: string
}

function byTable(tables: readonly Table[], rows: readonly CountRow[]): ReadonlyMap<Table, readonly Count[]> {
  const counts = new Map<Table, Map<string, number>>(tables.map((table) => [table, new Map()]))
  for (const { subscriptionId, rows: count, source } of rows) {
    const counted = counts.get(source as Table)
    if (!counted) throw new ExtractionError('RESPONSE_INVALID', `Azure: Resource Graph counted ${source}, unasked`)
    // Kusto groups by the very text, and a subscription that is written in two ways is one.
    const subscription = (subscriptionId ?? '').toLowerCase()
    counted.set(subscription, (counted.get(subscription) ?? 0) + count)
  }
  return new Map(
    [...counts].map(([table, counted]) => [
      table,
      [...counted].map(([subscription, sum]) => ({ subscription, rows: sum })),
    ]),
  )
}

function refuseCut({ skipToken }: { readonly skipToken: string | undefined }): void {
  if (skipToken === undefined) return
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
  return subscriptions.filter((id) => !counted.has(id)).map((id) => gapOf(id, LEFT_OUT))
}

/** Who has nothing in the tables may have nothing there, or have dropped out: then it is asked whether it is still shown. */
async function unseenIn(
  { subscriptions = [] }: SliceQuery,
  counts: ReadonlyMap<Table, readonly Count[]>,
  query: Query,
  context: Context,
): Promise<Gap[]> {
  const counted = new Set([...counts.values()].flat().map(({ subscription }) => subscription))
  const uncounted = subscriptions.filter((id) => !counted.has(id))
  const { ids, refusals } = await shownOf(uncounted, query, context)
  return uncounted.filter((id) => !ids.has(id)).map((id) => gapOf(id, refusals.get(id) ?? LEFT_OUT))
}

const LEFT_OUT = refusal(
  'ACCESS_DENIED',
  'Resource Graph showed the subscription and then left it out: the permission to read it ended',
)

// Of tables that can have rows of nobody's they are read, or left, as what stands above subscriptions.
function ofNobody(slice: SliceQuery, counts: readonly Count[]): Gap[] {
  const { table } = slice
  const rows = counts.find(({ subscription }) => subscription === '')?.rows ?? 0
  if (rows === 0 || hasRowsAbove(table)) return []
  return [
    {
      scope: ownerName(slice),
      region: 'global',
      partition: `${table}-above`,
      code: 'COUNT_MISMATCH',
      message: `Azure: ${rows} rows of ${table} belong to no subscription, and are not read`,
    },
  ]
}
