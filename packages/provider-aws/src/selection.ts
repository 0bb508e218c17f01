import { nameOf, resolveServices } from '@cae/catalogue'
import { glob, type Target } from '@cae/core'

/** What of AWS a request asks for, as planning slices carry it. Absent lists mean all. */
export type Selection = {
  /** Names from the catalogue, AWS's own. */
  readonly services?: readonly string[]
  /** Globs over `resource_type`. */
  readonly types?: readonly string[]
  /** Native types that are read elsewhere. */
  readonly except?: readonly string[]
}

/** Null where the services are other clouds' alone. */
export function selectionOf({ services, resourceTypes }: Target): Selection | null {
  const own = services && (resolveServices(services, ['aws']).byProvider.aws ?? [])
  if (own?.length === 0) return null
  return { ...(own && { services: own }), ...(resourceTypes && { types: resourceTypes }) }
}

export function isNarrow({ services, types }: Selection): boolean {
  return services !== undefined || types !== undefined
}

/** Whether resources of a native type, such as `AWS::EC2::Instance`, are asked for. */
export function accepts({ services, types, except }: Selection): (nativeType: string) => boolean {
  const wanted = services && new Set(services)
  const patterns = types?.map(glob)
  const others = new Set(except)
  return (nativeType) => {
    if (others.has(nativeType)) return false
    const { service, resourceType } = nameOf('aws', nativeType)
    return (!wanted || wanted.has(service)) && (!patterns || patterns.some((fits) => fits(resourceType)))
  }
}

/** The selection in the query of a planning slice. */
export function selectionIn({ services, types }: Selection): Selection {
  return { ...(services && { services }), ...(types && { types }) }
}
