import { resolveServices } from '@cae/catalogue'
import type { JsonObject, Plan, Slice, Target } from '@cae/core'
import type { AwsAccount } from './options.ts'

/** One slice per configured account and region, in the order of the settings. Asks AWS nothing. */
export function planSlices(accounts: readonly AwsAccount[], target: Target): Plan {
  const services = target.services && (resolveServices(target.services, ['aws']).byProvider.aws ?? [])
  if (services?.length === 0) return { slices: [], gaps: [] }
  const part = { partition: services?.join('-') ?? 'all', query: services ? { services } : ({} as JsonObject) }
  const regions = target.regions && new Set(target.regions.map((region) => region.toLowerCase()))
  const slices = accounts
    .filter(({ account_id }) => !target.accounts || target.accounts.includes(account_id))
    .flatMap((account) =>
      account.regions
        .filter((region) => !regions || regions.has(region))
        .map((region): Slice => ({ scope: account.account_id, region, ...part })),
    )
  return { slices, gaps: [] }
}
