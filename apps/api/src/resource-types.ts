import { entries, fromNativeName, nearest, services, type CatalogueEntry } from '@cae/catalogue'
import { glob, type ProviderName } from '@cae/core'
import type { FieldError } from './problem.ts'
import { selected, type Named, type Selected } from './selection.ts'

const EXACT = /^(aws|azure|gcp):([a-z0-9-]+):([a-z0-9-]+)$/

/** Finding the nearest names takes a millisecond; a request may hold hundreds of unknown ones. */
const MAX_SUGGESTIONS = 10

/**
 * Globs over our names, exact names, and names in a cloud's own spelling (`AWS::EC2::Instance`, `microsoft.compute/*`).
 * A glob must fit a type of the catalogue. An exact name that the catalogue lacks is refused where a known one is near, as
 * it is more likely mistyped than new, and taken with a warning otherwise, since clouds report types that no list has.
 * `read`: globs of what the request reads; what a filter names beside them is new, not mistyped. Gives them in lower case,
 * in the order asked for.
 */
export function checkResourceTypes(
  field: 'resource_types' | 'filters.resource_types',
  names: readonly string[],
  providers: readonly ProviderName[],
  errors: FieldError[],
  warnings: FieldError[],
  read: readonly string[] = [],
): Selected {
  const known = providers.flatMap((provider) => entries(provider))
  const isRead = read.map(glob)
  const named: Named[] = []
  let refused = 0
  for (const name of names) {
    const pattern = (fromNativeName(name)?.resourceType ?? name).toLowerCase()
    const fitting = known.filter(fits(pattern))
    const unlisted = fitting.length > 0 ? undefined : readUnlisted(name, pattern, providers, isRead)
    if (fitting.length === 0 && !unlisted) {
      const close = refused++ < MAX_SUGGESTIONS ? nearestTypes(name, pattern, known) : []
      errors.push({ field, message: refusal(name, close, providers) })
      continue
    }
    named.push({ name: pattern, reach: servicesOf(unlisted ? [unlisted] : fitting) })
    if (!unlisted) continue
    const message = `${JSON.stringify(name)} is not in the catalogue; it is taken if there is any`
    warnings.push({ field, message })
  }
  return selected(field, named)
}

function servicesOf(types: readonly Pick<CatalogueEntry, 'provider' | 'service'>[]) {
  const reach = new Map<ProviderName, Set<string>>()
  for (const { provider, service } of types) reach.set(provider, (reach.get(provider) ?? new Set()).add(service))
  return reach
}

// A pattern with more letters than a type has cannot fit it, and would only be slow to say so.
function fits(pattern: string): (entry: CatalogueEntry) => boolean {
  const matches = glob(pattern)
  const letters = pattern.replace(/\*/g, '').length
  return ({ resourceType }) => letters <= resourceType.length && matches(resourceType)
}

/** An exact name that the catalogue lacks and that is new, or not near to one it has. */
function readUnlisted(
  given: string,
  pattern: string,
  providers: readonly ProviderName[],
  isRead: readonly ((name: string) => boolean)[],
) {
  const [, provider, service, kind] = EXACT.exec(pattern) ?? []
  if (!provider || !service || !kind || !isOneOf(provider, providers)) return undefined
  if (isRead.some((reads) => reads(pattern))) return { provider, service }
  if (!services(provider).includes(service)) {
    const natives = entries(provider).map(({ nativeType }) => nativeType)
    return fromNativeName(given) && nearest(given, natives).length === 0 ? { provider, service } : undefined
  }
  const kinds = entries(provider)
    .filter((entry) => entry.service === service)
    .map(({ resourceType }) => resourceType.split(':')[2]!)
  return nearest(kind, kinds).length === 0 ? { provider, service } : undefined
}

function isOneOf(name: string, providers: readonly ProviderName[]): name is ProviderName {
  return (providers as readonly string[]).includes(name)
}

function nearestTypes(given: string, pattern: string, known: readonly CatalogueEntry[]): string[] {
  const own = known.map(({ resourceType }) => resourceType)
  const whole = [...new Set(known.map(({ provider, service }) => `${provider}:${service}:*`))]
  const near = nearest(pattern, pattern.includes('*') ? whole : own)
  if (near.length > 0) return near
  return nearest(given, [...whole, ...known.map(({ nativeType }) => nativeType)])
}

function refusal(name: string, close: readonly string[], providers: readonly ProviderName[]): string {
  const what = /[*?]/.test(name) ? 'fits no resource type' : 'is not a resource type'
  const hint = close.length > 0 ? `did you mean ${close.join(' or ')}?` : 'GET /extraction/services lists them'
  return `${JSON.stringify(name)} ${what} of ${providers.join(', ')}; ${hint}`
}
