import {
  BatchGetAggregateResourceConfigCommand,
  GetAggregateResourceConfigCommand,
  ListAggregateDiscoveredResourcesCommand,
  type AggregateResourceIdentifier,
  type ResourceFilters,
  type ResourceType,
} from '@aws-sdk/client-config-service'
import { ExtractionError, type Artifact, type Context, type PageReader, type Task } from '@cae/core'
import { aggregate, placeOf } from '../aggregator.ts'
import { countBeyond, textOf, type Queries } from './beyond.ts'
import type { Call } from '../client/call.ts'
import { DISCOVERED_AGGREGATE, PAGE_SIZE } from '../query/counts.ts'
import { isInternal } from '../errors.ts'
import type { AwsAggregator } from '../options.ts'
import { AGGREGATED } from './read-aggregate.ts'
import type { Key } from './key.ts'
import { readKeys, type Alone, type Lister } from './read-keys.ts'
import { originOf, toArtifacts } from './read-rows.ts'
import type { ReadCollectedListing } from '../slice-query.ts'

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
  const queries: Queries = {
    // What queries have under `global` may be of the region.
    within: { accountId: [scope], ...(isRegion && { awsRegion: [region, 'global'] }), resourceType: [type] },
    planned: beyond ?? 0,
    count: () => asked.count({ in: queries.within }),
    rows: (expression) => asked.everyRow(expression),
    toArtifacts: async (rows) => toArtifacts(rows, originOf(task)),
  }
  const lister: Lister = {
    type,
    freshness: AGGREGATED,
    // The Tagging API would have to be asked in each account, which is what an aggregator is there to spare.
    withheld: ['relationships'],
    list: (token) => list(call, aggregator, filters, type, token, context),
    ...(beyond && { queries }),
    get: (keys) => get(call, aggregator, scope, type, keys, context),
    getAlone: (key) => getAlone(call, aggregator, scope, type, key, context),
    complete: async (artifacts) => artifacts.map(withoutTags),
    countAgain: async (given) => {
      const [discovered, queried] = await Promise.all([
        asked.discovered('RESOURCE_TYPE', filters),
        beyond && !given ? queries.count() : 0,
      ])
      return countBeyond(task, discovered.get(type), {
        source: DISCOVERED_AGGREGATE,
        ...(!given && { beyond, queried }),
      })
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
    if (thrown.nativeCode === 'ResourceNotDiscoveredException' || isInternal(thrown)) return { unread: thrown.message }
    throw thrown
  }
}

function identifierOf(SourceAccountId: string, type: string, { id, region }: Key): AggregateResourceIdentifier {
  return { SourceAccountId, SourceRegion: region, ResourceId: id, ResourceType: type as ResourceType }
}
