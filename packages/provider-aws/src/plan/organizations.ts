import { ExtractionError, type Context } from '@cae/core'
import type { Call } from '../client/call.ts'
import { homeRegion } from '../client/credentials.ts'
import { cursorExpired } from '../client/cursor-expired.ts'
import type { AwsAccount } from '../options.ts'

export interface OrganizationAccount {
  /** Twelve digits. */
  readonly id: string
  readonly name: string | null
  /** `ACTIVE`, `SUSPENDED`, `PENDING_CLOSURE`, … */
  readonly state: string
}

export interface AccountsPage {
  readonly active: readonly OrganizationAccount[]
  /** Accounts that can't be read in this state. */
  readonly inactive: readonly OrganizationAccount[]
  /** Where the next page begins; null after the last. A page may be empty and not be the last. */
  readonly next: string | null
}

/**
 * A page of the organization's accounts, as its management account or a delegated administrator sees them.
 * Throws `ACCESS_DENIED` for other accounts and `NOT_ENABLED` for one that is in no organization.
 */
export async function organizationAccounts(
  call: Call,
  administrator: AwsAccount,
  context: Context,
  cursor: string | null,
): Promise<AccountsPage> {
  const { ListAccountsCommand } = await import('@aws-sdk/client-organizations')
  const place = { account: administrator, region: homeRegion(administrator) }
  const token = cursor ?? undefined
  const { Accounts = [], NextToken } = await call('organizations:ListAccounts', place, context, (client, options) =>
    client.send(new ListAccountsCommand({ NextToken: token }), options),
  ).catch((thrown: unknown) => {
    throw cursorExpired(thrown, token)
  })
  const accounts = Accounts.map(toAccount)
  return {
    active: accounts.filter(({ state }) => state === 'ACTIVE'),
    inactive: accounts.filter(({ state }) => state !== 'ACTIVE'),
    next: NextToken || null,
  }
}

interface SdkAccount {
  readonly Id?: string | undefined
  readonly Name?: string | undefined
  readonly State?: string | undefined
  readonly Status?: string | undefined
}

// `Status` is what `State` was called until 2026-09-09; some partitions may still say it.
function toAccount({ Id, Name, State, Status }: SdkAccount): OrganizationAccount {
  const state = State ?? Status
  if (Id && state) return { id: Id, name: Name ?? null, state }
  throw new ExtractionError('RESPONSE_INVALID', 'AWS Organizations gave an account without id or state')
}
