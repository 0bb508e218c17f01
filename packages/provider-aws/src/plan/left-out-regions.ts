import type { ConfigurationAggregator } from '@aws-sdk/client-config-service'
import { REGIONS } from '@cae/catalogue'
import type { Context, Gap } from '@cae/core'
import { aggregate } from '../aggregator.ts'
import type { Call } from '../client/call.ts'
import { nothing } from './held-before.ts'
import type { AwsAggregator } from '../options.ts'
import { partitionOf } from '../translate/arn-of.ts'
import type { Collected } from './uncollected.ts'

/**
 * For each account that an aggregator has, the regions that no aggregator is told to collect from: as those are left out
 * on purpose, they are skipped. Nothing is said of them where one of the aggregators does not say what it is told.
 */
export async function leftOutRegions(
  call: Call,
  aggregators: readonly AwsAggregator[],
  region: string,
  { accounts, filled }: Pick<Collected, 'accounts' | 'filled'>,
  context: Context,
): Promise<Gap[]> {
  const described = aggregators.map((one) => aggregate(call, one, context).described().catch(nothing))
  const told = (await Promise.all(described)).flat()
  if (told.length < aggregators.length) return []
  const regions = REGIONS.aws.filter((name) => partitionOf(name) === partitionOf(region))
  const names = aggregators.map(({ name }) => name).join(', ')
  return accounts.flatMap((scope): Gap[] => {
    const left = regions.filter(
      (name) => !told.some((one) => collects(one, scope, name)) && !filled.has(`${scope} ${name}`),
    )
    if (left.length === 0) return []
    const message = `the aggregators of the settings (${names}) are told to leave out ${left.length} regions of account ${scope}: ${left.join(', ')}`
    return [{ scope, region: 'global', partition: 'uncollected-regions', code: 'REGIONS_LEFT_OUT', message }]
  })
}

type Source = Pick<
  NonNullable<ConfigurationAggregator['OrganizationAggregationSource']>,
  'AllAwsRegions' | 'AwsRegions'
>

// An organization stands for its accounts, whichever they are.
function collects(told: ConfigurationAggregator, account: string, region: string): boolean {
  const { OrganizationAggregationSource: organization, AccountAggregationSources: sources = [] } = told
  const own = sources.filter(({ AccountIds = [] }) => AccountIds.includes(account))
  return [...(organization ? [organization] : []), ...own].some(
    ({ AllAwsRegions, AwsRegions = [] }: Source) => AllAwsRegions === true || AwsRegions.includes(region),
  )
}
