import { ExtractionError, type Context, type PageReader, type Plan, type Provider, type Task } from '@cae/core'
import { awsCall, type Call } from './call.ts'
import { clientCache, type Place } from './client.ts'
import type { TagReader } from './join-tags.ts'
import { LIMITS } from './limits.ts'
import type { AwsOptions } from './options.ts'
import { planGlobals, planRegion } from './plan-region.ts'
import { planSlices } from './plan.ts'
import { readListed } from './read-listed.ts'
import { readRows } from './read-rows.ts'
import { sliceQuery } from './slice-query.ts'

export type { ConfigItem, ConfigRelationship } from './config-item.ts'
export type { AwsAccount, AwsOptions } from './options.ts'
export { toArtifact } from './translate.ts'
export type { ItemOrigin } from './translate.ts'

/** AWS Config: per account and region, each planned by a task of its own. */
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

const noTags: TagReader = async () => null

function openSlice(call: Call, place: Place, task: Task, context: Context): PageReader {
  const query = sliceQuery(task.query)
  switch (query.kind) {
    case 'plan-region':
      return planning(() => planRegion(call, place, query, context))
    case 'plan-globals':
      return planning(() => planGlobals(call, place, query, context))
    case 'rows':
      return readRows(call, place, task, query, context)
    case 'listed':
      return readListed(call, noTags, place, task, query, context)
    case 'nothing':
      return { read: async () => ({ artifacts: [], next: null }), close: async () => {} }
  }
}

/** One page that holds no resources. */
function planning(plan: () => Promise<Plan>): PageReader {
  return { read: async () => ({ artifacts: [], next: null, plan: await plan() }), close: async () => {} }
}
