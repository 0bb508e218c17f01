import type { AggregatedSourceStatus } from '@aws-sdk/client-config-service'
import type { Context, ErrorCode, Gap, Plan } from '@cae/core'
import { isAccountId } from '../accounts.ts'
import { aggregate } from '../aggregator.ts'
import type { Call } from '../client/call.ts'
import { leftOutRegions } from './left-out-regions.ts'
import type { AwsAggregator, AwsOptions } from '../options.ts'
import { collectedSlice } from './plan-collected.ts'
import type { PlanAggregator } from '../slice-query.ts'
import { uncollectedGaps } from './uncollected.ts'
import { unfilledGaps } from './unfilled.ts'

/** A planning slice for each account that the aggregator has, and a gap for each source that it could not collect from. */
export async function planAggregator(
  call: Call,
  aggregator: AwsAggregator,
  query: PlanAggregator,
  options: AwsOptions,
  context: Context,
): Promise<Plan> {
  const { name } = aggregator
  const asked = aggregate(call, aggregator, context)
  const [discovered, queried, sources] = await Promise.all([
    asked.discovered('ACCOUNT_ID', {}),
    asked.countBy(['accountId', 'awsRegion'], {}),
    asked.sources(),
  ])
  const named = new Set(options.accounts.map(({ account_id }) => account_id))
  const isWanted = (account: string) => !named.has(account) && (!query.accounts || query.accounts.includes(account))
  const known = [...queried.map(({ accountId }) => String(accountId)), ...discovered.keys(), ...sources.map(accountOf)]
  const accounts = [...new Set(known)].filter((account) => isAccountId(account) && isWanted(account)).toSorted()
  const slices = accounts.map((account) => collectedSlice(account, name, query))
  const regions = query.regions && new Set(query.regions.map((region) => region.toLowerCase()))
  const filled = new Set(queried.map(({ accountId, awsRegion }) => `${String(accountId)} ${String(awsRegion)}`))
  const gaps = sources
    .filter((source) => isWanted(accountOf(source)))
    .filter(({ AwsRegion = '' }) => !regions || regions.has(AwsRegion))
    .flatMap((source) => sourceGap(name, source, filled))
  const uncollected = query.regions
    ? await uncollectedGaps(call, options, aggregator, { accounts, sources, filled }, query.regions, context)
    : await leftOutRegions(call, options.aggregators ?? [], aggregator.region, { accounts, filled }, context)
  const unfilled = await unfilledGaps(call, options, aggregator, { accounts, sources, filled }, query, context)
  return { slices, gaps: [...gaps, ...uncollected, ...unfilled] }
}

function accountOf({ SourceId = '' }: AggregatedSourceStatus): string {
  return SourceId
}

// An aggregator can't tell a recorder that is off from a region that is empty; but no region is: each has a default VPC
// or at least what AWS itself put there.
function sourceGap(name: string, source: AggregatedSourceStatus, filled: ReadonlySet<string>): Gap[] {
  const { SourceId = name, AwsRegion = 'global', LastUpdateStatus, LastUpdateTime, LastErrorMessage = '' } = source
  const gap = { scope: SourceId, region: AwsRegion, partition: `source-${name}` }
  const where = `${SourceId} ${AwsRegion}`
  if (LastUpdateStatus === 'FAILED' || LastUpdateStatus === 'OUTDATED') {
    const code: ErrorCode = LastUpdateStatus === 'OUTDATED' ? 'UNAVAILABLE' : failureCode(source)
    const since = LastUpdateTime ? ` since ${LastUpdateTime.toISOString()}` : ''
    const why = LastErrorMessage || LastUpdateStatus
    return [{ ...gap, code, message: `the aggregator ${name} has not collected from ${where}${since}: ${why}` }]
  }
  if (!isAccountId(SourceId) || filled.has(where)) return []
  const message = `the aggregator ${name} has nothing at all of ${where}; start the AWS Config recorder there`
  return [{ ...gap, code: 'NOT_ENABLED', message }]
}

function failureCode({ LastErrorCode = '', LastErrorMessage = '' }: AggregatedSourceStatus): ErrorCode {
  return /denied|authoriz/i.test(`${LastErrorCode} ${LastErrorMessage}`) ? 'ACCESS_DENIED' : 'NOT_ENABLED'
}
