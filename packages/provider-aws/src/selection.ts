import { nameOf, resolveServices } from '@cae/catalogue'
import { glob, type Target } from '@cae/core'

/** What of AWS a request asks for, as planning slices carry it. Absent lists mean all. */
export type Selection = {
  /** Names from the catalogue, AWS's own. */
  readonly services?: readonly string[]
  /** Globs over `resource_type`. */
  readonly types?: readonly string[]
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
export function accepts({ services, types }: Selection): (nativeType: string) => boolean {
  const wanted = services && new Set(services)
  const patterns = types?.map(glob)
  return (nativeType) => {
    const { service, resourceType } = nameOf('aws', nativeType)
    return (!wanted || wanted.has(service)) && (!patterns || patterns.some((fits) => fits(resourceType)))
  }
}
