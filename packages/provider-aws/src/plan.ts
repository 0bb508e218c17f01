import type { Plan, Slice, Target } from '@cae/core'
import { homeRegion } from './credentials.ts'
import { GLOBAL_TYPES } from './global-types.ts'
import type { AwsAccount } from './options.ts'
import { accepts, selectionOf, type Selection } from './selection.ts'
import type { PlanRegion } from './slice-query.ts'

/** One planning slice per configured account and region, in the order of the settings. Asks AWS nothing. */
export function planSlices(accounts: readonly AwsAccount[], target: Target): Plan {
  const selection = selectionOf(target)
  if (!selection) return { slices: [], gaps: [] }
  const slices = accounts
    .filter(({ account_id }) => !target.accounts || target.accounts.includes(account_id))
    .flatMap((account) => planningSlices(account, account.regions, target.regions, selection))
  return { slices, gaps: [] }
}

/**
 * A planning slice for each region that is asked for. The first of them, the home region where it is among them, is to
 * read the account's global types; a request for some regions has those that one of these regions reports.
 */
export function planningSlices(
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
  const scope = account.account_id
  if (first === undefined) return []
  const responsibility = { globals, next, ...(global && { must: true as const }) }
  const slices = wanted.map((region): Slice => {
    const hasGlobals = region === first && globals.length > 0
    const query: PlanRegion = { kind: 'plan-region', ...selection, ...(hasGlobals && responsibility) }
    return { scope, region, partition: 'plan', query, plans: true }
  })
  if (wanted.includes(first) || globals.length === 0) return slices
  const query = { kind: 'plan-globals', ...responsibility } as const
  return [...slices, { scope, region: first, partition: 'plan-globals', query, plans: true }]
}

function homeFirst(account: AwsAccount, regions: readonly string[]): string[] {
  const home = homeRegion(account)
  return regions.toSorted((a, b) => Number(b === home) - Number(a === home))
}
