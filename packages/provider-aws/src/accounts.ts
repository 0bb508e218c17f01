import type { AwsAccount, AwsOptions, AwsOrganization } from './options.ts'
import { partitionOf } from './translate/arn-of.ts'

/** How to get into an account: as the settings name it, else as a member of the organization. */
export type Accounts = (account_id: string) => AwsAccount | undefined

export function accountsOf({ accounts, organization }: AwsOptions): Accounts {
  const named = new Map(accounts.map((account) => [account.account_id, account]))
  return (account_id) => named.get(account_id) ?? (organization && member(organization, account_id))
}

export function isAccountId(id: string): boolean {
  return /^\d{12}$/.test(id)
}

function member(organization: AwsOrganization, account_id: string): AwsAccount | undefined {
  const { role_name, external_id, regions, exclude } = organization
  if (!isAccountId(account_id) || exclude?.includes(account_id)) return undefined
  const role_arn = `arn:${partitionIn(organization)}:iam::${account_id}:role/${role_name}`
  return { account_id, role_arn, ...(external_id && { external_id }), ...(regions && { regions }) }
}

function partitionIn({ regions, management_role_arn }: AwsOrganization): string {
  return management_role_arn?.split(':')[1] ?? partitionOf(regions?.[0] ?? '')
}

/** The scope of what is about the organization as a whole. */
export const ORGANIZATION = 'organization'

/** Whoever lists the organization's accounts. */
export function administratorOf({ management_role_arn, external_id, regions }: AwsOrganization): AwsAccount {
  const account_id = management_role_arn?.split(':')[4] ?? ORGANIZATION
  if (!management_role_arn) return { account_id, ...(regions && { regions }) }
  return { account_id, role_arn: management_role_arn, ...(external_id && { external_id }), ...(regions && { regions }) }
}
