import { ExtractionError, type Context, type PageReader, type Plan, type Provider, type Task } from '@cae/core'
import { accountsOf } from './accounts.ts'
import { awsCall, type Call } from './call.ts'
import { clientCache } from './client.ts'
import { LIMITS } from './limits.ts'
import type { AwsOptions } from './options.ts'
import { organizationPage, planAccount } from './plan-accounts.ts'
import { planGlobals, planRegion } from './plan-region.ts'
import { planSlices } from './plan.ts'
import { readListed } from './read-listed.ts'
import { readRows } from './read-rows.ts'
import { accepts } from './selection.ts'
import { sliceQuery } from './slice-query.ts'
import { openUnrecorded } from './unrecorded.ts'

export type { ConfigItem, ConfigRelationship } from './config-item.ts'
export type { AwsAccount, AwsAggregator, AwsOptions, AwsOrganization } from './options.ts'
export { toArtifact } from './translate.ts'
export type { ItemOrigin } from './translate.ts'

/** AWS Config: per account and region, each planned by a task of its own. */
export function awsProvider(options: AwsOptions): Provider {
  const call = awsCall(clientCache(options))
  return {
    name: 'aws',
    limits: LIMITS,
    permissions: [],
    check: async () => [],
    plan: async (target) => planSlices(options, target),
    open: async (task, context) => openSlice(call, options, task, context),
  }
}

function openSlice(call: Call, options: AwsOptions, task: Task, context: Context): PageReader {
  const find = accountsOf(options)
  const query = sliceQuery(task.query)
  if (query.kind === 'plan-organization') {
    return pages((cursor) => organizationPage(call, options, find, query, context, cursor))
  }
  const account = find(task.scope)
  if (!account) throw new ExtractionError('SETTINGS_MISSING', `the settings have no account ${task.scope}`)
  const place = { account, region: task.region }
  switch (query.kind) {
    case 'plan-account':
      return planning(() => planAccount(call, account, query, context))
    case 'plan-region':
      return planning(() => planRegion(call, place, query, context))
    case 'plan-globals':
      return planning(() => planGlobals(call, place, query, context))
    case 'rows':
      return readRows(call, place, task, query, context)
    case 'listed':
      return readListed(call, place, task, query, context)
    case 'cloud-control':
      return openUnrecorded(call, place, task, context, { wants: () => true })!
    case 'explorer':
      return openUnrecorded(call, place, task, context, { wants: accepts(query) })!
    case 'nothing':
      return pages(async () => ({ artifacts: [], next: null }))
  }
}

function pages(read: PageReader['read']): PageReader {
  return { read, close: async () => {} }
}

/** One page that holds no resources. */
function planning(plan: () => Promise<Plan>): PageReader {
  return pages(async () => ({ artifacts: [], next: null, plan: await plan() }))
}
