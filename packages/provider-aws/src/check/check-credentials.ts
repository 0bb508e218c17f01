import type { Context, Finding } from '@cae/core'
import type { Call } from '../client/call.ts'
import { homeRegion } from '../client/credentials.ts'
import { tried } from './finding.ts'
import type { AwsAccount } from '../options.ts'
import { requireAccount } from '../client/require-account.ts'

/** Whether we get into the account. Where we do not, every other action would be refused for that alone. */
export async function checkCredentials(call: Call, account: AwsAccount, context: Context): Promise<Finding> {
  const about = { scope: account.account_id, region: 'global' }
  const { finding, error } = await tried(about, 'credentials', () => identify(call, account, context))
  const isTold = account.role_arn !== undefined && (!error || error.code === 'ACCESS_DENIED')
  const credentials: Finding = { ...finding, tried: isTold ? ['sts:AssumeRole'] : [] }
  return error
    ? { ...credentials, status: 'missing', advice: credentialsAdvice(account, error.nativeCode) }
    : credentials
}

async function identify(call: Call, account: AwsAccount, context: Context): Promise<void> {
  const { GetCallerIdentityCommand } = await import('@aws-sdk/client-sts')
  const place = { account, region: homeRegion(account) }
  const { Account } = await call('sts:GetCallerIdentity', place, context, (client, options) =>
    client.send(new GetCallerIdentityCommand({}), options),
  )
  requireAccount(Account, account.account_id)
}

/** The SDK's words for a chain that ended without any. */
const NO_CREDENTIALS: ReadonlySet<string | undefined> = new Set(['CredentialsProviderError', 'ProviderError'])

function credentialsAdvice({ account_id, role_arn }: AwsAccount, nativeCode: string | undefined): string {
  if (NO_CREDENTIALS.has(nativeCode)) {
    return 'give the workers credentials: AWS_PROFILE, AWS_ACCESS_KEY_ID with AWS_SECRET_ACCESS_KEY, or a role of their machine, task or pod'
  }
  if (!role_arn) return `name a role_arn of account ${account_id}, or give the workers credentials of that account`
  return `let the workers' identity call sts:AssumeRole on ${role_arn}, and the role trust it, with the external_id where it asks for one`
}
