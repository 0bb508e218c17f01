import { ExtractionError, type Context, type Expectation, type PageReader, type Task } from '@cae/core'
import { aggregate, type Aggregate } from '../aggregator.ts'
import type { Call } from '../client/call.ts'
import {
  betterOf,
  byType,
  DISCOVERED_AGGREGATE,
  expectAgain,
  lessDeleted,
  QUERIED,
  sum,
  withoutDeleted,
  type Counts,
} from '../query/counts.ts'
import { andDeleted, selectRows, selectRowsBy, type Condition } from '../query/expression.ts'
import type { AwsAggregator } from '../options.ts'
import { originOf, toArtifacts } from './read-rows.ts'
import type { ReadCollected, ReadGlobals } from '../slice-query.ts'
import { tally } from '../query/tally.ts'

export const AGGREGATED = 'collected by an aggregator'

/** Rows of one account and region. */
export function readCollected(
  call: Call,
  aggregator: AwsAggregator,
  task: Task,
  query: ReadCollected,
  context: Context,
): PageReader {
  const asked = aggregate(call, aggregator, context)
  const condition = conditionOf(task, query)
  const expression = selectRows(condition)
  const { count, isDoubtful, maybeDeleted } = tally(task)
  return {
    read: async (cursor) => {
      const { rows, next } = await asked.select(expression, cursor)
      const items = rows.length
      const artifacts = toArtifacts(rows, originOf(task))
      count(cursor, artifacts, items)
      const page = { artifacts, next, freshness: AGGREGATED }
      if (next !== null || !isDoubtful()) return page
      return { ...page, expected: await countAgain(asked, task, { query, condition, deleted: maybeDeleted() }) }
    },
    close: async () => {},
  }
}

function conditionOf({ scope, region }: Task, { in: types, except = [] }: ReadCollected): Condition {
  const within = { accountId: [scope], awsRegion: [region] }
  return types ? { in: { ...within, resourceType: types } } : { in: within, except: { resourceType: except } }
}

interface Counted {
  readonly query: ReadCollected
  readonly condition: Condition
  /** Whether some of those that queries count may be deleted. */
  readonly deleted: boolean
}

async function countAgain(
  asked: Aggregate,
  { scope, region, expected }: Task,
  { query: { in: types, except = [], short }, condition, deleted: maybeDeleted }: Counted,
): Promise<Expectation> {
  const counts = async (one: Condition) => byType(await asked.countBy(['resourceType'], one))
  // What is recorded under `global` counts for the region whose recorder has it, and another slice reads it.
  const isDiscovered = region !== 'global' && !short
  const [queried, deleted, discovered, global] = await Promise.all([
    counts(condition),
    maybeDeleted ? counts(andDeleted(condition)) : none,
    isDiscovered ? asked.discovered('RESOURCE_TYPE', { AccountId: scope, Region: region }) : none,
    isDiscovered ? counts({ in: { accountId: [scope], awsRegion: ['global'] } }) : none,
  ])
  const isHere = (type: string) => queried.has(type) || !global.has(type)
  const isOwn = (type: string) => (types ? types.includes(type) : !except.includes(type))
  const wanted = [...discovered].filter(([type]) => isOwn(type) && isHere(type))
  const planned = expected && lessDeleted(expected, sum(deleted.values()))
  const found = betterOf(withoutDeleted(queried, deleted), new Map(wanted), DISCOVERED_AGGREGATE)
  return expectAgain(planned, found)
}

const none: Counts = new Map()

/** `arn`: of the last row of the page before; `rows`, `unique`: what was read so far, with and without those repeated. */
interface Position {
  readonly token: string
  readonly arn: string
  readonly rows: number
  readonly unique: number
}

/**
 * An account's global types, each once. Every region whose recorder includes them has reported them, so they are read in
 * the order of their ARNs, and what repeats the one before is dropped.
 */
export function readGlobals(
  call: Call,
  aggregator: AwsAggregator,
  task: Task,
  query: ReadGlobals,
  context: Context,
): PageReader {
  const asked = aggregate(call, aggregator, context)
  const condition: Condition = { in: { accountId: [task.scope], resourceType: query.in } }
  const expression = selectRowsBy('arn', condition)
  return {
    read: async (cursor) => {
      const before = cursor === null ? null : (JSON.parse(cursor) as Position)
      const { rows, next } = await asked.select(expression, before?.token ?? null)
      // With those of deleted resources, as the count that they are held to has them.
      const items = rows.length
      const all = toArtifacts(rows, originOf(task))
      const idOf = (n: number) => (n < 0 ? before?.arn : all[n]?.metadata.resource_id)
      const artifacts = all.filter(({ metadata }, n) => metadata.resource_id !== idOf(n - 1))
      const read = { rows: (before?.rows ?? 0) + items, unique: (before?.unique ?? 0) + artifacts.length }
      const page = { artifacts, freshness: AGGREGATED }
      if (next !== null) {
        if (next === before?.token)
          throw new ExtractionError('CURSOR_LOOP', 'AWS gave a token that it had given before')
        const position: Position = { token: next, arn: idOf(all.length - 1) ?? '', ...read }
        return { ...page, next: JSON.stringify(position) }
      }
      const expectedRows = read.rows < query.rows ? await rowsAgain(asked, query, condition) : query.rows
      const lost = Math.max(0, expectedRows - read.rows)
      return { ...page, next: null, expected: { count: read.unique + lost, source: QUERIED } }
    },
    close: async () => {},
  }
}

async function rowsAgain(asked: Aggregate, { rows }: ReadGlobals, condition: Condition): Promise<number> {
  const planned = { count: rows, source: QUERIED }
  return expectAgain(planned, { count: await asked.count(condition), source: QUERIED }).count
}
