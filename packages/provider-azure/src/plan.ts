import { resolveServices } from '@cae/catalogue'
import {
  ExtractionError,
  type Context,
  type ErrorCode,
  type Gap,
  type JsonObject,
  type Plan,
  type Slice,
  type Target,
} from '@cae/core'
import type { Query } from './call.ts'
import { READABLE_SUBSCRIPTIONS, tablesFor } from './kql.ts'
import type { AzureAccount } from './options.ts'

// What Azure's own command line sends in one query.
const SUBSCRIPTIONS_PER_QUERY = 1000

/** Why a subscription cannot be read; absent where it can. */
type Refusals = ReadonlyMap<string, { readonly code: ErrorCode; readonly message: string }>

/**
 * One slice per subscription and table. Resource Graph leaves subscriptions that we may not read out of its answers
 * without a word, so it is asked first which ones those are; they become gaps.
 */
export async function planSlices(
  accounts: readonly AzureAccount[],
  target: Target,
  query: Query,
  context: Context,
): Promise<Plan> {
  const services = target.services && (resolveServices(target.services, ['azure']).byProvider.azure ?? [])
  const wanted = accounts.filter(({ subscription_id }) => isWanted(subscription_id, target))
  if (services?.length === 0 || wanted.length === 0) return { slices: [], gaps: [] }
  const refusals = await refusalsOf(
    wanted.map(({ subscription_id }) => subscription_id),
    query,
    context,
  )
  const readable = wanted.filter(({ subscription_id }) => !refusals.has(subscription_id))
  return {
    slices: readable.flatMap((account) => slicesOf(account, services, target)),
    gaps: wanted.flatMap(({ subscription_id }) => gapOf(subscription_id, refusals)),
  }
}

function isWanted(subscription: string, { accounts }: Target): boolean {
  return !accounts || accounts.some((account) => account.toLowerCase() === subscription.toLowerCase())
}

function slicesOf(account: AzureAccount, services: readonly string[] | undefined, target: Target): Slice[] {
  const locations = locationsOf(account, target)
  const query: JsonObject = { ...(services && { services }), ...(locations && { locations }) }
  return tablesFor(services).map((table) => ({
    scope: account.subscription_id,
    region: 'global',
    partition: table,
    query,
  }))
}

// Both lists narrow; `global` needs no naming, since what has no place is always read.
function locationsOf({ locations }: AzureAccount, { regions }: Target): readonly string[] | undefined {
  const settings = locations?.map((location) => location.toLowerCase())
  const asked = regions?.map((region) => region.toLowerCase())
  if (!settings || !asked) return settings ?? asked
  return settings.filter((location) => asked.includes(location))
}

function gapOf(subscription: string, refusals: Refusals): Gap[] {
  const refusal = refusals.get(subscription)
  return refusal ? [{ scope: subscription, region: 'global', partition: 'all', ...refusal }] : []
}

async function refusalsOf(subscriptions: readonly string[], query: Query, context: Context): Promise<Refusals> {
  const refusals = new Map<string, { code: ErrorCode; message: string }>()
  for (let start = 0; start < subscriptions.length; start += SUBSCRIPTIONS_PER_QUERY) {
    const chunk = subscriptions.slice(start, start + SUBSCRIPTIONS_PER_QUERY)
    const { readable, refusal } = await readableOf(chunk, query, context)
    for (const id of chunk) if (!readable.has(id.toLowerCase())) refusals.set(id, refusal)
  }
  return refusals
}

const LEFT_OUT = {
  code: 'ACCESS_DENIED',
  message: 'Azure: Resource Graph leaves this subscription out: no permission to read it, or it does not exist',
} as const

/** Refusals of the whole query that say something of the subscriptions in it. */
const SAY_WHY: ReadonlySet<ErrorCode> = new Set(['ACCESS_DENIED', 'SCOPE_NOT_FOUND', 'NOT_ENABLED'])

async function readableOf(subscriptions: string[], query: Query, context: Context) {
  try {
    const options = { top: SUBSCRIPTIONS_PER_QUERY, resultFormat: 'objectArray' } as const
    const { data } = await query({ subscriptions, query: READABLE_SUBSCRIPTIONS, options }, context)
    const rows = data as readonly { readonly subscriptionId: string }[]
    return { readable: new Set(rows.map((row) => row.subscriptionId.toLowerCase())), refusal: LEFT_OUT }
  } catch (thrown) {
    if (!(thrown instanceof ExtractionError) || !SAY_WHY.has(thrown.code)) throw thrown
    return { readable: new Set<string>(), refusal: { code: thrown.code, message: thrown.message } }
  }
}
