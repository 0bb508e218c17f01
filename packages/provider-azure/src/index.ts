import { ExtractionError, type Provider } from '@cae/core'
import { graphQuery } from './call.ts'
import { clientSource } from './client.ts'
import { LIMITS } from './limits.ts'
import type { AzureOptions } from './options.ts'
import { planSlices } from './plan.ts'
import { openSlice } from './read.ts'

export type { AzureAccount, AzureOptions } from './options.ts'
export type { Row } from './row.ts'
export { toArtifact } from './translate.ts'
export type { RowOrigin } from './translate.ts'

/** Azure Resource Graph, read table by table and subscription by subscription. Throws for an insecure endpoint. */
export function azureProvider(options: AzureOptions): Provider {
  const query = graphQuery(clientSource(options), options)
  const subscriptions = new Set(options.accounts.map(({ subscription_id }) => subscription_id))
  return {
    name: 'azure',
    limits: LIMITS,
    permissions: [],
    check: async () => [],
    plan: (target, context) => planSlices(options.accounts, target, query, context),
    open: async (task, context) => {
      if (!subscriptions.has(task.scope)) {
        throw new ExtractionError('SETTINGS_MISSING', `azure_accounts has no subscription ${task.scope}`)
      }
      return openSlice(query, task, context, options.pageSize)
    },
  }
}
