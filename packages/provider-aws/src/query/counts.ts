import {
  GetDiscoveredResourceCountsCommand,
  SelectResourceConfigCommand,
  type ResourceType,
} from '@aws-sdk/client-config-service'
import { ExtractionError, type Context, type Expectation } from '@cae/core'
import type { Call } from '../client/call.ts'
import type { Place } from '../client/client.ts'
import { everyPage } from '../client/every-page.ts'
import { selectCount, selectCountBy, type Condition } from './expression.ts'
import { parseRow } from './parse-row.ts'

/** Native type → how many resources of it. */
export type Counts = ReadonlyMap<string, number>

/** The most that GetDiscoveredResourceCounts gives in a page and SelectResourceConfig rows. */
export const PAGE_SIZE = 100
/** Types that GetDiscoveredResourceCounts may be asked for. */
const MAX_TYPES = 20

export const DISCOVERED = 'GetDiscoveredResourceCounts'
export const DISCOVERED_AGGREGATE = 'GetAggregateDiscoveredResourceCounts'
export const QUERIED = 'SELECT COUNT(*)'

/**
 * What Config has discovered, of all types or of these. It may lag by minutes, in both directions, and counts what queries
 * can't reach.
 */
export async function discoveredCounts(
  call: Call,
  place: Place,
  context: Context,
  types: readonly string[] = [],
): Promise<Counts> {
  const filter = types.length > 0 && types.length <= MAX_TYPES ? { resourceTypes: types as ResourceType[] } : {}
  let total = 0
  const counts = await everyPage(async (nextToken) => {
    const answer = await call('GetDiscoveredResourceCounts', place, context, (client, options) => {
      const input = { limit: PAGE_SIZE, ...filter, ...(nextToken && { nextToken }) }
      return client.send(new GetDiscoveredResourceCountsCommand(input), options)
    })
    total = answer.totalDiscoveredResources ?? 0
    return { items: answer.resourceCounts, next: answer.nextToken }
  })
  return wholeCounts(new Map(counts.map(({ resourceType, count = 0 }) => [resourceType!, count])), total)
}

/** The counts, which must sum to the total that their answer says. Throws `RESPONSE_INVALID` where some are missing. */
export function wholeCounts(counts: Counts, total: number): Counts {
  const counted = sum(counts.values())
  if (counted >= total) return counts
  throw new ExtractionError('RESPONSE_INVALID', `AWS Config gave counts of ${counted} resources of ${total}`)
}

/**
 * What a slice that came out short is held to: the better of two counts that were asked again. Where even that is less
 * than half of what planning had counted, planning's: so much does not go within a run, but a service that has lost sight
 * of what it had answers so.
 */
export function expectAgain(planned: Expectation | undefined, ...again: readonly Expectation[]): Expectation {
  const best = again.reduce((a, b) => (b.count > a.count ? b : a))
  return planned && best.count < planned.count / 2 ? planned : best
}

/**
 * How many there are by the better of the two counts for each type: summed before they are compared, what one has too few
 * of one type would hide what the other lacks of another. `source`: what `discovered` is from.
 */
export function betterOf(queried: Counts, discovered: Counts, source: string): Expectation {
  const types = [...new Set([...queried.keys(), ...discovered.keys()])]
  const count = sum(types.map((type) => Math.max(queried.get(type) ?? 0, discovered.get(type) ?? 0)))
  return { count, source: count > sum(queried.values()) ? source : QUERIED }
}

/** Counts of queries without the deleted resources that are in them. */
export function withoutDeleted(queried: Counts, deleted: Counts): Counts {
  return new Map([...queried].map(([type, count]) => [type, Math.max(0, count - (deleted.get(type) ?? 0))]))
}

/** The same of a count of several types. */
export function lessDeleted({ count, source }: Expectation, deleted: number): Expectation {
  return { count: Math.max(0, count - deleted), source }
}

/** What queries can read, by type. */
export async function queriedCounts(
  call: Call,
  place: Place,
  context: Context,
  condition: Condition = {},
): Promise<Counts> {
  const Expression = selectCountBy(['resourceType'], condition)
  const rows = await everyRow(call, place, Expression, context)
  return byType(rows.map(parseRow))
}

/** All rows of a query that has few. */
export function everyRow(call: Call, place: Place, Expression: string, context: Context): Promise<string[]> {
  return everyPage(async (NextToken) => {
    const answer = await call('SelectResourceConfig', place, context, (client, options) => {
      const input = { Expression, Limit: PAGE_SIZE, ...(NextToken && { NextToken }) }
      return client.send(new SelectResourceConfigCommand(input), options)
    })
    if (!answer.Results) throw new ExtractionError('RESPONSE_INVALID', 'AWS Config answered a query without Results')
    return { items: answer.Results, next: answer.NextToken }
  })
}

/** Rows of a query that counts by type. */
export function byType(rows: readonly Record<string, unknown>[]): Counts {
  return new Map(rows.map((row) => [String(row['resourceType']), countOf(row)]))
}

/** How many rows a condition has now. */
export async function queriedCount(call: Call, place: Place, context: Context, condition: Condition): Promise<number> {
  const Expression = selectCount(condition)
  const { Results } = await call('SelectResourceConfig', place, context, (client, options) =>
    client.send(new SelectResourceConfigCommand({ Expression, Limit: PAGE_SIZE }), options),
  )
  return countOf(parseRow(Results?.[0] ?? '{}'))
}

/** The count in a row of a query. */
export function countOf(row: Readonly<Record<string, unknown>>): number {
  const count = Number(row['COUNT(*)'] ?? Number.NaN)
  if (Number.isSafeInteger(count)) return count
  throw new ExtractionError('RESPONSE_INVALID', 'AWS Config answered SELECT COUNT(*) without a count')
}

export function sum(counts: Iterable<number>): number {
  let total = 0
  for (const count of counts) total += count
  return total
}
