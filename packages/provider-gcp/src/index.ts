import { ExtractionError, type Provider } from '@cae/core'
import { assetLister } from './call.ts'
import { clientSource } from './client.ts'
import { LIMITS } from './limits.ts'
import type { GcpOptions } from './options.ts'
import { planSlices } from './plan.ts'
import { openSlice } from './read.ts'

export type { Asset, AssetResource } from './asset.ts'
export type { GcpOptions, GcpProject } from './options.ts'
export { toArtifact } from './translate.ts'
export type { AssetOrigin } from './translate.ts'

/** Google Cloud Asset Inventory, read by ListAssets project by project. */
export function gcpProvider(options: GcpOptions): Provider {
  const list = assetLister(clientSource(options), options)
  const projects = new Map(options.projects.map((project) => [project.project_id, project]))
  return {
    name: 'gcp',
    limits: LIMITS,
    permissions: [],
    check: async () => [],
    plan: async (target) => planSlices(options.projects, target),
    open: async (task, context) => {
      const project = projects.get(task.scope)
      if (!project) throw new ExtractionError('SETTINGS_MISSING', `gcp_projects has no project ${task.scope}`)
      return openSlice(list, task, context, project.regions)
    },
  }
}
