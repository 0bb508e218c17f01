import type { Context, Plan, Target } from '@cae/core'
import type { Arm } from '../client/arm.ts'
import { chunks } from './chunks.ts'
import { GROUPS_PER_QUERY, type Query } from '../client/graph.ts'
import { narrowedTypes } from './narrow.ts'
import type { AzureOptions } from '../options.ts'
import { countSlice, type SliceQuery } from '../slice.ts'
import { discover, unseenGroups, type Discovery, type ReadableSubscription } from './subscriptions.ts'
import { hasRowsAbove, knownTables, tablesFor, type Table } from '../tables.ts'

// Source: learn.microsoft.com, "Guidance for throttled requests in Azure Resource Graph", group by fewer than 300.
const SUBSCRIPTIONS_PER_COUNT = 300
// As many as a union may have; with so many subscriptions, their counts fit into one answer.
const TABLES_PER_COUNT = 3

/**
 * Finds the subscriptions; their tables are counted, and the slices that hold resources planned, by the slices given here:
 * one for each three tables and group of subscriptions, and one for each three tables that have something above them.
 */
export async function planSlices(
  options: AzureOptions,
  target: Target,
  sources: { readonly arm: Arm; readonly query: Query },
  context: Context,
): Promise<Plan> {
  const types = narrowedTypes(target)
  const tables = tablesFor(knownTables(options.tables), types)
  if (tables.length === 0 || types?.length === 0) return { slices: [], gaps: [] }
  const discovery = await discover(options, target, sources, context)
  const narrowed = types ? { types } : {}
  const isProven = !types && tables.includes('resourcecontainers')
  const above = countsAbove(options, target, tables, discovery.groups)
  const isBelowGroups = above.some(({ groups }) => groups?.length)
  const unseen = isBelowGroups ? await unseenGroups(discovery, sources.query, context) : []
  const counts = [
    ...byLocations(discovery.readable).flatMap(({ subscriptions, ...locations }) =>
      chunks(subscriptions, SUBSCRIPTIONS_PER_COUNT).flatMap((chunk) =>
        together(tables).map((counted): SliceQuery => ({
          ...counted,
          ...narrowed,
          ...locations,
          ...(!isProven && { unproven: true }),
          subscriptions: chunk,
        })),
      ),
    ),
    ...above.map((count): SliceQuery => ({ ...count, ...narrowed })),
  ]
  return { slices: counts.map(countSlice), gaps: [...discovery.gaps, ...unseen] }
}

function byLocations(readable: readonly ReadableSubscription[]) {
  const groups = new Map<string, { subscriptions: string[]; locations?: readonly string[] }>()
  for (const { id, locations } of readable) {
    const key = locations?.join() ?? '*'
    const group = groups.get(key)
    if (group) group.subscriptions.push(id)
    else groups.set(key, { subscriptions: [id], ...(locations && { locations }) })
  }
  return [...groups.values()]
}

function together(tables: readonly Table[]): Pick<SliceQuery, 'step' | 'table' | 'also'>[] {
  return chunks(tables, TABLES_PER_COUNT).flatMap(([table, ...also]) =>
    table ? [{ step: 'count', table, ...(also.length > 0 && { also }) }] : [],
  )
}

// Who names subscriptions wants those; what stands above them is wanted with a management group or the whole tenant.
function countsAbove(
  options: AzureOptions,
  { accounts }: Target,
  tables: readonly Table[],
  named: Discovery['groups'],
): SliceQuery[] {
  if (accounts) return []
  const scopes: readonly (readonly string[])[] = options.all_subscriptions
    ? [[]]
    : chunks([...named.keys()], GROUPS_PER_QUERY)
  return scopes.flatMap((groups) =>
    together(tables.filter(hasRowsAbove)).map((counted): SliceQuery => ({ ...counted, above: true, groups })),
  )
}
