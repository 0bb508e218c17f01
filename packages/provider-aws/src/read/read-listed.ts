import {
  BatchGetResourceConfigCommand,
  GetResourceConfigHistoryCommand,
  ListDiscoveredResourcesCommand,
  type ResourceType,
} from '@aws-sdk/client-config-service'
import { ExtractionError, type Context, type ErrorCode, type PageReader, type Task } from '@cae/core'
import type { Call } from '../client/call.ts'
import type { Place } from '../client/client.ts'
import { countBeyond, type Queries } from './beyond.ts'
import { DISCOVERED, discoveredCounts, everyRow, PAGE_SIZE, queriedCount } from '../query/counts.ts'
import { isInternal } from '../errors.ts'
import { isUntagged, joinTags, lacksTags } from './join-tags.ts'
import type { Key } from './key.ts'
import { readKeys, type Alone, type Lister } from './read-keys.ts'
import { originOf, toArtifacts } from './read-rows.ts'
import { freshnessOf, requireRecorder } from '../plan/recorder.ts'
import type { ReadListed } from '../slice-query.ts'

/** One type by ListDiscoveredResources and BatchGetResourceConfig: for types that queries do not cover. */
export function readListed(call: Call, place: Place, task: Task, query: ReadListed, context: Context): PageReader {
  const { type, beyond } = query
  const queries = queriesOf(call, place, task, query, context)
  const lister: Lister = {
    type,
    freshness: freshnessOf(query),
    withheld: ['relationships'],
    list: (token) => list(call, place, type, token, context),
    ...(beyond && { queries }),
    get: (keys) => get(call, place, type, keys, context),
    getAlone: (key) => getAlone(call, place, type, key, context),
    complete: (artifacts) => joinTags(call, place, [...artifacts], context, isUntagged),
    countAgain: async (given) => {
      const [discovered, queried] = await Promise.all([
        discoveredCounts(call, place, context, [type]),
        beyond && !given ? queries.count() : 0,
        requireRecorder(call, place, context),
      ])
      return countBeyond(task, discovered.get(type), { source: DISCOVERED, ...(!given && { beyond, queried }) })
    },
  }
  return readKeys(lister, task)
}

function queriesOf(call: Call, place: Place, task: Task, { type, beyond = 0 }: ReadListed, context: Context): Queries {
  const within = { resourceType: [type] }
  return {
    within,
    planned: beyond,
    count: () => queriedCount(call, place, context, { in: within }),
    rows: (expression) => everyRow(call, place, expression, context),
    toArtifacts: (rows) => joinTags(call, place, toArtifacts(rows, originOf(task)), context, lacksTags),
  }
}

async function list(call: Call, place: Place, type: string, nextToken: string | undefined, context: Context) {
  const answer = await call('ListDiscoveredResources', place, context, (client, options) => {
    const input = { resourceType: type as ResourceType, limit: PAGE_SIZE, ...(nextToken && { nextToken }) }
    return client.send(new ListDiscoveredResourcesCommand(input), options)
  })
  const keys = (answer.resourceIdentifiers ?? []).flatMap(({ resourceId, resourceName }): Key[] =>
    resourceId ? [{ id: resourceId, ...(resourceName && { name: resourceName }) }] : [],
  )
  return { keys, token: answer.nextToken || undefined }
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
    if (thrown instanceof ExtractionError && (OF_ONE.has(thrown.code) || isInternal(thrown)))
      return { unread: thrown.message }
    throw thrown
  }
  return { unread: 'its history is empty' }
}
