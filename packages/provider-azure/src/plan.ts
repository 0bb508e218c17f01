import type { Context, Plan, Slice, Target } from '@cae/core'
import type { Arm } from './arm.ts'
import type { Query } from './graph.ts'
import { narrowedTypes } from './narrow.ts'
import type { AzureOptions } from './options.ts'
import { ownerName, writeQuery, type SliceQuery } from './slice.ts'
import { discover, type ReadableSubscription } from './subscriptions.ts'
import { hasRowsAbove, knownTables, tablesFor, type Table } from './tables.ts'

// Source: learn.microsoft.com, "Guidance for throttled requests in Azure Resource Graph", group by fewer than 300.
const SUBSCRIPTIONS_PER_COUNT = 300

/**
 * Finds the subscriptions; their tables are counted, and the slices that hold resources planned, by the slices given here:
 * one for each table and group of subscriptions, and one for each table that has something above them.
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
  const { readable, gaps } = await discover(options, target, sources, context)
  const narrowed = types ? { types } : {}
  const counts = [
    ...byLocations(readable).flatMap(({ subscriptions, ...locations }) =>
      chunks(subscriptions).flatMap((chunk) =>
        tables.map((table): SliceQuery => ({ step: 'count', table, ...narrowed, ...locations, subscriptions: chunk })),
      ),
    ),
    ...countsAbove(options, target, tables).map((count): SliceQuery => ({ ...count, ...narrowed })),
  ]
  return { slices: counts.map(countSlice), gaps }
}

function countSlice(query: SliceQuery): Slice {
  return {
    scope: ownerName(query),
    region: 'global',
    partition: `${query.table}-count`,
    query: writeQuery(query),
    plans: true,
  }
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

function chunks(subscriptions: readonly string[]): string[][] {
  const found: string[][] = []
  for (let start = 0; start < subscriptions.length; start += SUBSCRIPTIONS_PER_COUNT) {
    found.push(subscriptions.slice(start, start + SUBSCRIPTIONS_PER_COUNT))
  }
  return found
}

// Who names subscriptions wants those; what stands above them is wanted with a management group or the whole tenant.
function countsAbove(options: AzureOptions, { accounts }: Target, tables: readonly Table[]): SliceQuery[] {
  const groups = options.all_subscriptions ? [] : options.management_groups
  if (accounts || !groups) return []
  return tables.filter(hasRowsAbove).map((table) => ({ step: 'count', table, above: true, groups }))
}
