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

/** The types of a table of Azure that slices are told of, as their names begin. */
const TYPES_OF_TABLE: Readonly<Record<string, string>> = { securityresources: 'microsoft.security/' }

/** Whether a slice that is not complete is what tells that a resource is missing. */
export function isToldBy({ provider, scope, region, task_id }: TaskAnswer, place: Place): boolean {
  if (provider !== place.provider) return false
  if (provider === 'azure' && scope === 'tenant') return place.scope === ''
  // Of two and more subscriptions, and of one table or of several that are counted together.
  if (provider === 'azure' && scope.includes('+')) {
    const table = /\.global\.([a-z]+)(_\d)?/.exec(task_id)!
    return place.scope !== '' && (table[2] !== undefined || place.type.startsWith(TYPES_OF_TABLE[table[1]!]!))
  }
  if (provider === 'aws' && scope === 'organization') return true
  return scope === place.scope && (region === 'global' || region === place.region)
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
