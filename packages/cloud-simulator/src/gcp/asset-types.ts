import { TYPES } from '../estate/estate.ts'
import { invalid, noSuchType } from './error.ts'
import { hasPolicy, POLICY_SHARES } from './policy.ts'
import { RELATIONS } from './relationship.ts'
import { namesOf } from './scope.ts'
import type { Item } from '../estate/resource-type.ts'
import type { World } from '../world.ts'

/** google.cloud.asset.v1.ContentType, as far as the estate has content. */
export const CONTENT = { unspecified: 0, resource: 1, iamPolicy: 2, relationship: 7 } as const
export type Content = (typeof CONTENT)[keyof typeof CONTENT]

/** Types that Cloud Asset Inventory supports and the estate has none of. */
const EMPTY_TYPES = [
  'aiplatform.googleapis.com/Model',
  'artifactregistry.googleapis.com/DockerImage',
  'bigquery.googleapis.com/Routine',
  'cloudkms.googleapis.com/KeyRing',
  'cloudresourcemanager.googleapis.com/Folder',
  'cloudresourcemanager.googleapis.com/Organization',
  'compute.googleapis.com/InstanceGroup',
  'container.googleapis.com/NodePool',
  'dns.googleapis.com/Policy',
  'iam.googleapis.com/ServiceAccountKey',
  'k8s.io/Pod',
  'logging.googleapis.com/LogBucket',
  'pubsub.googleapis.com/Snapshot',
  'run.googleapis.com/Revision',
  'secretmanager.googleapis.com/SecretVersion',
  'spanner.googleapis.com/Database',
  'sqladmin.googleapis.com/BackupRun',
]

/** What `unsearchable` hides from SearchAllResources. */
const UNSEARCHABLE = [
  'bigquery.googleapis.com/Table',
  'dns.googleapis.com/ManagedZone',
  'logging.googleapis.com/LogSink',
]
/** What `unsupported_type` hides from ListAssets. */
const UNSUPPORTED = ['pubsub.googleapis.com/Subscription']
/** What `policy_only` hides, where it has a policy, from everything but IAM_POLICY. */
const POLICY_ONLY = 'cloudkms.googleapis.com/CryptoKey'

/** The types that ListAssets has for a content type. */
export function listedTypes({ faults }: World, parent: string, content: Content): (type: number) => boolean {
  const hidden = new Set(faults.holds('unsupported_type', 'gcp', namesOf(parent)) ? UNSUPPORTED : [])
  return (type) => {
    const { name, alias } = TYPES.gcp.types[type]!
    if (hidden.has(name)) return false
    if (content === CONTENT.iamPolicy) return (POLICY_SHARES[alias] ?? 0) > 0
    return content !== CONTENT.relationship || RELATIONS.some(({ from }) => from === alias)
  }
}

export function searchedTypes({ faults }: World, scope: string): (type: number) => boolean {
  const hidden = new Set(faults.holds('unsearchable', 'gcp', namesOf(scope)) ? UNSEARCHABLE : [])
  return (type) => !hidden.has(TYPES.gcp.types[type]!.name)
}

/** What has a policy and no resource: nothing but IAM_POLICY has it. */
export function policyOnly({ faults }: World, parent: string): ((item: Item) => boolean) | undefined {
  if (!faults.holds('policy_only', 'gcp', namesOf(parent))) return undefined
  return (item) => TYPES.gcp.types[item.type]!.name === POLICY_ONLY && hasPolicy(item)
}

/**
 * Positions of the types that one of the expressions matches in full. Throws INVALID_ARGUMENT for an expression that
 * matches no supported type.
 */
export function wantedTypes(expressions: readonly string[], supports: (type: number) => boolean): ReadonlySet<number> {
  const supported = [...TYPES.gcp.types.keys()].filter(supports)
  if (expressions.length === 0) return new Set(supported)
  const wanted = new Set<number>()
  for (const expression of expressions) {
    const pattern = compile(expression)
    const matching = supported.filter((n) => pattern.test(TYPES.gcp.types[n]!.name))
    if (matching.length === 0 && !EMPTY_TYPES.some((name) => pattern.test(name))) {
      throw noSuchType(expression)
    }
    for (const n of matching) wanted.add(n)
  }
  return wanted
}

// RE2 has neither looking around nor back references.
const NOT_RE2 = /\(\?[=!<]|\\[1-9]/

function compile(expression: string): RegExp {
  if (NOT_RE2.test(expression)) throw invalid(`Invalid asset type: ${expression} is no RE2 expression`)
  try {
    return new RegExp(`^(?:${expression})$`)
  } catch {
    throw invalid(`Invalid asset type: ${expression} is no RE2 expression`)
  }
}
