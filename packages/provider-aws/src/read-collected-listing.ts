import {
  BatchGetAggregateResourceConfigCommand,
  GetAggregateResourceConfigCommand,
  ListAggregateDiscoveredResourcesCommand,
  type AggregateResourceIdentifier,
  type ResourceFilters,
  type ResourceType,
} from '@aws-sdk/client-config-service'
import { ExtractionError, type Artifact, type Context, type PageReader, type Task } from '@cae/core'
import { aggregate, placeOf, type Aggregate } from './aggregator.ts'
import type { Call } from './call.ts'
import { DISCOVERED_AGGREGATE, expectAgain, PAGE_SIZE } from './counts.ts'
import { idExpressions } from './id-expressions.ts'
import type { AwsAggregator } from './options.ts'
import { parseRow } from './parse-row.ts'
import { AGGREGATED } from './read-aggregate.ts'
import { readKeys, type Alone, type Key } from './read-keys.ts'
import type { ReadCollectedListing } from './slice-query.ts'

/** One type of one account, of all regions or the slice's, where queries of the aggregator do not cover it. */
export function readCollectedListing(
  call: Call,
  aggregator: AwsAggregator,
  task: Task,
  { type, beyond }: ReadCollectedListing,
  context: Context,
): PageReader {
  const asked = aggregate(call, aggregator, context)
  const { scope, region } = task
  const isRegion = region !== 'global'
  const filters = { AccountId: scope, ...(isRegion && { Region: region }) }
  const within = { accountId: [scope], ...(isRegion && { awsRegion: [region] }), resourceType: [type] }
  const lister = {
    type,
    freshness: AGGREGATED,
    // The Tagging API would have to be asked in each account, which is what an aggregator is there to spare.
    withheld: ['relationships'],
    list: async (token: string | undefined) => {
      const page = await list(call, aggregator, filters, type, token, context)
      const known = beyond ? await queriedKeys(asked, within, page.keys) : new Set<string>()
      return { keys: page.keys.filter((key) => !known.has(textOf(key))), token: page.token }
    },
    get: (keys: readonly Key[]) => get(call, aggregator, scope, type, keys, context),
    getAlone: (key: Key) => getAlone(call, aggregator, scope, type, key, context),
    complete: async (artifacts: readonly Artifact[]) => artifacts.map(withoutTags),
    countAgain: async () => {
      const [discovered, queried] = await Promise.all([
        asked.discovered('RESOURCE_TYPE', filters),
        beyond ? asked.count({ in: within }) : 0,
      ])
      const count = Math.max(0, (discovered.get(type) ?? 0) - queried)
      const again = { count, source: DISCOVERED_AGGREGATE }
      return beyond ? again : expectAgain(task.expected, again)
    },
  }
  return readKeys(lister, task)
}

function withoutTags(artifact: Artifact): Artifact {
  const { metadata } = artifact
  if (Object.keys(metadata.labels).length > 0) return artifact
  return { ...artifact, metadata: { ...metadata, withheld: [...new Set([...(metadata.withheld ?? []), 'tags'])] } }
}

async function list(
  call: Call,
  aggregator: AwsAggregator,
  Filters: ResourceFilters,
  type: string,
  token: string | undefined,
  context: Context,
) {
  const answer = await call('ListAggregateDiscoveredResources', placeOf(aggregator), context, (client, options) => {
    const input = {
      ConfigurationAggregatorName: aggregator.name,
      ResourceType: type as ResourceType,
      Filters,
      Limit: PAGE_SIZE,
      ...(token && { NextToken: token }),
    }
    return client.send(new ListAggregateDiscoveredResourcesCommand(input), options)
  })
  const keys = (answer.ResourceIdentifiers ?? []).flatMap(({ ResourceId, ResourceName, SourceRegion }): Key[] =>
    ResourceId && SourceRegion
      ? [{ id: ResourceId, region: SourceRegion, ...(ResourceName && { name: ResourceName }) }]
      : [],
  )
  return { keys, token: answer.NextToken || undefined }
}

async function get(
  call: Call,
  aggregator: AwsAggregator,
  SourceAccountId: string,
  type: string,
  keys: readonly Key[],
  context: Context,
) {
  const ResourceIdentifiers = keys.map((key) => identifierOf(SourceAccountId, type, key))
  const answer = await call('BatchGetAggregateResourceConfig', placeOf(aggregator), context, (client, options) =>
    client.send(
      new BatchGetAggregateResourceConfigCommand({
        ConfigurationAggregatorName: aggregator.name,
        ResourceIdentifiers,
      }),
      options,
    ),
  )
  const left = new Set(
    answer.UnprocessedResourceIdentifiers?.map(({ ResourceId = '', SourceRegion = '' }) =>
      textOf({ id: ResourceId, region: SourceRegion }),
    ),
  )
  return { items: answer.BaseConfigurationItems ?? [], unprocessed: keys.filter((key) => left.has(textOf(key))) }
}

async function getAlone(
  call: Call,
  aggregator: AwsAggregator,
  account: string,
  type: string,
  key: Key,
  context: Context,
): Promise<Alone> {
  const ResourceIdentifier = identifierOf(account, type, key)
  try {
    const answer = await call('GetAggregateResourceConfig', placeOf(aggregator), context, (client, options) =>
      client.send(
        new GetAggregateResourceConfigCommand({ ConfigurationAggregatorName: aggregator.name, ResourceIdentifier }),
        options,
      ),
    )
    return answer.ConfigurationItem ? { item: answer.ConfigurationItem } : { unread: 'the answer has no item' }
  } catch (thrown) {
    if (!(thrown instanceof ExtractionError)) throw thrown
    if (thrown.nativeCode === 'OversizedConfigurationItemException') return { oversized: true }
    if (thrown.nativeCode === 'ResourceNotDiscoveredException') return { unread: thrown.message }
    throw thrown
  }
}

function identifierOf(SourceAccountId: string, type: string, { id, region }: Key): AggregateResourceIdentifier {
  return { SourceAccountId, SourceRegion: region, ResourceId: id, ResourceType: type as ResourceType }
}

// Ids of some types are unique within a region only.
function textOf({ id, region }: Key): string {
  return `${region} ${id}`
}

async function queriedKeys(
  asked: Aggregate,
  within: Readonly<Record<string, readonly string[]>>,
  keys: readonly Key[],
): Promise<ReadonlySet<string>> {
  const ids = [...new Set(keys.map(({ id }) => id))]
  const answers = await Promise.all(idExpressions(within, ids).map((expression) => asked.select(expression, null)))
  const rows = answers.flatMap((answer) => answer.rows.map(parseRow))
  return new Set(rows.map(({ resourceId, awsRegion }) => textOf({ id: String(resourceId), region: String(awsRegion) })))
}
