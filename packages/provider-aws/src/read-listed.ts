import {
  BatchGetResourceConfigCommand,
  GetResourceConfigHistoryCommand,
  ListDiscoveredResourcesCommand,
  SelectResourceConfigCommand,
  type ResourceType,
} from '@aws-sdk/client-config-service'
import { ExtractionError, type Context, type ErrorCode, type PageReader, type Task } from '@cae/core'
import type { Call } from './call.ts'
import type { Place } from './client.ts'
import { DISCOVERED, discoveredCounts, expectAgain, PAGE_SIZE, queriedCount } from './counts.ts'
import { idExpressions } from './id-expressions.ts'
import { isUntagged, joinTags } from './join-tags.ts'
import { parseRow } from './parse-row.ts'
import { readKeys, type Alone, type Key } from './read-keys.ts'
import { freshnessOf, requireRecorder } from './recorder.ts'
import type { ReadListed } from './slice-query.ts'

/** One type by ListDiscoveredResources and BatchGetResourceConfig: for types that queries do not cover. */
export function readListed(call: Call, place: Place, task: Task, query: ReadListed, context: Context): PageReader {
  const { type, beyond } = query
  const lister = {
    type,
    freshness: freshnessOf(query),
    withheld: ['relationships'],
    list: (token: string | undefined) => list(call, place, query, token, context),
    get: (keys: readonly Key[]) => get(call, place, type, keys, context),
    getAlone: (key: Key) => getAlone(call, place, type, key, context),
    complete: (artifacts: Parameters<typeof joinTags>[2]) => joinTags(call, place, [...artifacts], context, isUntagged),
    countAgain: async () => {
      const [discovered, queried] = await Promise.all([
        discoveredCounts(call, place, context, [type]),
        beyond ? queriedCount(call, place, context, { in: { resourceType: [type] } }) : 0,
        requireRecorder(call, place, context),
      ])
      const count = Math.max(0, (discovered.get(type) ?? 0) - queried)
      // What queries have learnt meanwhile is in no listing's part any more.
      return beyond ? { count, source: DISCOVERED } : expectAgain(task.expected, { count, source: DISCOVERED })
    },
  }
  return readKeys(lister, task)
}

async function list(
  call: Call,
  place: Place,
  { type, beyond }: ReadListed,
  nextToken: string | undefined,
  context: Context,
) {
  const answer = await call('ListDiscoveredResources', place, context, (client, options) => {
    const input = { resourceType: type as ResourceType, limit: PAGE_SIZE, ...(nextToken && { nextToken }) }
    return client.send(new ListDiscoveredResourcesCommand(input), options)
  })
  const listed = (answer.resourceIdentifiers ?? []).flatMap(({ resourceId, resourceName }): Key[] =>
    resourceId ? [{ id: resourceId, ...(resourceName && { name: resourceName }) }] : [],
  )
  const known = beyond ? await queriedIds(call, place, type, listed, context) : new Set<string>()
  return { keys: listed.filter(({ id }) => !known.has(id)), token: answer.nextToken || undefined }
}

/** Those of the ids that queries have: other slices read them. */
async function queriedIds(
  call: Call,
  place: Place,
  type: string,
  listed: readonly Key[],
  context: Context,
): Promise<ReadonlySet<string>> {
  const ids = listed.map(({ id }) => id)
  const answers = await Promise.all(
    idExpressions({ resourceType: [type] }, ids).map((Expression) =>
      call('SelectResourceConfig', place, context, (client, options) =>
        client.send(new SelectResourceConfigCommand({ Expression, Limit: PAGE_SIZE }), options),
      ),
    ),
  )
  return new Set(answers.flatMap(({ Results = [] }) => Results.map((row) => String(parseRow(row)['resourceId']))))
}

async function get(call: Call, place: Place, type: string, keys: readonly Key[], context: Context) {
  const resourceKeys = keys.map(({ id }) => ({ resourceType: type as ResourceType, resourceId: id }))
  const answer = await call('BatchGetResourceConfig', place, context, (client, options) =>
    client.send(new BatchGetResourceConfigCommand({ resourceKeys }), options),
  )
  const left = new Set(answer.unprocessedResourceKeys?.map(({ resourceId }) => resourceId))
  return { items: answer.baseConfigurationItems ?? [], unprocessed: keys.filter(({ id }) => left.has(id)) }
}

/** A call looks through seven days, and no item is kept for more than 2,557. */
const MAX_WEEKS = 366

/** What says that one resource can't be had, and not that nothing can. */
const OF_ONE: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['SCOPE_NOT_FOUND', 'REQUEST_INVALID', 'ACCESS_DENIED'])

/** The newest item of the resource's history: the only operation that is about one resource. */
async function getAlone(call: Call, place: Place, type: string, { id }: Key, context: Context): Promise<Alone> {
  const resource = { resourceType: type as ResourceType, resourceId: id, limit: 1 }
  try {
    let nextToken: string | undefined
    for (let week = 0; week < MAX_WEEKS; week++) {
      const answer = await call('GetResourceConfigHistory', place, context, (client, options) =>
        client.send(new GetResourceConfigHistoryCommand({ ...resource, ...(nextToken && { nextToken }) }), options),
      )
      const [item] = answer.configurationItems ?? []
      if (item) return { item }
      if (!answer.nextToken) break
      nextToken = answer.nextToken
    }
  } catch (thrown) {
    if (!(thrown instanceof ExtractionError) || !OF_ONE.has(thrown.code)) throw thrown
    return { unread: thrown.message }
  }
  return { unread: 'its history is empty' }
}
