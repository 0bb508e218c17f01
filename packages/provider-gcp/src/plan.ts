import { resolveServices } from '@cae/catalogue'
import type { Plan, Slice, Target } from '@cae/core'
import { hostsOf } from './asset-types.ts'
import type { GcpContent } from './options.ts'
import { toQuery } from './query.ts'
import type { GcpScope } from './scope.ts'

/**
 * Answers about the last minutes may differ from one call to the next; those about a while ago do not, so that all
 * pages of a run are of one moment.
 */
const SETTLED_MS = 3 * 60_000

/** A slice for each scope that plans its others, in the order of the settings. Asks Google nothing. */
export function planSlices(scopes: readonly GcpScope[], content: readonly GcpContent[], target: Target): Plan {
  const services = servicesOf(target)
  if (services?.length === 0) return { slices: [], gaps: [] }
  const readTime = new Date(Date.parse(target.asOf) - SETTLED_MS).toISOString()
  const hosts = services && hostsOf(services)
  const wanted = scopes.filter(({ id }) => !target.accounts || target.accounts.includes(id))
  return {
    slices: wanted.map(({ id, parent }): Slice => ({
      scope: id,
      region: 'global',
      partition: 'plan',
      query: toQuery({ parent, readTime, content, ...(hosts && { hosts }) }),
      plans: true,
    })),
    gaps: [],
  }
}

/** Undefined for all; none where the request is about other clouds alone. */
function servicesOf({ services, resourceTypes }: Target): readonly string[] | undefined {
  const named = services && (resolveServices(services, ['gcp']).byProvider.gcp ?? [])
  const globbed = resourceTypes && servicesIn(resourceTypes)
  if (!named || !globbed) return named ?? globbed
  return named.filter((service) => globbed.includes(service))
}

// `gcp:compute:*` names a service; a glob with anything else before the second colon may mean any.
const SERVICE = /^gcp:([a-z0-9-]+):/
const ANOTHER_CLOUD = /^(?:aws|azure):/

function servicesIn(globs: readonly string[]): readonly string[] | undefined {
  const ours = globs.filter((glob) => !ANOTHER_CLOUD.test(glob))
  const services = ours.map((glob) => SERVICE.exec(glob)?.[1])
  return services.includes(undefined) ? undefined : [...new Set(services.filter((service) => service !== undefined))]
}
