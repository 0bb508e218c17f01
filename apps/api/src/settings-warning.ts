import type { ProviderName } from '@cae/core'
import type { Dependencies } from './dependencies.ts'
import type { FieldError } from './problem.ts'

/** Says of which of the providers a worker has other settings than we have, or than another worker. */
export async function settingsWarning(
  providers: readonly ProviderName[],
  { applied, settings }: Dependencies,
): Promise<FieldError[]> {
  const differing = await applied.differing(settings, providers)
  if (differing.length === 0) return []
  const message = `workers on this Redis have other settings of ${differing.join(', ')}, and chance decides which of them reads a slice: give all the same settings, or others a redis_prefix of their own`
  return [{ field: 'providers', message }]
}
