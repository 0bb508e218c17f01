import { errorRow, ExtractionError, type Action, type Context, type Gap } from '@cae/core'
import type { ConfigurationAggregator } from '@aws-sdk/client-config-service'
import { accountsOf, isAccountId } from '../accounts.ts'
import { aggregate, placeOf } from '../aggregator.ts'
import type { Call } from '../client/call.ts'
import { everyPage } from '../client/every-page.ts'
import { nothing } from './held-before.ts'
import type { AwsAggregator, AwsOptions } from '../options.ts'
import { organizationAccounts } from './organizations.ts'
import type { PlanAggregator } from '../slice-query.ts'
import type { Collected } from './uncollected.ts'

/**
 * Gaps for what an aggregator over an organization has nothing of: one for each account, since such an aggregator tells of
 * the organization as its source and not of its accounts. No account and region is empty; without a recorder it looks so.
 */
export async function unfilledGaps(
  call: Call,
  options: AwsOptions,
  aggregator: AwsAggregator,
  { accounts, sources, filled }: Collected,
  query: PlanAggregator,
  context: Context,
): Promise<Gap[]> {
  const [told] = await toldBy(call, aggregator, context)
  const isOver = told?.OrganizationAggregationSource ?? sources.some(({ SourceId = '' }) => !isAccountId(SourceId))
  if (!isOver) return []
  const { others, gaps } = await accountsWithNothing(call, options, aggregator, accounts, query, context)
  // Sources that are accounts have gaps of their own.
  const known = new Set([...filled, ...sources.map(({ SourceId = '', AwsRegion = '' }) => `${SourceId} ${AwsRegion}`)])
  const regions = toldRegions(told, aggregator, filled, query)
  // Of an account that it knows, its plan tells whether what is global is there.
  const global = query.regions?.some((region) => region.toLowerCase() === 'global') ? ['global'] : []
  const find = accountsOf(options)
  const excluded = options.organization?.exclude ?? []
  const unfilled = [
    ...accounts
      .filter((scope) => !find(scope) && !excluded.includes(scope))
      .map((scope) => ({ scope, left: regions.filter((region) => !known.has(`${scope} ${region}`)) })),
    ...others.filter((scope) => !excluded.includes(scope)).map((scope) => ({ scope, left: [...global, ...regions] })),
  ]
  if (!unfilled.some(({ left }) => left.length > 0)) return [...gaps]
  const elsewhere = await filledElsewhere(call, options, aggregator, context)
  return [
    ...gaps,
    ...unfilled.flatMap(({ scope, left }) => {
      const missing = left.filter((region) => !elsewhere.has(`${scope} ${region}`))
      const sure = query.regions ? missing : missing.filter(isEnabledByDefault)
      const unused = missing.filter((region) => !sure.includes(region))
      return [...unfilledGap(aggregator, scope, sure), ...unusedGap(aggregator, scope, unused)]
    }),
  ]
}

/** Regions that AWS had in March 2019, and those of other partitions. Each later one is off until an account enables it. */
const ENABLED_BY_DEFAULT =
  /^(?:us-(?:east|west)-[12]|ap-south-1|ap-northeast-[123]|ap-southeast-[12]|ca-central-1|eu-central-1|eu-west-[123]|eu-north-1|sa-east-1|global|us-gov-.*|cn-.*)$/

function isEnabledByDefault(region: string): boolean {
  return ENABLED_BY_DEFAULT.test(region)
}

// Others of the organization have enabled them, and nobody named them.
function unusedGap({ name }: AwsAggregator, scope: string, regions: readonly string[]): Gap[] {
  if (regions.length === 0) return []
  const message = `the aggregator ${name} has nothing of account ${scope} in ${regions.join(', ')}, which are off unless it has enabled them`
  return [{ scope, region: 'global', partition: `unused-${name}`, code: 'REGIONS_LEFT_OUT', message }]
}

function unfilledGap({ name }: AwsAggregator, scope: string, regions: readonly string[]): Gap[] {
  if (regions.length === 0) return []
  const message = `the aggregator ${name} has nothing at all of account ${scope} in ${regions.join(', ')}; start the AWS Config recorder there, or name the account in aws_accounts`
  return [{ scope, region: 'global', partition: `unfilled-${name}`, code: 'NOT_ENABLED', message }]
}

async function toldBy(call: Call, aggregator: AwsAggregator, context: Context): Promise<ConfigurationAggregator[]> {
  const told = aggregate(call, aggregator, context).described()
  return told.then((one) => [one]).catch(nothing)
}

// Told to collect all regions, it is told of those too that nobody has enabled: then those that somebody has are meant.
function toldRegions(
  told: ConfigurationAggregator | undefined,
  { region: own }: AwsAggregator,
  filled: ReadonlySet<string>,
  { regions: asked }: PlanAggregator,
): string[] {
  const { AllAwsRegions, AwsRegions = [] } = told?.OrganizationAggregationSource ?? {}
  const used = [...filled].map((place) => place.split(' ')[1]!).filter((region) => region !== 'global')
  const wanted = asked && new Set(asked.map((region) => region.toLowerCase()))
  const regions = new Set(AllAwsRegions || AwsRegions.length === 0 ? [own, ...used] : AwsRegions)
  return [...regions].filter((region) => !wanted || wanted.has(region)).toSorted()
}

const REFUSALS: ReadonlySet<Action> = new Set<Action>(['skip', 'fail'])

/** Accounts of the organization that the aggregator does not know, less those that are read in their own right. */
async function accountsWithNothing(
  call: Call,
  options: AwsOptions,
  aggregator: AwsAggregator,
  accounts: readonly string[],
  query: PlanAggregator,
  context: Context,
): Promise<{ readonly others: readonly string[]; readonly gaps: readonly Gap[] }> {
  // Accounts that the request names have ends of their own.
  if (query.accounts) return { others: [], gaps: [] }
  const find = accountsOf(options)
  const { account } = placeOf(aggregator)
  try {
    const active = await everyPage(async (token) => {
      const page = await organizationAccounts(call, account, context, token ?? null)
      return { items: page.active, next: page.next ?? undefined }
    })
    const ids = active.map(({ id }) => id)
    return { others: ids.filter((id) => !accounts.includes(id) && !find(id)), gaps: [] }
  } catch (thrown) {
    // What passes is tried again with the whole plan.
    if (!(thrown instanceof ExtractionError && REFUSALS.has(errorRow(thrown.code).action))) throw thrown
    const { code, message } = thrown
    const why = `accounts of the organization without any AWS Config recorder can't be told, as the aggregator ${aggregator.name} does not show them: ${message}; allow ${account.account_id} organizations:ListAccounts`
    const gap = { scope: account.account_id, region: 'global', partition: `unknown-accounts-${aggregator.name}` }
    return { others: [], gaps: [{ ...gap, code, message: why }] }
  }
}

async function filledElsewhere(
  call: Call,
  { aggregators = [] }: AwsOptions,
  { name }: AwsAggregator,
  context: Context,
) {
  const others = aggregators.filter((one) => one.name !== name)
  const answers = await Promise.all(
    others.map((one) => aggregate(call, one, context).countBy(['accountId', 'awsRegion'], {}).catch(nothing)),
  )
  return new Set(answers.flat().map((row) => `${String(row['accountId'])} ${String(row['awsRegion'])}`))
}
