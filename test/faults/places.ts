import type { FaultRule } from '@cae/cloud-simulator'
import type { Artifact, ProviderName } from '@cae/core'
import type { TaskAnswer } from '../support/index.ts'
import type { FaultCase } from './fault-cases.ts'

/** What a fault may be about, of a resource. */
export interface Place {
  readonly provider: ProviderName
  /** Empty for what stands above all scopes. */
  readonly scope: string
  /** AWS. What is global is of the home region. */
  readonly region: string
  readonly type: string
}

/** All resources, as a run without faults has them. */
export interface Estate {
  /** By `resource_id`. */
  readonly places: ReadonlyMap<string, Place>
  /** Every identity of a resource → its `resource_id`. */
  readonly known: ReadonlyMap<string, string>
}

const HOME = 'us-east-1'

export function placeOf({ cloud_provider, metadata }: Artifact): Place {
  const { account_id, subscription_id, project_id, region, native_type } = metadata
  return {
    provider: cloud_provider,
    scope: account_id ?? subscription_id ?? project_id ?? '',
    region: region === 'global' ? HOME : region,
    type: native_type,
  }
}

/** Its `resource_id`, and what is unique of AWS where there is no ARN. */
export function identitiesOf(artifact: Artifact): readonly string[] {
  const { scope, region, type } = placeOf(artifact)
  const { resource_id, native_id } = artifact.metadata
  return [resource_id, [scope, region, type, native_id].join(' ')]
}

/** Whether a fault is about a resource. */
export function isNamed(rules: readonly FaultRule[], { more = {} }: FaultCase, place: Place): boolean {
  const { everywhere, above, types } = more
  if (above) return place.scope === ''
  if (types && !types.some((type) => place.type.startsWith(type))) return false
  if (everywhere || (types && place.provider === 'azure')) return true
  return rules.some(({ scope, region }) => scope === place.scope && (!region || region === place.region))
}

/** Whether it may end a slice otherwise than as complete. */
export function isOfTask(rules: readonly FaultRule[], { more = {} }: FaultCase, task: TaskAnswer): boolean {
  if (more.everywhere) return true
  if (more.above) return task.scope === 'tenant'
  return rules.some(({ provider, scope, region, table }) => {
    // Subscriptions share slices, and three tables one that counts them.
    if (provider === 'azure' && table) return task.task_id.includes(table) || task.task_id.includes('-count')
    return scope === task.scope && (!region || region === task.region || task.region === 'global')
  })
}
