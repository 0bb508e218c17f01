import { resolveServices, services as listedServices } from '@cae/catalogue'
import type { Plan, Slice, Target } from '@cae/core'
import { hostsOf } from '../asset-types.ts'
import { USUALLY_LARGE } from './partition.ts'
import { OPTIONAL_CONTENT, USUAL_CONTENT, type GcpContent } from '../options.ts'
import { toQuery, type PlanQuery } from '../query.ts'
import { isOrganization, wantedScopes, type GcpScope } from '../scope.ts'

/**
 * Answers about the last minutes may differ from one call to the next; those about a while ago do not, so that all
 * pages of a run are of one moment.
 */
const SETTLED_MS = 3 * 60_000
/** Moments are asked for in seconds; what comes into being within one must not be counted for it. */
const SECOND_MS = 1000

/**
 * Slices that plan the others, in the order of the settings. Where these do not name the content, one for each scope finds
 * out what there is, and gives those that count. Asks Google nothing.
 */
export function planSlices(
  scopes: readonly GcpScope[],
  content: readonly GcpContent[] | undefined,
  target: Target,
): Plan {
  const services = servicesOf(target)
  if (services?.length === 0) return { slices: [], gaps: [] }
  const readTime = new Date(Math.floor((Date.parse(target.asOf) - SETTLED_MS) / SECOND_MS) * SECOND_MS).toISOString()
  const hosts = services && narrowedHosts(services)
  const slices = wantedScopes(scopes, target.accounts).flatMap(({ id, parent }) => {
    const query = { parent, readTime, ...(hosts && { hosts }) }
    if (content) return countingSlices(id, { ...query, content })
    return [planningSlice(id, 'content', { ...query, content: USUAL_CONTENT, optional: OPTIONAL_CONTENT })]
  })
  return { slices, gaps: [] }
}

/** Slices that count a scope: one for each project and folder, some for each organization. */
export function countingSlices(scope: string, { hosts, ...query }: PlanQuery): Slice[] {
  return partsOf(query, hosts).map(({ partition, ...part }) => planningSlice(scope, partition, { ...query, ...part }))
}

function planningSlice(scope: string, partition: string, query: PlanQuery): Slice {
  return { scope, region: 'global', partition, query: toQuery(query), plans: true }
}

interface Part {
  readonly partition: string
  readonly hosts?: readonly string[]
  readonly except?: readonly string[]
}

// A search takes types in their order, and slices come when one is counted: side by side, they come sooner. What is small
// would only be divided, and each slice costs a call for each content.
function partsOf(scope: Pick<GcpScope, 'parent'>, hosts: readonly string[] | undefined): Part[] {
  if (!isOrganization(scope)) return [{ partition: 'plan', ...(hosts && { hosts }) }]
  const apart = USUALLY_LARGE.filter((host) => !hosts || hosts.includes(host))
  const rest = hosts?.filter((host) => !apart.includes(host))
  return [
    ...(rest?.length === 0 ? [] : [{ partition: 'plan', ...(rest ? { hosts: rest } : { except: apart }) }]),
    ...apart.map((host) => ({ partition: `plan-${host.split('.')[0]}`, hosts: [host] })),
  ]
}

// Nobody knows the host of a service that the catalogue lacks: all is read then, and the request selects from it.
function narrowedHosts(services: readonly string[]): readonly string[] | undefined {
  const listed = listedServices('gcp')
  return services.every((service) => listed.includes(service)) ? hostsOf(services) : undefined
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
