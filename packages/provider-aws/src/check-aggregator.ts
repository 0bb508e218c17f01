import type { Context, Finding } from '@cae/core'
import { aggregate } from './aggregator.ts'
import type { Call } from './call.ts'
import { sum } from './counts.ts'
import { selectIds } from './expression.ts'
import { tried } from './finding.ts'
import type { AwsAggregator } from './options.ts'

/** The actions that a run takes where an aggregator is, and the sources that the aggregator could not collect from. */
export async function checkAggregator(call: Call, aggregator: AwsAggregator, context: Context): Promise<Finding[]> {
  const about = { scope: aggregator.account_id, region: aggregator.region }
  const asked = aggregate(call, aggregator, context)
  const [sources, counted, queried] = await Promise.all([
    tried(about, 'config:DescribeConfigurationAggregatorSourcesStatus', () => asked.sources()),
    tried(about, 'config:GetAggregateDiscoveredResourceCounts', () => asked.discovered('ACCOUNT_ID', {})),
    tried(about, 'config:SelectAggregateResourceConfig', () => asked.select(selectIds({}), null)),
  ])
  const findings = [sources, counted, queried].map(({ finding }) => finding)
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
