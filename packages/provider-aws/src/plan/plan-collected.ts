import type { Context, Gap, Plan, Slice } from '@cae/core'
import { fnv1a } from '@cae/core'
import { aggregate, type Aggregate } from '../aggregator.ts'
import type { Call } from '../client/call.ts'
import { countOf, DISCOVERED_AGGREGATE, QUERIED, sum, type Counts } from '../query/counts.ts'
import { GLOBAL_TYPES, IAM_TYPES, recordedGlobals } from './global-types.ts'
import { heldBefore, nothing, type Held } from './held-before.ts'
import type { AwsAggregator, AwsOptions } from '../options.ts'
import { chunked, MAX_TYPES, pack, type Pack } from './pack.ts'
import { accepts, isNarrow, selectionIn, type Selection } from '../selection.ts'
import type { PlanCollected, ReadCollected, ReadCollectedListing, ReadGlobals } from '../slice-query.ts'

/** A planning slice for what an aggregator has of an account: the same wherever it is planned, so that it is read once. */
export function collectedSlice(
  scope: string,
  aggregator: string,
  { regions, ...query }: Selection & Pick<PlanCollected, 'regions'>,
): Slice {
  const asked = { ...selectionIn(query), ...(regions && { regions }) }
  const collected: PlanCollected = { kind: 'plan-collected', aggregator, ...asked }
  return { scope, region: 'global', partition: `plan-${aggregator}`, query: collected, plans: true }
}

/**
 * What the aggregator has of one account, in slices by region. A region that an earlier aggregator has too is left to that
 * one, whose planning slice is then planned here as well, so that what is left out is never left to nobody.
 */
export async function planCollected(
  call: Call,
  options: AwsOptions,
  aggregator: AwsAggregator,
  account: string,
  query: PlanCollected,
  context: Context,
): Promise<Plan> {
  const asked = aggregate(call, aggregator, context)
  const [groups, held] = await Promise.all([
    asked.countBy(['awsRegion', 'resourceType'], { in: { accountId: [account] } }),
    heldBefore(call, options, aggregator, account, context),
  ])
  const isAsked = accepts(query)
  const found = groups
    .map((row) => ({ region: String(row['awsRegion']), type: typeOf(row), count: countOf(row) }))
    .filter(({ type }) => isAsked(type))
  const at: Where = { aggregator: aggregator.name, scope: account, regions: query.regions }
  const globals = found.filter(({ type }) => GLOBAL_TYPES.has(type) && !held.globals.has(type))
  const isHeld = ({ type, region }: Found) => (region === 'global' ? held.globals.has(type) : held.regions.has(region))
  const regional = found.filter((one) => !GLOBAL_TYPES.has(one.type) && !isHeld(one))
  const isOwn = (type: string) => isAsked(type) && !held.globals.has(type)
  const everywhere = await discoveredBy(asked, account, held.regions)
  const short = everywhere.flatMap(({ region, discovered }) =>
    shortTypes(found, discovered, region).filter(({ type }) => isOwn(type)),
  )
  const listed = short.filter(({ type }) => !GLOBAL_TYPES.has(type))
  const slices = [
    ...held.by.map((name) => collectedSlice(account, name, query)),
    ...regionalSlices(regional, { listed, held, isNarrowed: isNarrow(query) }, at),
    ...globalsSlices(globals, at),
    ...listed.map((one) => listingSlice(one, at)),
  ]
  const discovered = everywhere.flatMap((one) => [...one.discovered.keys()])
  const known = new Set([...held.globals, ...discovered, ...groups.map(typeOf)])
  const unrecorded = await unrecordedGaps(call, options, query, { ...at, known }, context)
  const gaps = short.filter(({ type }) => GLOBAL_TYPES.has(type)).map((one) => globalsGap(one, at))
  return { slices, gaps: [...gaps, ...unrecorded] }
}

function typeOf(row: Readonly<Record<string, unknown>>): string {
  return String(row['resourceType'])
}

/**
 * An aggregator does not tell what recorders leave out. But no account has no roles: recorders leave IAM out unless they are
 * told to include global types. Of an account of which nothing is known, its sources tell.
 */
async function unrecordedGaps(
  call: Call,
  { aggregators = [] }: AwsOptions,
  query: PlanCollected,
  { aggregator, scope, regions, known }: Where & { readonly known: ReadonlySet<string> },
  context: Context,
): Promise<Gap[]> {
  const isAsked = regions?.some((region) => region.toLowerCase() === 'global') ?? true
  if (known.size === 0 || !isAsked) return []
  const wanted = IAM_TYPES.filter(accepts(query))
  const unrecorded = (types: ReadonlySet<string>) => {
    const recorded = new Set(recordedGlobals(wanted, (type) => types.has(type)))
    return wanted.filter((type) => !recorded.has(type))
  }
  if (unrecorded(known).length === 0) return []
  const iam = { in: { accountId: [scope], resourceType: IAM_TYPES } }
  const others = aggregators.filter(({ name }) => name !== aggregator)
  const elsewhere = await Promise.all(
    others.map((one) => aggregate(call, one, context).countBy(['resourceType'], iam).catch(nothing)),
  )
  const types = unrecorded(new Set([...known, ...elsewhere.flat().map(typeOf)]))
  if (types.length === 0) return []
  const names = aggregators.map(({ name }) => name).join(', ')
  const message = `the aggregators (${names}) have no ${types.join(', ')} of account ${scope}, though every account has roles; include global types in a recorder that they collect from, or name the account in aws_accounts`
  return [{ scope, region: 'global', partition: 'global-types', code: 'NOT_ENABLED', message }]
}

/** What the recorders of the account have discovered: of all regions at once, but where some are left to another. */
async function discoveredBy(asked: Aggregate, account: string, held: ReadonlySet<string>) {
  const everywhere = { AccountId: account }
  if (held.size === 0) return [{ region: 'global', discovered: await asked.discovered('RESOURCE_TYPE', everywhere) }]
  const regions = [...(await asked.discovered('AWS_REGION', everywhere)).keys()].filter((one) => !held.has(one))
  return Promise.all(
    regions.toSorted().map(async (region) => {
      return { region, discovered: await asked.discovered('RESOURCE_TYPE', { ...everywhere, Region: region }) }
    }),
  )
}

/** Types of which more was discovered than queries have. What they have under `global` may be of any region. */
function shortTypes(found: readonly Found[], discovered: Counts, region: string): Short[] {
  const queried = new Map<string, number>()
  for (const one of found) {
    if (region !== 'global' && one.region !== 'global' && one.region !== region) continue
    queried.set(one.type, (queried.get(one.type) ?? 0) + one.count)
  }
  return [...discovered].flatMap(([type, count]) => {
    const known = queried.get(type) ?? 0
    return count > known ? [{ type, region, known, missing: count - known }] : []
  })
}

interface Found {
  readonly region: string
  readonly type: string
  readonly count: number
}
interface Short {
  readonly type: string
  /** `global` where it is of all regions. */
  readonly region: string
  readonly missing: number
  /** How many queries have. */
  readonly known: number
}
/** What is read elsewhere. */
interface Others {
  readonly listed: readonly Short[]
  readonly held: Held
  readonly isNarrowed: boolean
}
interface Where {
  readonly aggregator: string
  readonly scope: string
  readonly regions: readonly string[] | undefined
}

type Condition = Pick<ReadCollected, 'in' | 'except' | 'short'>

/**
 * Slices of a region as those of an account's own are, since one chain of pages is slower than the aggregator's quota: in
 * packs, of which one takes all but the others' types where all are wanted. What queries lack is listed elsewhere; types that
 * they have a part of do not share a slice with others, since their own count alone is what it can be held to.
 */
function regionalSlices(
  found: readonly Found[],
  { listed, held, isNarrowed }: Others,
  { aggregator, scope, regions }: Where,
): Slice[] {
  const wanted = regions && new Set(regions.map((region) => region.toLowerCase()))
  const names = [...new Set(found.map(({ region }) => region))].toSorted()
  return names
    .filter((region) => !wanted || wanted.has(region) || region === 'global')
    .flatMap((region) => {
      const counts = new Map(found.filter((one) => one.region === region).map(({ type, count }) => [type, count]))
      const lacking = new Set(
        listed.filter(({ region: at }) => at === 'global' || at === region).map(({ type }) => type),
      )
      const slice = (partition: string, condition: Condition, count: number): Slice => {
        const query: ReadCollected = { kind: 'collected', aggregator, ...condition }
        return { scope, region, partition: `${partition}-${aggregator}`, query, expected: { count, source: QUERIED } }
      }
      const named = (packs: readonly Pack[], short: Condition = {}) =>
        packs
          .flatMap((one) => chunked(one, counts))
          .map(({ types, count }) => slice(fnv1a(types.join()), { in: types, ...short }, count))
      const packs = pack(new Map([...counts].filter(([type]) => !lacking.has(type))))
      const partly = named(pack(new Map([...counts].filter(([type]) => lacking.has(type)))), { short: true })
      if (isNarrowed) return [...named(packs), ...partly]
      const rest = packs.reduce<Pack | undefined>((a, b) => (a && a.types.length >= b.types.length ? a : b), undefined)
      const others = packs.filter((one) => one !== rest)
      const before = region === 'global' ? [...held.globals].filter((type) => !GLOBAL_TYPES.has(type)) : []
      const elsewhere = [...GLOBAL_TYPES, ...before, ...lacking, ...others.flatMap(({ types }) => types)]
      if (elsewhere.length > MAX_TYPES) return [...named(packs), ...partly]
      const except = elsewhere.toSorted()
      const partition = others.length + lacking.size === 0 ? 'all' : `rest-${fnv1a(except.join())}`
      return [slice(partition, { except }, rest?.count ?? 0), ...named(others), ...partly]
    })
}

// The reader tells how many there are without repetition: the count says how many rows.
function globalsSlices(found: readonly Found[], { aggregator, scope }: Where): Slice[] {
  if (found.length === 0) return []
  const types = [...new Set(found.map(({ type }) => type))].toSorted()
  const rows = sum(found.map(({ count }) => count))
  const query: ReadGlobals = { kind: 'collected-globals', aggregator, in: types, rows }
  return [{ scope, region: 'global', partition: `globals-${aggregator}`, query }]
}

function listingSlice({ type, region, missing, known }: Short, { aggregator, scope }: Where): Slice {
  const query: ReadCollectedListing = {
    kind: 'collected-listing',
    aggregator,
    type,
    ...(known > 0 && { beyond: known }),
  }
  const partition = `${known > 0 ? 'beyond' : 'listed'}-${type.replaceAll('::', '-')}-${aggregator}`
  return { scope, region, partition, query, expected: { count: missing, source: DISCOVERED_AGGREGATE } }
}

// Each region's recorder may have counted them, so what is missing can't be told from what is repeated.
function globalsGap({ type, region, missing }: Short, { aggregator, scope }: Where): Gap {
  const message = `the aggregator ${aggregator} counts ${missing} more of ${type} than it gives; name account ${scope} in aws_accounts to read them there`
  return { scope, region, partition: `short-${type.replaceAll('::', '-')}`, code: 'COUNT_MISMATCH', message }
}
