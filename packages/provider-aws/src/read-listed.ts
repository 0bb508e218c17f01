import {
  BatchGetResourceConfigCommand,
  ListDiscoveredResourcesCommand,
  SelectResourceConfigCommand,
  type BaseConfigurationItem,
  type ResourceType,
} from '@aws-sdk/client-config-service'
import { ExtractionError, type Context, type Expectation, type PageReader, type Task } from '@cae/core'
import type { Call } from './call.ts'
import type { Place } from './client.ts'
import { DISCOVERED, discoveredCounts, PAGE_SIZE, queriedCount } from './counts.ts'
import { MAX_EXPRESSION, selectIds } from './expression.ts'
import { joinTags } from './join-tags.ts'
import { parseRow } from './parse-row.ts'
import { FRESHNESS, requireRecorder } from './recorder.ts'
import { requireAccount } from './require-account.ts'
import type { ReadListed } from './slice-query.ts'
import { tally } from './tally.ts'
import { toArtifact, type ItemOrigin } from './translate.ts'

interface Identifier {
  readonly id: string
  readonly name?: string
}

/** `token`: of the next page of the listing. `keys`: listed before, but Config has not given them yet. */
interface Position {
  readonly token?: string
  readonly keys?: readonly Identifier[]
}

/**
 * One type by ListDiscoveredResources and BatchGetResourceConfig: for types that queries do not cover. Their items have
 * no tags and no relationships; a resource that is listed and not recorded has nothing but its identity.
 */
export function readListed(call: Call, place: Place, task: Task, query: ReadListed, context: Context): PageReader {
  const origin = { account: task.scope, region: task.region, asOf: task.asOf }
  const freshness = query.daily ? FRESHNESS.daily : FRESHNESS.continuous
  const { count, isShort } = tally(task)
  return {
    read: async (cursor) => {
      const position = cursor === null ? {} : (JSON.parse(cursor) as Position)
      const { keys, token } = position.keys
        ? { keys: position.keys, token: position.token }
        : await listPage(call, place, query, position.token, context)
      const { artifacts: bare, unprocessed } = await getPage(call, place, query.type, keys, origin, context)
      const artifacts = await joinTags(call, place, bare, context)
      count(cursor, artifacts)
      const next = nextPosition(token, unprocessed)
      if (next !== null || !isShort()) return { artifacts, next, freshness }
      return { artifacts, next, freshness, expected: await countAgain(call, place, query, context) }
    },
    close: async () => {},
  }
}

function nextPosition(token: string | undefined, keys: readonly Identifier[]): string | null {
  if (!token && keys.length === 0) return null
  const position: Position = { ...(token && { token }), ...(keys.length > 0 && { keys }) }
  return JSON.stringify(position)
}

async function listPage(
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
  const listed = (answer.resourceIdentifiers ?? []).flatMap(({ resourceId, resourceName }): Identifier[] =>
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
  listed: readonly Identifier[],
  context: Context,
): Promise<ReadonlySet<string>> {
  const expressions = idExpressions(
    type,
    listed.map(({ id }) => id),
  )
  const answers = await Promise.all(
    expressions.map((Expression) =>
      call('SelectResourceConfig', place, context, (client, options) =>
        client.send(new SelectResourceConfigCommand({ Expression, Limit: PAGE_SIZE }), options),
      ),
    ),
  )
  return new Set(answers.flatMap(({ Results = [] }) => Results.map((row) => String(parseRow(row)['resourceId']))))
}

function idExpressions(type: string, ids: readonly string[]): string[] {
  if (ids.length === 0) return []
  const expression = selectIds({ in: { resourceType: [type], resourceId: ids } })
  if (expression.length <= MAX_EXPRESSION || ids.length === 1) return [expression]
  const half = Math.ceil(ids.length / 2)
  return [...idExpressions(type, ids.slice(0, half)), ...idExpressions(type, ids.slice(half))]
}

async function getPage(
  call: Call,
  place: Place,
  type: string,
  keys: readonly Identifier[],
  origin: ItemOrigin,
  context: Context,
) {
  if (keys.length === 0) return { artifacts: [], unprocessed: [] }
  const resourceKeys = keys.map(({ id }) => ({ resourceType: type as ResourceType, resourceId: id }))
  const answer = await call('BatchGetResourceConfig', place, context, (client, options) =>
    client.send(new BatchGetResourceConfigCommand({ resourceKeys }), options),
  )
  const left = new Set(answer.unprocessedResourceKeys?.map(({ resourceId }) => resourceId))
  const unprocessed = keys.filter(({ id }) => left.has(id))
  // To ask for all of them again at once would be asked in vain, and would look like a cursor that came back.
  if (unprocessed.length === keys.length) {
    throw new ExtractionError('THROTTLED', `AWS Config processed none of ${keys.length} keys of ${type}`)
  }
  const items = answer.baseConfigurationItems ?? []
  const given = new Set(items.map(({ resourceId }) => resourceId))
  const bare = keys.filter(({ id }) => !left.has(id) && !given.has(id))
  const artifacts = [
    ...items.map((item) => itemArtifact(item, origin)),
    ...bare.map(({ id, name }) =>
      toArtifact({ resourceType: type, resourceId: id, resourceName: name ?? null }, origin, ['relationships']),
    ),
  ]
  return { artifacts, unprocessed }
}

function itemArtifact(item: BaseConfigurationItem, origin: ItemOrigin) {
  requireAccount(item.accountId, origin.account)
  return toArtifact(item, origin, ['relationships'])
}

/** Fewer were read than planning had counted: what the counts say now. */
async function countAgain(
  call: Call,
  place: Place,
  { type, beyond }: ReadListed,
  context: Context,
): Promise<Expectation> {
  const [discovered, queried] = await Promise.all([
    discoveredCounts(call, place, context, [type]),
    beyond ? queriedCount(call, place, context, { in: { resourceType: [type] } }) : 0,
    requireRecorder(call, place, context),
  ])
  return { count: Math.max(0, (discovered.get(type) ?? 0) - queried), source: DISCOVERED }
}
