import { AwsError } from './error.ts'
import { cursorOf, keyOf, pageSize, textOf, type AwsService, type Call } from './service.ts'
import { REGIONS } from '../estate/estate-options.ts'
import { listArray } from '../listing.ts'
import type { World } from '../world.ts'

/** Account Management, REST JSON. */
export const ACCOUNT: AwsService = {
  name: 'account',
  signedAs: 'account',
  contentType: 'application/json',
  operations: { ListRegions: listRegions },
  global: true,
  listsScopes: true,
  faults: [],
  cursor: ({ NextToken }) => textOf(NextToken),
  badCursor: () => invalid('Invalid NextToken'),
  throttled: () => new AwsError('TooManyRequestsException', 'Too Many Requests', 429),
}

const MAX_REGIONS = 50
const DEFAULT_REGIONS = 20
/** Opt-in regions that no estate has. */
const NEVER_ENABLED = ['af-south-1', 'ap-east-1', 'me-south-1']

function listRegions(call: Call): string {
  const { AccountId, MaxResults, RegionOptStatusContains: wanted } = call.input
  if (AccountId !== undefined && AccountId !== call.caller.account) {
    throw new AwsError('AccessDeniedException', 'You are not authorized to perform this operation.', 403)
  }
  const all = regions(call.world, call.caller.account).filter(
    ({ RegionOptStatus }) => !Array.isArray(wanted) || wanted.length === 0 || wanted.includes(RegionOptStatus),
  )
  const key = keyOf(call, `regions ${JSON.stringify(wanted ?? [])}`)
  const limit = pageSize(MaxResults, DEFAULT_REGIONS, MAX_REGIONS, invalid)
  const { items, next } = listArray(all, key, cursorOf(ACCOUNT, call, key), limit, call.strike)
  return JSON.stringify({ Regions: items, ...(next && { NextToken: next }) })
}

function regions({ estate, faults }: World, account: string) {
  const names = [...new Set([...estate.awsRegions, ...REGIONS, ...NEVER_ENABLED])].toSorted()
  const statusOf = (region: string) => {
    if (!estate.awsRegions.includes(region)) return 'DISABLED'
    if (faults.holds('region_disabled', 'aws', account, region)) return 'DISABLED'
    if (faults.holds('region_enabling', 'aws', account, region)) return 'ENABLING'
    return (REGIONS as readonly string[]).includes(region) ? 'ENABLED_BY_DEFAULT' : 'ENABLED'
  }
  return names.map((region) => ({ RegionName: region, RegionOptStatus: statusOf(region) }))
}

function invalid(message: string): AwsError {
  return new AwsError('ValidationException', message, 400, { reason: 'fieldValidationFailed' })
}
