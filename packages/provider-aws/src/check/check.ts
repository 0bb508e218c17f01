import type { Context, Finding, Target } from '@cae/core'
import { accountsOf, administratorOf, ORGANIZATION } from '../accounts.ts'
import type { Call } from '../client/call.ts'
import { checkAggregator } from './check-aggregator.ts'
import { checkCredentials } from './check-credentials.ts'
import { checkRegion } from './check-region.ts'
import { everyPage } from '../client/every-page.ts'
import { tried } from './finding.ts'
import type { AwsAccount, AwsOptions } from '../options.ts'
import { organizationAccounts } from '../plan/organizations.ts'
import { askedAccounts, globalOf, homeFirst } from '../plan/plan.ts'
import { accountRegions, type AccountRegions } from '../plan/regions.ts'
import { selectionOf, type Selection } from '../selection.ts'

/** Accounts, and regions of an account, that are tried at the same time. */
const AT_ONCE = 10

/** The preflight: what a run over the target needs, tried where it needs it. */
export async function check(call: Call, options: AwsOptions, target: Target, context: Context): Promise<Finding[]> {
  const selection = selectionOf(target)
  if (!selection) return []
  const organization = target.accounts ? { findings: [], accounts: [] } : await members(call, options, context)
  const accounts = [...askedAccounts(options, target), ...organization.accounts]
  const checked = await inTurns(accounts, (account) => checkAccount(call, account, target, selection, context))
  const aggregators = await inTurns(options.aggregators ?? [], (one) => checkAggregator(call, one, context))
  return [...organization.findings, ...checked.flat(), ...aggregators.flat()]
}

async function members(call: Call, options: AwsOptions, context: Context) {
  const { organization } = options
  if (!organization) return { findings: [], accounts: [] }
  const administrator = administratorOf(organization)
  const about = { scope: ORGANIZATION, region: 'global' }
  const { finding, answer = [] } = await tried(about, 'organizations:ListAccounts', () =>
    everyPage(async (token) => {
      const { active, next } = await organizationAccounts(call, administrator, context, token ?? null)
      return { items: active, next: next ?? undefined }
    }),
  )
  const find = accountsOf(options)
  const named = new Set(options.accounts.map(({ account_id }) => account_id))
  const accounts = answer.filter(({ id }) => !named.has(id)).map(({ id }) => find(id))
  return { findings: [finding], accounts: accounts.filter((account) => account !== undefined) }
}

async function checkAccount(
  call: Call,
  account: AwsAccount,
  { regions: asked }: Target,
  selection: Selection,
  context: Context,
): Promise<Finding[]> {
  const about = { scope: account.account_id, region: 'global' }
  const credentials = await checkCredentials(call, account, context)
  if (credentials.status !== 'ok') return [credentials]
  const listed = account.regions
    ? null
    : await tried(about, 'account:ListRegions', () => accountRegions(call, account, context))
  const regions = account.regions ?? listed?.answer?.enabled ?? []
  const named = asked && new Set(asked.map((region) => region.toLowerCase()))
  const wanted = regions.filter((region) => !named || named.has(region))
  const [home] = named?.has('global') ? homeFirst(account, regions) : []
  const checked = await inTurns(wanted, (region) => checkRegion(call, { account, region }, selection, context))
  if (home !== undefined && !wanted.includes(home)) {
    checked.push(await checkRegion(call, { account, region: home }, globalOf(selection), context))
  }
  // Without them nothing of the account is read.
  const found = listed ? [{ ...listed.finding, status: listed.error ? ('missing' as const) : ('ok' as const) }] : []
  const off = (listed?.answer?.disabled ?? []).filter(({ region }) => named?.has(region))
  return [credentials, ...found, ...off.map((one) => disabledFinding(account, one)), ...checked.flat()]
}

// The request names it, so a run has a gap there; of all others that are off nobody wants to know.
function disabledFinding({ account_id }: AwsAccount, { region, state }: AccountRegions['disabled'][number]): Finding {
  return {
    scope: account_id,
    region,
    check: 'region',
    status: 'missing',
    message: `account ${account_id} has not enabled ${region}: it is ${state}`,
    advice: 'enable the region, or leave it out of the request',
  }
}

async function inTurns<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = []
  for (let start = 0; start < items.length; start += AT_ONCE) {
    results.push(...(await Promise.all(items.slice(start, start + AT_ONCE).map(work))))
  }
  return results
}
