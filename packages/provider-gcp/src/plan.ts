import { resolveServices } from '@cae/catalogue'
import type { JsonObject, Plan, Slice, Target } from '@cae/core'
import type { GcpProject } from './options.ts'

/**
 * Answers about the last minutes may differ from one call to the next; those about a while ago do not, so that all
 * pages of a run are of one moment.
 */
const SETTLED_MS = 3 * 60_000

/** One slice per configured project, in the order of the settings. Asks Google nothing. */
export function planSlices(projects: readonly GcpProject[], target: Target): Plan {
  const services = target.services && (resolveServices(target.services, ['gcp']).byProvider.gcp ?? [])
  if (services?.length === 0) return { slices: [], gaps: [] }
  const readTime = new Date(Date.parse(target.asOf) - SETTLED_MS).toISOString()
  const query: JsonObject = { readTime, ...(services && { services }) }
  const wanted = projects.filter(({ project_id }) => !target.accounts || target.accounts.includes(project_id))
  return {
    slices: wanted.map(({ project_id }): Slice => ({
      scope: project_id,
      region: 'global',
      partition: 'resource',
      query,
    })),
    gaps: [],
  }
}
