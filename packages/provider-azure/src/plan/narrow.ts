import { entries, resolveServices } from '@cae/catalogue'
import type { Target } from '@cae/core'

/**
 * What a target's services and globs leave of Azure's types, in lower case: whole types, and namespaces with their slash.
 * Undefined where nothing narrows; empty where nothing of Azure is left. It may leave more than was asked for, never
 * less: a provider may have types that the catalogue does not list.
 */
export function narrowedTypes({ services, resourceTypes }: Target): readonly string[] | undefined {
  const ofServices = services && namespacesOf(resolveServices(services, ['azure']).byProvider.azure ?? [])
  const ofGlobs = resourceTypes && ofPatterns(resourceTypes)
  if (!ofServices || !ofGlobs) return ofServices ?? ofGlobs
  return ofGlobs.filter((type) => ofServices.some((namespace) => type.startsWith(namespace)))
}

function ofPatterns(patterns: readonly string[]): readonly string[] | undefined {
  const found = patterns.map(ofPattern)
  if (found.some((types) => types === undefined)) return undefined
  return [...new Set(found.flatMap((types) => types ?? []))]
}

// `azure:compute:virtual-machines`, `azure:compute:*`; undefined where the text before the first wildcard says too little.
function ofPattern(pattern: string): readonly string[] | undefined {
  const wanted = pattern.toLowerCase()
  const literal = wanted.replace(/[*?].*$/s, '')
  if (!literal.startsWith('azure:')) return 'azure:'.startsWith(literal) && literal !== wanted ? undefined : []
  const [, service, type] = literal.split(':')
  if (!service || type === undefined) return undefined
  const exact = literal === wanted && entries('azure').find(({ resourceType }) => resourceType === wanted)
  if (exact) return [exact.nativeType]
  const namespaces = namespacesOf([service])
  return namespaces.length > 0 ? namespaces : undefined
}

function namespacesOf(services: readonly string[]): readonly string[] {
  const wanted = new Set(services)
  const types = entries('azure').filter(({ service }) => wanted.has(service))
  return [...new Set(types.map(({ nativeType }) => nativeType.slice(0, nativeType.indexOf('/') + 1)))]
}
