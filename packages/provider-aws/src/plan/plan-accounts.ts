import { ExtractionError, type Context, type Gap, type Page, type Plan } from '@cae/core'
import { administratorOf, type Accounts } from '../accounts.ts'
import type { Call } from '../client/call.ts'
import type { AwsAccount, AwsOptions } from '../options.ts'
import { organizationAccounts } from './organizations.ts'
import { planningSlices, regionPlanningSlices } from './plan.ts'
import { accountRegions } from './regions.ts'
import { selectionIn } from '../selection.ts'
import type { PlanAccount, PlanOrganization } from '../slice-query.ts'

/** The active accounts of the organization, but those that the settings name or leave out: those have slices already. */
export async function organizationPage(
  call: Call,
  options: AwsOptions,
  find: Accounts,
  { regions, ...query }: PlanOrganization,
  context: Context,
  cursor: string | null,
): Promise<Page> {
  const { organization } = options
  if (!organization)
    throw new ExtractionError('SETTINGS_MISSING', 'this worker has no aws.organization in its settings')
  const administrator = administratorOf(organization)
  const { active, inactive, next } = await organizationAccounts(call, administrator, context, cursor)
  const named = new Set([...options.accounts.map(({ account_id }) => account_id), ...(organization.exclude ?? [])])
  const slices = active
    .filter(({ id }) => !named.has(id))
    .map(({ id }) => find(id))
    .filter((account) => account !== undefined)
    .flatMap((account) => planningSlices(account, regions, selectionIn(query)))
  const gaps = inactive.filter(({ id }) => !named.has(id)).map(({ id, state }) => inactiveGap(id, state))
  return { artifacts: [], next, plan: { slices, gaps } }
}

// Its resources may still exist, and can't be seen.
function inactiveGap(scope: string, state: string): Gap {
  const message = `the organization says that account ${scope} is ${state}; add it to aws.organization.exclude where that is as it should be`
  return { scope, region: 'global', partition: 'account', code: 'NOT_ENABLED', message }
}

/**
 * The regions that an account has enabled. Those that are disabled are skipped together, but what the request asks for is a
 * gap, and so is one that is about to be enabled or disabled: it may hold resources that can't be seen.
 */
export async function planAccount(
  call: Call,
  account: AwsAccount,
  { regions: asked, ...query }: PlanAccount,
  context: Context,
): Promise<Plan> {
  const { enabled, disabled } = await accountRegions(call, account, context)
  const slices = regionPlanningSlices(account, enabled, asked, selectionIn(query))
  const gaps = disabled
    .filter(({ region, state }) => (asked ? asked.includes(region) : state !== 'DISABLED'))
    .map(({ region, state }) => disabledGap(account.account_id, region, state))
  const skipped = asked ? [] : disabled.filter(({ state }) => state === 'DISABLED').map(({ region }) => region)
  return { slices, gaps: skipped.length > 0 ? [...gaps, skippedGap(account.account_id, skipped)] : gaps }
}

// Nothing tells a region that was never enabled from one that was, and that may hold what was made there before.
function skippedGap(scope: string, regions: readonly string[]): Gap {
  const message = `account ${scope} has not enabled ${regions.length} regions: ${regions.join(', ')}`
  return { scope, region: 'global', partition: 'disabled-regions', code: 'REGIONS_LEFT_OUT', message }
}

function disabledGap(scope: string, region: string, state: string): Gap {
  const message = `account ${scope} has not enabled ${region}: it is ${state}`
  return { scope, region, partition: 'all', code: 'REGION_DISABLED', message }
}
