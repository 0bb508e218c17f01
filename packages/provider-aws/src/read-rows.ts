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
import type { Call } from './call.ts'
import type { Place } from './client.ts'
import {
  DISCOVERED,
  discoveredCounts,
  expectAgain,
  lessDeleted,
  PAGE_SIZE,
  QUERIED,
  queriedCount,
  sum,
} from './counts.ts'
import { selectRows, type Condition } from './expression.ts'
import { andDeleted, isDeleted, isUnrecorded } from './item-status.ts'
import { joinTags, lacksTags } from './join-tags.ts'
import { parseItem } from './parse-item.ts'
import { freshnessOf, requireRecorder } from './recorder.ts'
import { requireAccount } from './require-account.ts'
import type { ReadRows } from './slice-query.ts'
import { tally } from './tally.ts'
import { toArtifact, type ItemOrigin } from './translate.ts'

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
      const deleted = maybeDeleted() ? await queriedCount(call, place, context, andDeleted(condition)) : 0
      const expected = await countAgain(call, place, { task, query, condition, deleted }, context)
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
  /** How many of those that queries count are deleted. */
  readonly deleted: number
}

/** Fewer were read than planning had counted: the estate shrank, or something was lost. Both counts must agree on it. */
async function countAgain(
  call: Call,
  place: Place,
  { task, query, condition, deleted }: Counted,
  context: Context,
): Promise<Expectation> {
  const { in: types, except = [], short, like, unlike } = query
  const expected = task.expected && lessDeleted(task.expected, deleted)
  const isPart = Boolean(types && (like || unlike))
  const [queried, discovered, whole] = await Promise.all([
    queriedCount(call, place, context, condition),
    short ? new Map<string, number>() : discoveredCounts(call, place, context),
    isPart && !short ? queriedCount(call, place, context, { in: { resourceType: types! } }) : 0,
    requireRecorder(call, place, context),
  ])
  const wanted = [...discovered].filter(([type]) => (types ? types.includes(type) : !except.includes(type)))
  const found = sum(wanted.map(([, count]) => count))
  const existing = lessDeleted({ count: queried, source: QUERIED }, deleted)
  if (!isPart) return expectAgain(expected, existing, { count: found, source: DISCOVERED })
  // Config has discovered more of the type than queries hold, so that what they count of a part proves nothing.
  if (expected && found > whole) return expected
  return expectAgain(expected, existing)
}

/** The artifacts of what is not deleted. Empties the list. */
export function toArtifacts(rows: string[] | undefined, origin: ItemOrigin): Artifact[] {
  if (!rows) throw new ExtractionError('RESPONSE_INVALID', 'AWS Config answered a query without Results')
  return takeAll(rows).flatMap((row) => {
    const item = parseItem(row)
    requireAccount(item.accountId, origin.account)
    if (isDeleted(item)) return []
    return toArtifact(item, origin, isUnrecorded(item) ? ['relationships', 'tags'] : [])
  })
}

export function originOf({ scope, region, asOf }: Task): ItemOrigin {
  return { account: scope, region, asOf }
}
