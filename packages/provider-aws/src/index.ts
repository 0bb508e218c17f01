import { ExtractionError, type Context, type PageReader, type Plan, type Provider, type Task } from '@cae/core'
import { accountsOf } from './accounts.ts'
import { aggregatorNamed } from './aggregator.ts'
import { awsCall, type Call } from './client/call.ts'
import { check } from './check/check.ts'
import { clientCache } from './client/client.ts'
import { LIMITS } from './limits.ts'
import type { AwsOptions } from './options.ts'
import { PERMISSIONS } from './permissions.ts'
import { organizationPage, planAccount } from './plan/plan-accounts.ts'
import { planAggregator } from './plan/plan-aggregator.ts'
import { planCollected } from './plan/plan-collected.ts'
import { planGlobals, planRegion } from './plan/plan-region.ts'
import { planNamed } from './plan/plan-named.ts'
import { planSlices } from './plan/plan.ts'
import { readCollected, readGlobals } from './read/read-aggregate.ts'
import { readCollectedListing } from './read/read-collected-listing.ts'
import { readListed } from './read/read-listed.ts'
import { readRows } from './read/read-rows.ts'
import { accepts } from './selection.ts'
import { sliceQuery, type AggregatorQuery } from './slice-query.ts'
import { openUnrecorded } from './unrecorded/unrecorded.ts'

export type { ConfigItem, ConfigRelationship } from './translate/config-item.ts'
export type { AwsAccount, AwsAggregator, AwsOptions, AwsOrganization } from './options.ts'
export { toArtifact } from './translate/translate.ts'
export type { ItemOrigin } from './translate/translate.ts'

/** AWS Config: per account and region, each planned by a task of its own. */
export function awsProvider(options: AwsOptions): Provider {
  const call = awsCall(clientCache(options))
  return {
    name: 'aws',
    limits: LIMITS,
    permissions: PERMISSIONS,
    check: (target, context) => check(call, options, target, context),
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
  if (query.kind === 'plan-named') return planning(() => planNamed(call, options, task.scope, query, context))
  if ('aggregator' in query) return openCollected(call, options, task, query, context)
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

/** Slices of an aggregator are about accounts that the settings need not have. */
function openCollected(
  call: Call,
  options: AwsOptions,
  task: Task,
  query: AggregatorQuery,
  context: Context,
): PageReader {
  const aggregator = aggregatorNamed(options, query.aggregator)
  switch (query.kind) {
    case 'plan-aggregator':
      return planning(() => planAggregator(call, aggregator, query, options, context))
    case 'plan-collected':
      return planning(() => planCollected(call, options, aggregator, task.scope, query, context))
    case 'collected':
      return readCollected(call, aggregator, task, query, context)
    case 'collected-globals':
      return readGlobals(call, aggregator, task, query, context)
    case 'collected-listing':
      return readCollectedListing(call, aggregator, task, query, context)
  }
}

function pages(read: PageReader['read']): PageReader {
  return { read, close: async () => {} }
}

/** One page that holds no resources. */
function planning(plan: () => Promise<Plan>): PageReader {
  return pages(async () => ({ artifacts: [], next: null, plan: await plan() }))
}
