import { SelectResourceConfigCommand } from '@aws-sdk/client-config-service'
import {
  ExtractionError,
  takeAll,
  type Artifact,
  type Context,
  type Expectation,
  type PageReader,
  type Task,
} from '@cae/core'
import type { Call } from '../client/call.ts'
import type { Place } from '../client/client.ts'
import {
  betterOf,
  DISCOVERED,
  discoveredCounts,
  expectAgain,
  lessDeleted,
  PAGE_SIZE,
  queriedCount,
  queriedCounts,
  sum,
  withoutDeleted,
  type Counts,
} from '../query/counts.ts'
import { andDeleted, selectRows, type Condition } from '../query/expression.ts'
import { isDeleted, isUnrecorded } from '../translate/item-status.ts'
import { joinTags, lacksTags } from './join-tags.ts'
import { parseItem } from '../translate/parse-item.ts'
import { freshnessOf, requireRecorder } from '../plan/recorder.ts'
import { requireAccount } from '../client/require-account.ts'
import type { ReadRows } from '../slice-query.ts'
import { tally } from '../query/tally.ts'
import { toArtifact, type ItemOrigin } from '../translate/translate.ts'

/** Rows of SelectResourceConfig. */
export function readRows(call: Call, place: Place, task: Task, query: ReadRows, context: Context): PageReader {
  const condition = conditionOf(query)
  const Expression = selectRows(condition)
  const origin = originOf(task)
  const freshness = freshnessOf(query)
  const { count, isDoubtful, maybeDeleted } = tally(task)
  return {
    read: async (cursor) => {
      const { Results, NextToken } = await call('SelectResourceConfig', place, context, (client, options) => {
        const input = { Expression, Limit: PAGE_SIZE, ...(cursor !== null && { NextToken: cursor }) }
        return client.send(new SelectResourceConfigCommand(input), options)
      })
      const items = Results?.length
      const artifacts = await joinTags(call, place, toArtifacts(Results, origin), context, lacksTags)
      count(cursor, artifacts, items)
      const next = NextToken || null
      if (next !== null || !isDoubtful()) return { artifacts, next, freshness }
      const counted = { task, query, condition, deleted: maybeDeleted() }
      const expected = await countAgain(call, place, counted, context)
      return { artifacts, next, freshness, expected }
    },
    close: async () => {},
  }
}

function conditionOf({ in: types, except, like, unlike }: ReadRows): Condition {
  const part = { ...(like && { like }), ...(unlike && { unlike }) }
  return types ? { in: { resourceType: types }, ...part } : { except: { resourceType: except ?? [] } }
}

interface Counted {
  readonly task: Task
  readonly query: ReadRows
  readonly condition: Condition
  /** Whether some of those that queries count may be deleted. */
  readonly deleted: boolean
}

/** Fewer were read than planning had counted: the estate shrank, or something was lost. Both counts must agree on it. */
async function countAgain(
  call: Call,
  place: Place,
  { task, query, condition, deleted: maybeDeleted }: Counted,
  context: Context,
): Promise<Expectation> {
  const { in: types, except = [], short, like, unlike } = query
  const [part] = types && (like || unlike) ? types : []
  const counts = async (one: Condition): Promise<Counts> =>
    part ? new Map([[part, await queriedCount(call, place, context, one)]]) : queriedCounts(call, place, context, one)
  const [queried, deleted, discovered, whole] = await Promise.all([
    counts(condition),
    maybeDeleted ? counts(andDeleted(condition)) : none,
    short ? none : discoveredCounts(call, place, context),
    part && !short ? queriedCount(call, place, context, { in: { resourceType: [part] } }) : 0,
    requireRecorder(call, place, context),
  ])
  const expected = task.expected && lessDeleted(task.expected, sum(deleted.values()))
  const existing = withoutDeleted(queried, deleted)
  if (part) {
    // Config has discovered more of the type than queries hold, so that what they count of a part proves nothing.
    if (expected && (discovered.get(part) ?? 0) > whole) return expected
    return expectAgain(expected, betterOf(existing, none, DISCOVERED))
  }
  const wanted = [...discovered].filter(([type]) => (types ? types.includes(type) : !except.includes(type)))
  return expectAgain(expected, betterOf(existing, new Map(wanted), DISCOVERED))
}

const none: Counts = new Map()

/**
 * The artifacts of what is not deleted. Empties the list. A loop, since what V8 has compiled of a function that lives only
 * for a page is gone with the next full collection (docs/decisions/0004).
 */
export function toArtifacts(rows: string[] | undefined, origin: ItemOrigin): Artifact[] {
  if (!rows) throw new ExtractionError('RESPONSE_INVALID', 'AWS Config answered a query without Results')
  const artifacts: Artifact[] = []
  for (const row of takeAll(rows)) {
    const item = parseItem(row)
    requireAccount(item.accountId, origin.account)
    if (!isDeleted(item)) artifacts.push(toArtifact(item, origin, isUnrecorded(item) ? UNRECORDED : NOTHING))
  }
  return artifacts
}

const UNRECORDED: readonly string[] = ['relationships', 'tags']
const NOTHING: readonly string[] = []

export function originOf({ scope, region, asOf }: Task): ItemOrigin {
  return { account: scope, region, asOf }
}
