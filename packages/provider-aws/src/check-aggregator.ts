import {
  BatchGetAggregateResourceConfigCommand,
  GetAggregateResourceConfigCommand,
  ListAggregateDiscoveredResourcesCommand,
  type AggregateResourceIdentifier,
} from '@aws-sdk/client-config-service'
import { ExtractionError, type Context, type Finding } from '@cae/core'
import { aggregate, placeOf } from './aggregator.ts'
import type { Call } from './call.ts'
import { checkCredentials } from './check-credentials.ts'
import { sum } from './counts.ts'
import { selectIds } from './expression.ts'
import { SAMPLE, tried } from './finding.ts'
import type { AwsAggregator } from './options.ts'

/** The actions that a run takes where an aggregator is, and the sources that the aggregator could not collect from. */
export async function checkAggregator(call: Call, aggregator: AwsAggregator, context: Context): Promise<Finding[]> {
  const credentials = await checkCredentials(call, placeOf(aggregator).account, context)
  if (credentials.status !== 'ok') return [credentials]
  const about = { scope: aggregator.account_id, region: aggregator.region }
  const asked = aggregate(call, aggregator, context)
  const [sources, described, counted, queried, listed, given, alone] = await Promise.all([
    tried(about, 'config:DescribeConfigurationAggregatorSourcesStatus', () => asked.sources()),
    tried(about, 'config:DescribeConfigurationAggregators', () => asked.described(), true),
    tried(about, 'config:GetAggregateDiscoveredResourceCounts', () => asked.discovered('ACCOUNT_ID', {})),
    tried(about, 'config:SelectAggregateResourceConfig', () => asked.select(selectIds({}), null)),
    tried(about, 'config:ListAggregateDiscoveredResources', () => listOne(call, aggregator, context)),
    tried(about, 'config:BatchGetAggregateResourceConfig', () => getOne(call, aggregator, context)),
    tried(about, 'config:GetAggregateResourceConfig', () => getAlone(call, aggregator, context), true),
  ])
  const answers = [sources, described, counted, queried, listed, given, alone]
  const findings = [credentials, ...answers.map(({ finding }) => finding)]
  const failed = (sources.answer ?? []).filter(({ LastUpdateStatus }) => LastUpdateStatus !== 'SUCCEEDED')
  const late = failed.map(
    ({ SourceId = aggregator.name, AwsRegion = 'global', LastUpdateStatus, LastErrorMessage }) => ({
      scope: SourceId,
      region: AwsRegion,
      check: `aggregator ${aggregator.name}`,
      status: 'warning' as const,
      message: LastErrorMessage || `its last update is ${LastUpdateStatus}`,
      advice: 'authorize the aggregator in that account and region, or name the account in aws_accounts',
    }),
  )
  if (!counted.answer) return [...findings, ...late]
  const resources = sum(counted.answer.values())
  const calls = { 'aws.config.select-aggregate': counted.answer.size + Math.ceil(resources / 100) }
  const state: Finding = {
    ...about,
    check: `aggregator ${aggregator.name}`,
    status: 'ok',
    estimate: { resources, calls },
  }
  return [...findings, ...late, state]
}

function listOne(call: Call, aggregator: AwsAggregator, context: Context) {
  const input = { ConfigurationAggregatorName: aggregator.name, ResourceType: SAMPLE.type, Limit: 1 } as const
  return call('ListAggregateDiscoveredResources', placeOf(aggregator), context, (client, options) =>
    client.send(new ListAggregateDiscoveredResourcesCommand(input), options),
  )
}

function getOne(call: Call, aggregator: AwsAggregator, context: Context) {
  const input = { ConfigurationAggregatorName: aggregator.name, ResourceIdentifiers: [noneOf(aggregator)] }
  return call('BatchGetAggregateResourceConfig', placeOf(aggregator), context, (client, options) =>
    client.send(new BatchGetAggregateResourceConfigCommand(input), options),
  )
}

async function getAlone(call: Call, aggregator: AwsAggregator, context: Context) {
  const input = { ConfigurationAggregatorName: aggregator.name, ResourceIdentifier: noneOf(aggregator) }
  try {
    await call('GetAggregateResourceConfig', placeOf(aggregator), context, (client, options) =>
      client.send(new GetAggregateResourceConfigCommand(input), options),
    )
  } catch (thrown) {
    // That it knows of no such resource is an answer.
    if (!(thrown instanceof ExtractionError) || thrown.nativeCode !== 'ResourceNotDiscoveredException') throw thrown
  }
}

function noneOf({ account_id, region }: AwsAggregator): AggregateResourceIdentifier {
  return { SourceAccountId: account_id, SourceRegion: region, ResourceType: SAMPLE.type, ResourceId: SAMPLE.none }
}
