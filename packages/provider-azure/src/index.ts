import { ExtractionError, type Context, type PageReader, type Provider, type Task } from '@cae/core'
import { createArm } from './client/arm.ts'
import { createCall } from './client/call.ts'
import { checkTarget } from './check.ts'
import { createClients } from './client/client.ts'
import { openCount, openParts, type Counting } from './plan/count.ts'
import { graphQuery, type Query } from './client/graph.ts'
import { LIMITS } from './limits.ts'
import type { AzureOptions } from './options.ts'
import { pageSizes } from './plan/page-sizes.ts'
import { PERMISSIONS } from './permissions.ts'
import { planSlices } from './plan/plan.ts'
import { openRows } from './read/read.ts'
import { readQuery } from './slice.ts'
import { knownTables } from './tables.ts'

export type { AzureAccount, AzureOptions } from './options.ts'
export type { Row } from './translate/row.ts'
export { DEFAULT_TABLES, TABLE_NAMES } from './tables.ts'
export { toArtifact } from './translate/translate.ts'
export type { RowOrigin } from './translate/translate.ts'

/** Azure Resource Graph, counted first and then read in pages that need no tokens. Throws for a table that nobody knows. */
export function azureProvider(options: AzureOptions): Provider {
  knownTables(options.tables)
  const clients = createClients(options)
  const call = createCall(options)
  const sources = { arm: createArm(clients, call), query: graphQuery(clients, call) }
  const sizes = pageSizes(options.pageSize)
  const refusals = { unions: false }
  return {
    name: 'azure',
    limits: LIMITS,
    permissions: PERMISSIONS,
    check: (target, context) => checkTarget(options, target, sources, context, { sizes, refusals }),
    plan: (target, context) => planSlices(options, target, sources, context),
    open: async (task, context) => {
      refuseUnknown(task, options)
      return openSlice(sources.query, task, context, { sizes, refusals })
    },
  }
}

function openSlice(query: Query, task: Task, context: Context, { sizes, refusals }: Counting): PageReader {
  const slice = readQuery(task.query)
  if (slice.step === 'count') return openCount(query, slice, context, { sizes, refusals })
  if (slice.step === 'parts') return openParts(query, slice, context, sizes)
  return openRows(query, task, slice, context, sizes)
}

/** A worker with other settings than the one that planned must not read with its own. */
function refuseUnknown({ query, scope }: Task, options: AzureOptions): void {
  if (options.all_subscriptions || options.management_groups) return
  const { subscriptions } = readQuery(query)
  const known = new Set(options.accounts.map(({ subscription_id }) => subscription_id.toLowerCase()))
  const unknown = subscriptions?.find((id) => !known.has(id))
  if (subscriptions && unknown === undefined) return
  throw new ExtractionError('SETTINGS_MISSING', `azure_accounts has no subscription ${unknown ?? scope}`)
}
