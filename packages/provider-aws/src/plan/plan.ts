import { nameOf } from '@cae/catalogue'
import type { Plan, Slice, Target } from '@cae/core'
import { accountsOf, isAccountId, ORGANIZATION } from '../accounts.ts'
import { LISTED_EVERYWHERE } from '../unrecorded/cloud-control-types.ts'
import { homeRegion } from '../client/credentials.ts'
import { GLOBAL_TYPES } from './global-types.ts'
import type { AwsAccount, AwsOptions } from '../options.ts'
import { accepts, selectionOf, type Selection } from '../selection.ts'
import type {
  PlanAccount,
  PlanAggregator,
  PlanGlobals,
  PlanNamed,
  PlanOrganization,
  PlanRegion,
} from '../slice-query.ts'

/**
 * Planning slices, in the order of the settings: one per account and region where the settings name both, else one that
 * asks for the regions or for the accounts. Asks AWS nothing.
 */
export function planSlices(options: AwsOptions, target: Target): Plan {
  const selection = selectionOf(target)
  if (!selection) return { slices: [], gaps: [] }
  const slices = askedAccounts(options, target).flatMap((account) => planningSlices(account, target.regions, selection))
  slices.push(...aggregatorSlices(options, target, selection), ...namedSlices(options, target, selection))
  if (!options.organization || target.accounts) return { slices, gaps: [] }
  const query: PlanOrganization = { kind: 'plan-organization', ...selection, ...regionsOf(target.regions) }
  const organization: Slice = { scope: ORGANIZATION, region: 'global', partition: 'plan', query, plans: true }
  return { slices: [...slices, organization], gaps: [] }
}

function aggregatorSlices(options: AwsOptions, target: Target, selection: Selection): Slice[] {
  const { accounts: direct, aggregators = [] } = options
  const { accounts } = target
  const named = new Set(direct.map(({ account_id }) => account_id))
  if (accounts?.every((id) => named.has(id) || !isAccountId(id))) return []
  return aggregators.map(({ name, account_id, region }) => {
    const asked = { ...(accounts && { accounts }), ...regionsOf(target.regions) }
    const query: PlanAggregator = { kind: 'plan-aggregator', aggregator: name, ...selection, ...asked }
    return { scope: account_id, region, partition: `aggregator-${name}`, query, plans: true }
  })
}

/**
 * One for each account that is asked for by name and that only an aggregator can have: whichever has it, and whatever
 * becomes of the others, the account has an end of its own.
 */
function namedSlices(options: AwsOptions, target: Target, selection: Selection): Slice[] {
  if (!options.aggregators?.length) return []
  const find = accountsOf(options)
  const unknown = (target.accounts ?? []).filter((id) => isAccountId(id) && !find(id))
  const query: PlanNamed = { kind: 'plan-named', ...selection, ...regionsOf(target.regions) }
  return unknown.map((scope) => ({ scope, region: 'global', partition: 'aggregators', query, plans: true }))
}

// An account that is asked for by name need not be looked up in the organization: its role says whether it is there.
export function askedAccounts(options: AwsOptions, { accounts }: Target): AwsAccount[] {
  if (!accounts) return [...options.accounts]
  const find = accountsOf(options)
  const named = options.accounts.filter(({ account_id }) => accounts.includes(account_id))
  const members = accounts.filter((id) => !named.some(({ account_id }) => account_id === id)).map(find)
  return [...named, ...members.filter((account) => account !== undefined)]
}

/** One slice where the account's regions must be asked for, else those of its regions. */
export function planningSlices(
  account: AwsAccount,
  asked: readonly string[] | undefined,
  selection: Selection,
): Slice[] {
  if (account.regions) return regionPlanningSlices(account, account.regions, asked, selection)
  const query: PlanAccount = { kind: 'plan-account', ...selection, ...regionsOf(asked) }
  return [{ scope: account.account_id, region: 'global', partition: 'plan', query, plans: true }]
}

/** Global types that one region's recorder has at most: where that is off, every region lists them. */
const OTHER_GLOBALS = LISTED_EVERYWHERE.filter((type) => !GLOBAL_TYPES.has(type))
const GLOBAL_SERVICES: ReadonlySet<string> = new Set(OTHER_GLOBALS.map((type) => nameOf('aws', type).service))

/**
 * A planning slice for each region that is asked for. The first of them, the home region where it is among them, is to
 * read the account's global types; a request for some regions has those that one of these regions reports. A request for
 * `global` has all, of a region that is read for them alone where it is not asked for itself.
 */
export function regionPlanningSlices(
  account: AwsAccount,
  regions: readonly string[],
  asked: readonly string[] | undefined,
  selection: Selection,
): Slice[] {
  const named = asked && new Set(asked.map((region) => region.toLowerCase()))
  const global = !named || named.has('global')
  const wanted = regions.filter((region) => !named || named.has(region))
  const [first, ...next] = homeFirst(account, global ? regions : wanted)
  const globals = [...GLOBAL_TYPES].filter(accepts(selection))
  if (first === undefined) return []
  const must = global && { must: true as const }
  const responsibility = { globals, next, ...must }
  const others = OTHER_GLOBALS.some(accepts(selection)) && { globals, ...must }
  const scope = account.account_id
  const planning = (region: string, query: PlanRegion | PlanGlobals): Slice => {
    return { scope, region, partition: query.kind === 'plan-globals' ? query.kind : 'plan', query, plans: true }
  }
  const slices = wanted.map((region) => {
    const own = region === first && (globals.length > 0 ? responsibility : others)
    return planning(region, { kind: 'plan-region', ...selection, ...own })
  })
  if (wanted.includes(first)) return slices
  if (globals.length > 0) slices.push(planning(first, { kind: 'plan-globals', ...responsibility }))
  if (others) slices.push(planning(first, { kind: 'plan-region', ...globalOf(selection), ...others, globals: [] }))
  return slices
}

function regionsOf(regions: readonly string[] | undefined) {
  return regions && { regions }
}

/** Of a selection what is in no region. */
export function globalOf(selection: Selection): Selection {
  const services = (selection.services ?? [...GLOBAL_SERVICES]).filter((service) => GLOBAL_SERVICES.has(service))
  return { ...selection, services }
}

/** The account's regions, the one that has its global types before the others. */
export function homeFirst(account: AwsAccount, regions: readonly string[]): string[] {
  const home = homeRegion({ ...account, regions })
  return regions.toSorted((a, b) => Number(b === home) - Number(a === home))
}
