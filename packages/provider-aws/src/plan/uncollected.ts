import type { AggregatedSourceStatus } from '@aws-sdk/client-config-service'
import { REGIONS } from '@cae/catalogue'
import type { Context, Gap } from '@cae/core'
import { accountsOf, isAccountId } from '../accounts.ts'
import { aggregate } from '../aggregator.ts'
import type { Call } from '../client/call.ts'
import { nothing } from './held-before.ts'
import type { AwsAggregator, AwsOptions } from '../options.ts'

/** What one aggregator has. */
export interface Collected {
  readonly accounts: readonly string[]
  readonly sources: readonly AggregatedSourceStatus[]
  /** Account and region of which it has something, such as `123456789012 us-east-1`. */
  readonly filled: ReadonlySet<string>
}

/**
 * A gap for each region that the request names and that no aggregator collects, of the accounts that this one has: each
 * aggregator gives the same gap of the same account. Accounts that are read in their own right have none.
 */
export async function uncollectedGaps(
  call: Call,
  options: AwsOptions,
  aggregator: AwsAggregator,
  { accounts, sources, filled }: Collected,
  named: readonly string[],
  context: Context,
): Promise<Gap[]> {
  const { aggregators = [] } = options
  const find = accountsOf(options)
  const collects = collectedBy(sources)
  // A request for several clouds has the others' regions too.
  const regions = named.map((region) => region.toLowerCase()).filter((region) => REGIONS.aws.includes(region))
  const missing = accounts
    .filter((scope) => !find(scope))
    .flatMap((scope) => regions.map((region) => ({ scope, region })))
    .filter(({ scope, region }) => !filled.has(`${scope} ${region}`) && !collects(scope, region))
  if (missing.length === 0) return []
  const others = aggregators.filter(({ name }) => name !== aggregator.name)
  const elsewhere = await filledBy(call, others, [...new Set(missing.map(({ region }) => region))], context)
  const names = aggregators.map(({ name }) => name).join(', ')
  return missing
    .filter(({ scope, region }) => !elsewhere.has(`${scope} ${region}`))
    .map(({ scope, region }): Gap => {
      const message = `no aggregator (${names}) collects ${region} of account ${scope}; add the region to one of them, or name the account in aws_accounts`
      return { scope, region, partition: 'uncollected', code: 'NOT_ENABLED', message }
    })
}

// A source may be an organization, which stands for its accounts, and one without region for all regions.
function collectedBy(sources: readonly AggregatedSourceStatus[]): (account: string, region: string) => boolean {
  const known = new Set(
    sources.map(({ SourceId = '', AwsRegion = '*' }) => `${isAccountId(SourceId) ? SourceId : '*'} ${AwsRegion}`),
  )
  return (account, region) => [account, '*'].some((id) => known.has(`${id} ${region}`) || known.has(`${id} *`))
}

// One that collects from a region has something of it; one that could not says so itself.
async function filledBy(call: Call, others: readonly AwsAggregator[], awsRegion: readonly string[], context: Context) {
  const answers = await Promise.all(
    others.map((one) =>
      aggregate(call, one, context).countBy(['accountId', 'awsRegion'], { in: { awsRegion } }).catch(nothing),
    ),
  )
  return new Set(answers.flat().map((row) => `${String(row['accountId'])} ${String(row['awsRegion'])}`))
}
