import { ExtractionError, type Context, type ErrorCode, type Gap, type Target } from '@cae/core'
import type { Arm } from '../client/arm.ts'
import { SUBSCRIPTION_LIMIT } from '../client/call.ts'
import { chunks } from './chunks.ts'
import { GROUPS_PER_QUERY, type GraphScope, type Query } from '../client/graph.ts'
import { READABLE_GROUPS, READABLE_SUBSCRIPTIONS } from '../kql.ts'
import type { AzureOptions } from '../options.ts'

// What Azure's own command line sends in one query.
const SUBSCRIPTIONS_PER_QUERY = 1000

/** Subscriptions to read, sorted by id, and what is wrong with the others. */
export interface Discovery {
  readonly readable: readonly ReadableSubscription[]
  /** Management groups of the settings, without those that are below another, each with the names of all below it. */
  readonly groups: ReadonlyMap<string, readonly string[]>
  readonly gaps: readonly Gap[]
}

export interface ReadableSubscription {
  readonly id: string
  /** Lower case; absent: all. */
  readonly locations?: readonly string[]
}

/** Why a scope is not shown. */
export interface Refusal {
  readonly code: ErrorCode
  readonly message: string
}

/** Lower-case ids that Resource Graph shows; for the others, why not where it says so. */
interface Shown {
  readonly ids: ReadonlySet<string>
  readonly refusals: ReadonlyMap<string, Refusal>
}

/**
 * Resource Graph leaves subscriptions that we may not read out of its answers without a word. So it is asked which ones
 * it shows, and that is compared with what Resource Manager lists: what only one of them knows is a gap, as is what was
 * asked for and neither knows, and a tenant of which neither shows anything.
 */
export async function discover(
  options: AzureOptions,
  target: Target,
  { arm, query }: { readonly arm: Arm; readonly query: Query },
  context: Context,
): Promise<Discovery> {
  const states = await arm.subscriptions(context)
  const groups = await belowGroups(options.management_groups ?? [], arm, context)
  const everywhere = options.all_subscriptions ? await shownInTenant(query, context) : undefined
  const asked = subscriptionsAsked(target)
  const candidates = new Set([
    ...options.accounts.map(({ subscription_id }) => subscription_id.toLowerCase()),
    ...groups.subscriptions,
    ...(options.all_subscriptions ? [...states.keys(), ...(everywhere ?? []), ...asked] : []),
  ])
  const wanted = [...candidates].filter((id) => isWanted(id, target)).toSorted()
  const shown = everywhere
    ? await shownBeside(everywhere, wanted, query, context)
    : await shownOf(wanted, query, context)
  const found = wanted.map((id) => judge(id, states.get(id), shown))
  return {
    readable: found.filter(({ reads }) => reads).map(({ id }) => withLocations(id, options, target)),
    groups: groups.top,
    gaps: [
      ...groups.gaps,
      ...found.flatMap(({ id, gap }) => (gap ? [gapOf(id, gap)] : [])),
      ...asked.filter((id) => !candidates.has(id)).map((id) => gapOf(id, refusal('SCOPE_NOT_FOUND', OUTSIDE))),
      ...(options.all_subscriptions && candidates.size === 0 ? [nobody(options)] : []),
    ],
  }
}

const SUBSCRIPTION_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

// Of the accounts of a request, which may be of any cloud.
function subscriptionsAsked({ accounts = [] }: Target): readonly string[] {
  return accounts.map((account) => account.toLowerCase()).filter((account) => SUBSCRIPTION_ID.test(account))
}

function isWanted(subscription: string, { accounts }: Target): boolean {
  return !accounts || accounts.some((account) => account.toLowerCase() === subscription)
}

const ENDED: ReadonlySet<string> = new Set(['Disabled', 'Deleted'])

// The state comes last: what a disabled subscription holds is still there, costs, and can be read.
function judge(id: string, state: string | undefined, { ids, refusals }: Shown) {
  if (ids.has(id)) {
    const gap = state === undefined ? refusal('ACCESS_DENIED', ONLY_GRAPH) : undefined
    return { id, reads: true, gap }
  }
  if (state !== undefined && ENDED.has(state)) {
    const message = `the subscription is ${state.toLowerCase()}, and Resource Graph does not show it`
    return { id, reads: false, gap: refusal('NOT_ENABLED', message) }
  }
  return {
    id,
    reads: false,
    gap: refusals.get(id) ?? refusal('ACCESS_DENIED', state === undefined ? NEITHER : ONLY_ARM),
  }
}

const ONLY_GRAPH =
  'Resource Graph shows the subscription and Resource Manager does not list it, so a part of it may be out of sight; what Resource Graph shows is read'
const ONLY_ARM =
  'Resource Manager lists the subscription and Resource Graph leaves it out: no role lets us read the whole of it, or the subscription or the role is newer than our token, and shows with the next one'
const NEITHER =
  'neither Resource Manager nor Resource Graph shows the subscription: no permission to read it, or it does not exist'
const OUTSIDE = 'the settings name neither the subscription nor a management group that it is below'
const GROUP_ONLY_ARM =
  'Resource Manager lists it and Resource Graph leaves it out: no role lets us read it, or it is too new to be shown'
const NOBODY =
  'neither Resource Manager nor Resource Graph shows any subscription of the tenant: no permission to read one, or there is none'

export function refusal(code: ErrorCode, message: string): Refusal {
  return { code, message: `Azure: ${message}` }
}

/** The gap of a subscription. */
export function gapOf(scope: string, { code, message }: Refusal): Gap {
  return { scope, region: 'global', partition: 'subscription', code, message }
}

// To see nobody is no proof that nobody is there.
function nobody({ tenant_id = 'tenant' }: AzureOptions): Gap {
  return { ...gapOf(tenant_id, refusal('ACCESS_DENIED', NOBODY)), partition: 'tenant' }
}

function withLocations(id: string, options: AzureOptions, { regions }: Target): ReadableSubscription {
  const account = options.accounts.find(({ subscription_id }) => subscription_id.toLowerCase() === id)
  const settings = (account?.locations ?? options.locations)?.map((location) => location.toLowerCase())
  const asked = regions?.map((region) => region.toLowerCase())
  // Both lists narrow; `global` needs no naming, since what has no place is always read.
  const locations = settings && asked ? settings.filter((location) => asked.includes(location)) : (settings ?? asked)
  return { id, ...(locations && { locations }) }
}

async function belowGroups(groups: readonly string[], arm: Arm, context: Context) {
  const subscriptions: string[] = []
  const below = new Map<string, readonly string[]>()
  const gaps: Gap[] = []
  for (const group of groups) {
    try {
      const found = await arm.descendants(group, context)
      subscriptions.push(...found.subscriptions)
      below.set(group, found.groups)
    } catch (thrown) {
      gaps.push(groupGap(group, saysWhy(thrown)))
      below.set(group, [])
    }
  }
  const nested = new Set([...below.values()].flat())
  const top = new Map([...below].filter(([group]) => !nested.has(group.toLowerCase())))
  return { subscriptions, top, gaps }
}

function groupGap(group: string, { code, message }: Refusal): Gap {
  return {
    scope: group,
    region: 'global',
    partition: 'management-group',
    code,
    message: `management group ${group}: ${message}`,
  }
}

/**
 * Management groups that Resource Manager knows of and Resource Graph leaves out, without a word as it does with
 * subscriptions: what is assigned to them is out of sight as well.
 */
export async function unseenGroups({ groups, gaps }: Discovery, query: Query, context: Context): Promise<Gap[]> {
  // In lower case, as what is below a group comes; the settings may write it otherwise.
  const told = new Set(gaps.map(({ scope }) => scope.toLowerCase()))
  const unseen: Gap[] = []
  for (const managementGroups of chunks([...groups.keys()], GROUPS_PER_QUERY)) {
    const shown = await shownGroups(managementGroups, query, context)
    if (!shown) continue
    const known = managementGroups.flatMap((name) => [name, ...(groups.get(name) ?? [])])
    const { names, refused = refusal('ACCESS_DENIED', GROUP_ONLY_ARM) } = shown
    const left = known.filter((name) => !names.has(name.toLowerCase()) && !told.has(name.toLowerCase()))
    unseen.push(...left.map((name) => groupGap(name, refused)))
  }
  return unseen
}

/** Lower-case names of management groups that Resource Graph shows, none where it has refused the question. */
interface ShownGroups {
  readonly names: ReadonlySet<string>
  readonly refused?: Refusal
}

/** Undefined where the groups have more subscriptions than one query takes: what counts their rows will fail of that. */
async function shownGroups(
  managementGroups: readonly string[],
  query: Query,
  context: Context,
): Promise<ShownGroups | undefined> {
  try {
    const rows = await allRows<{ name: string }>(READABLE_GROUPS, { managementGroups }, query, context)
    return { names: new Set(rows.map(({ name }) => name.toLowerCase())) }
  } catch (thrown) {
    if (isBeyondLimit(thrown)) return undefined
    return { names: new Set(), refused: saysWhy(thrown) }
  }
}

/** Refusals that say something of the scope; anything else is thrown on. */
const SCOPE_CODES: ReadonlySet<ErrorCode> = new Set(['ACCESS_DENIED', 'SCOPE_NOT_FOUND', 'NOT_ENABLED'])

function saysWhy(thrown: unknown): ExtractionError {
  if (thrown instanceof ExtractionError && SCOPE_CODES.has(thrown.code)) return thrown
  throw thrown
}

/**
 * Undefined where the tenant has more subscriptions than one query takes, or the query is refused: then they are asked for
 * by name, and a refusal is told of each.
 */
async function shownInTenant(query: Query, context: Context): Promise<ReadonlySet<string> | undefined> {
  try {
    return new Set(await shownIn({}, query, context))
  } catch (thrown) {
    if (!isBeyondLimit(thrown)) saysWhy(thrown)
    return undefined
  }
}

function isBeyondLimit(thrown: unknown): boolean {
  return thrown instanceof ExtractionError && thrown.nativeCode === SUBSCRIPTION_LIMIT
}

/**
 * Subscriptions that the tenant as a whole shows, and those that it shows when it is asked for them by name: its pages are
 * counted off from the first, and while subscriptions come and go one may slip through.
 */
async function shownBeside(
  everywhere: ReadonlySet<string>,
  wanted: readonly string[],
  query: Query,
  context: Context,
): Promise<Shown> {
  const missed = wanted.filter((id) => !everywhere.has(id))
  const { ids, refusals } = await shownOf(missed, query, context)
  return { ids: new Set([...everywhere, ...ids]), refusals }
}

/**
 * Which of the subscriptions Resource Graph shows. Refusals that say something of them are given back; anything else is
 * thrown, and `CURSOR_LOOP` where its pages lead nowhere.
 */
export async function shownOf(wanted: readonly string[], query: Query, context: Context): Promise<Shown> {
  const ids = new Set<string>()
  const refusals = new Map<string, Refusal>()
  for (const subscriptions of chunks(wanted, SUBSCRIPTIONS_PER_QUERY)) {
    try {
      for (const id of await shownIn({ subscriptions }, query, context)) ids.add(id)
    } catch (thrown) {
      const { code, message } = saysWhy(thrown)
      for (const id of subscriptions) refusals.set(id, { code, message })
    }
  }
  return { ids, refusals }
}

async function shownIn(scope: GraphScope, query: Query, context: Context) {
  const rows = await allRows<{ subscriptionId: string }>(READABLE_SUBSCRIPTIONS, scope, query, context)
  return rows.map(({ subscriptionId }) => subscriptionId.toLowerCase())
}

async function allRows<T>(kql: string, scope: GraphScope, query: Query, context: Context): Promise<T[]> {
  const rows: T[] = []
  for (let skipToken: string | undefined; ;) {
    const page = await query<T>(kql, scope, context, { ...(skipToken && { skipToken }) })
    rows.push(...page.rows)
    if (!page.skipToken) return rows
    if (page.rows.length === 0 || page.skipToken === skipToken) {
      throw new ExtractionError('CURSOR_LOOP', 'Azure: Resource Graph gives skip tokens that lead nowhere')
    }
    skipToken = page.skipToken
  }
}
