import { ExtractionError, type Provider } from '@cae/core'
import { assetApi } from './client/call.ts'
import { check } from './check/check.ts'
import { clientSource } from './client/client.ts'
import { LIMITS } from './limits.ts'
import type { GcpOptions } from './options.ts'
import { PERMISSIONS } from './permissions.ts'
import { planSlices } from './plan/plan.ts'
import { openContentPlan } from './plan/plan-content.ts'
import { openPlan } from './plan/plan-scope.ts'
import { planQueryOf } from './query.ts'
import { openSlice } from './read/read.ts'
import { createRetained } from './read/retained.ts'
import { scopeOf, scopesOf } from './scope.ts'

export type { Asset, AssetResource, RelatedAsset } from './asset.ts'
export { CONTENTS } from './options.ts'
export type { GcpContent, GcpOptions, GcpProject } from './options.ts'
export { toArtifact } from './translate/translate.ts'
export type { AssetOrigin } from './translate/translate.ts'

/** Google Cloud Asset Inventory: scopes are counted by SearchAllResources and read by ListAssets. */
export function gcpProvider(options: GcpOptions): Provider {
  const api = assetApi(clientSource(options), options)
  const { content } = options
  const retained = createRetained()
  const scopes = scopesOf(options)
  return {
    name: 'gcp',
    limits: LIMITS,
    permissions: PERMISSIONS,
    check: (target, context) => check(api, scopes, { content, quotaProject: options.quota_project }, target, context),
    plan: async (target) => planSlices(scopes, content, target),
    open: async (task, context) => {
      const scope = scopeOf(scopes, task.scope)
      if (!scope) throw new ExtractionError('SETTINGS_MISSING', `neither gcp_projects nor gcp.scopes has ${task.scope}`)
      if (!task.plans) return openSlice(api, retained, task, scope, context)
      const { optional, ...query } = planQueryOf(task)
      return optional ? openContentPlan(api, task, query, optional, context) : openPlan(api, task, context)
    },
  }
}
