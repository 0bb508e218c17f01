import { AwsError } from './error.ts'
import { cursorOf, pageSize, textOf, type AwsService, type Call } from './service.ts'
import { hashText, hex } from '../estate/hash.ts'
import { listArray } from '../listing.ts'
import type { World } from '../world.ts'

/** AWS Organizations, JSON 1.1. The first account of the estate is the management account. */
export const ORGANIZATIONS: AwsService = {
  name: 'organizations',
  signedAs: 'organizations',
  contentType: 'application/x-amz-json-1.1',
  operations: { ListAccounts: listAccounts },
  global: true,
  listsScopes: true,
  faults: [],
  cursor: ({ NextToken }) => textOf(NextToken),
  badCursor: () =>
    new AwsError('InvalidInputException', 'You specified an invalid value.', 400, {
      Reason: 'INVALID_PAGINATION_TOKEN',
    }),
  throttled: () => new AwsError('TooManyRequestsException', 'Too many requests'),
}

const MAX_ACCOUNTS = 20

function listAccounts(call: Call): string {
  const { world, caller, input, strike } = call
  const { awsAccounts } = world.estate
  if (world.faults.holds('no_organization', 'aws', caller.account)) {
    throw new AwsError('AWSOrganizationsNotInUseException', 'Your account is not a member of an organization.')
  }
  if (caller.account !== awsAccounts[0]) {
    throw new AwsError('AccessDeniedException', "You don't have permissions to access this resource.")
  }
  const limit = pageSize(input['MaxResults'], MAX_ACCOUNTS, MAX_ACCOUNTS, outOfRange)
  const { items, next } = listArray(awsAccounts, 'accounts', cursorOf(ORGANIZATIONS, call, 'accounts'), limit, strike)
  return JSON.stringify({ Accounts: items.map((id) => account(world, id)), ...(next && { NextToken: next }) })
}

function outOfRange(message: string): AwsError {
  return new AwsError('InvalidInputException', message, 400, { Reason: 'MAX_VALUE_EXCEEDED' })
}

// `Status` is gone since 2026-09-09.
function account({ estate, faults }: World, id: string): object {
  const [management] = estate.awsAccounts
  const organization = `o-${hex(hashText(management!), 10)}`
  return {
    Id: id,
    Arn: `arn:aws:organizations::${management}:account/${organization}/${id}`,
    Email: `aws+${id}@example.com`,
    Name: `account-${id.slice(-4)}`,
    State: faults.holds('account_suspended', 'aws', id) ? 'SUSPENDED' : 'ACTIVE',
    JoinedMethod: id === management ? 'INVITED' : 'CREATED',
    JoinedTimestamp: 1_600_000_000.5,
  }
}
