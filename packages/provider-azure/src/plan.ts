import type { Context, Plan, Target } from '@cae/core'
import type { Arm } from './arm.ts'
import type { Query } from './graph.ts'
import { narrowedTypes } from './narrow.ts'
import type { AzureOptions } from './options.ts'
import { countSlice, type SliceQuery } from './slice.ts'
import { discover, type ReadableSubscription } from './subscriptions.ts'
import { hasRowsAbove, knownTables, tablesFor, type Table } from './tables.ts'

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
  const { readable, gaps } = await discover(options, target, sources, context)
  const narrowed = types ? { types } : {}
  const isProven = !types && tables.includes('resourcecontainers')
  const counts = [
    ...byLocations(readable).flatMap(({ subscriptions, ...locations }) =>
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
    ...countsAbove(options, target, tables).map((count): SliceQuery => ({ ...count, ...narrowed })),
  ]
  return { slices: counts.map(countSlice), gaps }
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

function chunks<T>(list: readonly T[], size: number): T[][] {
  const found: T[][] = []
  for (let start = 0; start < list.length; start += size) found.push(list.slice(start, start + size))
  return found
}

// Who names subscriptions wants those; what stands above them is wanted with a management group or the whole tenant.
function countsAbove(options: AzureOptions, { accounts }: Target, tables: readonly Table[]): SliceQuery[] {
  const groups = options.all_subscriptions ? [] : options.management_groups
  if (accounts || !groups) return []
  return together(tables.filter(hasRowsAbove)).map((counted) => ({ ...counted, above: true, groups }))
}
