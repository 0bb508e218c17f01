import type { AggregatedSourceStatus } from '@aws-sdk/client-config-service'
import type { Context, ErrorCode, Gap, Plan, Slice } from '@cae/core'
import { fnv1a } from '@cae/core'
import { isAccountId } from './accounts.ts'
import { aggregate } from './aggregator.ts'
import type { Call } from './call.ts'
import { countOf, DISCOVERED_AGGREGATE, QUERIED, sum } from './counts.ts'
import { GLOBAL_TYPES } from './global-types.ts'
import type { AwsAggregator, AwsOptions } from './options.ts'
import { MAX_TYPES } from './pack.ts'
import { accepts, isNarrow, selectionIn } from './selection.ts'
import type {
  PlanAggregator,
  PlanCollected,
  PlanNamed,
  ReadCollected,
  ReadCollectedListing,
  ReadGlobals,
} from './slice-query.ts'

/** A planning slice for each account that the aggregator has, and a gap for each source that it could not collect from. */
export async function planAggregator(
  call: Call,
  aggregator: AwsAggregator,
  query: PlanAggregator,
  { accounts: direct }: AwsOptions,
  context: Context,
): Promise<Plan> {
  const { name } = aggregator
  const asked = aggregate(call, aggregator, context)
  const [discovered, queried, sources] = await Promise.all([
    asked.discovered('ACCOUNT_ID', {}),
    asked.countBy(['accountId', 'awsRegion'], {}),
    asked.sources(),
  ])
  const named = new Set(direct.map(({ account_id }) => account_id))
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
  return { slices, gaps }
}

/** A planning slice for what an aggregator has of an account: the same wherever it is planned, so that it is read once. */
export function collectedSlice(
  scope: string,
  aggregator: string,
  { regions, ...query }: PlanAggregator | PlanNamed,
): Slice {
  const asked = { ...selectionIn(query), ...(regions && { regions }) }
  const collected: PlanCollected = { kind: 'plan-collected', aggregator, ...asked }
  return { scope, region: 'global', partition: `plan-${aggregator}`, query: collected, plans: true }
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

/** What the aggregator has of one account, in slices by region. */
export async function planCollected(
  call: Call,
  aggregator: AwsAggregator,
  account: string,
  query: PlanCollected,
  context: Context,
): Promise<Plan> {
  const asked = aggregate(call, aggregator, context)
  const [groups, discovered] = await Promise.all([
    asked.countBy(['awsRegion', 'resourceType'], { in: { accountId: [account] } }),
    asked.discovered('RESOURCE_TYPE', { AccountId: account }),
  ])
  const isAsked = accepts(query)
  const found = groups
    .map((row) => ({ region: String(row['awsRegion']), type: String(row['resourceType']), count: countOf(row) }))
    .filter(({ type }) => isAsked(type))
  const at: Where = { aggregator: aggregator.name, scope: account, regions: query.regions }
  const globals = found.filter(({ type }) => GLOBAL_TYPES.has(type))
  const regional = found.filter(({ type }) => !GLOBAL_TYPES.has(type))
  const queried = new Map<string, number>()
  for (const { type, count } of found) queried.set(type, (queried.get(type) ?? 0) + count)
  const short = [...discovered]
    .filter(([type, count]) => isAsked(type) && count > (queried.get(type) ?? 0))
    .map(([type, count]): Short => ({ type, missing: count - (queried.get(type) ?? 0), known: queried.has(type) }))
  const slices = [
    ...regionalSlices(regional, isNarrow(query), at),
    ...globalsSlices(globals, at),
    ...short.filter(({ type }) => !GLOBAL_TYPES.has(type)).map((one) => listingSlice(one, at)),
  ]
  return { slices, gaps: short.filter(({ type }) => GLOBAL_TYPES.has(type)).map((one) => globalsGap(one, at)) }
}

interface Found {
  readonly region: string
  readonly type: string
  readonly count: number
}
interface Short {
  readonly type: string
  readonly missing: number
  readonly known: boolean
}
interface Where {
  readonly aggregator: string
  readonly scope: string
  readonly regions: readonly string[] | undefined
}

// The aggregator has one budget for all, so nothing is gained by slices smaller than a region.
function regionalSlices(found: readonly Found[], isNarrowed: boolean, { aggregator, scope, regions }: Where): Slice[] {
  const wanted = regions && new Set(regions.map((region) => region.toLowerCase()))
  const names = [...new Set(found.map(({ region }) => region))].toSorted()
  return names
    .filter((region) => !wanted || wanted.has(region) || region === 'global')
    .flatMap((region) => {
      const own = found.filter((one) => one.region === region).toSorted((a, b) => (a.type < b.type ? -1 : 1))
      const slice = (partition: string, condition: Pick<ReadCollected, 'in' | 'except'>, part: readonly Found[]) => {
        const query: ReadCollected = { kind: 'collected', aggregator, ...condition }
        const expected = { count: sum(part.map(({ count }) => count)), source: QUERIED }
        return { scope, region, partition, query, expected } satisfies Slice
      }
      if (!isNarrowed) return [slice(`all-${aggregator}`, { except: [...GLOBAL_TYPES].toSorted() }, own)]
      return chunks(own).map((part) => {
        const types = part.map(({ type }) => type)
        return slice(`${fnv1a(types.join())}-${aggregator}`, { in: types }, part)
      })
    })
}

function chunks<T>(all: readonly T[]): T[][] {
  const parts: T[][] = []
  for (let start = 0; start < all.length; start += MAX_TYPES) parts.push(all.slice(start, start + MAX_TYPES))
  return parts
}

// The reader tells how many there are without repetition: the count says how many rows.
function globalsSlices(found: readonly Found[], { aggregator, scope }: Where): Slice[] {
  if (found.length === 0) return []
  const types = [...new Set(found.map(({ type }) => type))].toSorted()
  const rows = sum(found.map(({ count }) => count))
  const query: ReadGlobals = { kind: 'collected-globals', aggregator, in: types, rows }
  return [{ scope, region: 'global', partition: `globals-${aggregator}`, query }]
}

function listingSlice({ type, missing, known }: Short, { aggregator, scope }: Where): Slice {
  const query: ReadCollectedListing = { kind: 'collected-listing', aggregator, type, ...(known && { beyond: true }) }
  const partition = `${known ? 'beyond' : 'listed'}-${type.replaceAll('::', '-')}-${aggregator}`
  return { scope, region: 'global', partition, query, expected: { count: missing, source: DISCOVERED_AGGREGATE } }
}

// Each region's recorder may have counted them, so what is missing can't be told from what is repeated.
function globalsGap({ type, missing }: Short, { aggregator, scope }: Where): Gap {
  const message = `the aggregator ${aggregator} counts ${missing} more of ${type} than it gives; name account ${scope} in aws_accounts to read them there`
  return { scope, region: 'global', partition: `short-${type.replaceAll('::', '-')}`, code: 'COUNT_MISMATCH', message }
}
