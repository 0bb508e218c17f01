import { ExtractionError, type Provider } from '@cae/core'
import { awsCall } from './call.ts'
import { clientCache } from './client.ts'
import { LIMITS } from './limits.ts'
import type { AwsOptions } from './options.ts'
import { planSlices } from './plan.ts'
import { openSlice } from './read.ts'

export type { ConfigItem, ConfigRelationship } from './config-item.ts'
export type { AwsAccount, AwsOptions } from './options.ts'
export { toArtifact } from './translate.ts'
export type { ItemOrigin } from './translate.ts'

/** AWS Config, read by SelectResourceConfig per account and region. */
export function awsProvider(options: AwsOptions): Provider {
  const call = awsCall(clientCache(options))
  const accounts = new Map(options.accounts.map((account) => [account.account_id, account]))
  return {
    name: 'aws',
    limits: LIMITS,
    permissions: [],
    check: async () => [],
    plan: async (target) => planSlices(options.accounts, target),
    open: async (task, context) => {
      const account = accounts.get(task.scope)
      if (!account) throw new ExtractionError('SETTINGS_MISSING', `aws_accounts has no account ${task.scope}`)
      return openSlice(call, { account, region: task.region }, task, context)
    },
  }
}
