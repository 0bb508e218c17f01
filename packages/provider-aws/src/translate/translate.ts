import { nameOf } from '@cae/catalogue'
import {
  ExtractionError,
  JsonText,
  SCHEMA_VERSION,
  type Artifact,
  type ArtifactMetadata,
  type JsonValue,
  type Relationship,
} from '@cae/core'
import { GLOBAL_TYPES } from '../plan/global-types.ts'
import type { ConfigItem, ConfigRelationship } from './config-item.ts'
import { decodeJson, decodeValues } from './decode-json.ts'
import { isUnrecorded } from './item-status.ts'
import { isoTime } from './iso-time.ts'
import { labelsOf } from './labels.ts'
import { neverGiven } from './never-given.ts'

/** Where an item came from: what to say where it does not say so itself. */
export interface ItemOrigin {
  readonly account: string
  readonly region: string
  /** ISO 8601: the moment of the run. */
  readonly asOf: string
}

const NO_ZONE = new Set(['Regional', 'Multiple Availability Zones', 'Not Applicable', ''])

/**
 * An AWS Config item as an artifact. `configuration` becomes what Config holds under `configuration`, with
 * `supplementaryConfiguration` as one more key where there is any. It takes the item over: parsed objects are used, not
 * copied, and `configuration` may gain that key. Throws `RESPONSE_INVALID` for an item without type or id.
 * `withheld`: what the operation that gave the item does not give. Of a resource that is not recorded there is nothing but
 * its identity: what its item may hold besides is from another time.
 */
export function toArtifact(given: ConfigItem, origin: ItemOrigin, withheld: readonly string[] = []): Artifact {
  const item = isUnrecorded(given) ? identityOf(given) : given
  const { resourceType, resourceId } = item
  if (!resourceType || !resourceId) {
    throw new ExtractionError('RESPONSE_INVALID', 'AWS Config gave an item without resourceType or resourceId')
  }
  const { service, resourceType: resource_type } = nameOf('aws', resourceType)
  const account = item.accountId || origin.account
  const region = regionOf(item, resourceType, origin)
  const configuration =
    item.configuration instanceof JsonText ? item.configuration : decodeJson(item.configuration ?? null)
  const supplementary = decodeValues(item.supplementaryConfiguration)
  const labels = labelsOf(item.tags, supplementary, configuration)
  const missing = missingOf(resourceType, configuration, labels, withheld)
  const metadata: ArtifactMetadata = {
    // Some types have no ARN in Config, and the id of some is unique only together with the type.
    resource_id: item.arn || `${account}/${region}/${resourceType}/${resourceId}`,
    name: item.resourceName || null,
    native_id: resourceId,
    native_type: resourceType,
    service,
    region,
    zone: item.availabilityZone && !NO_ZONE.has(item.availabilityZone) ? item.availabilityZone : null,
    account_id: account,
    labels,
    created_at: isoTime(item.resourceCreationTime),
    captured_at: isoTime(item.configurationItemCaptureTime),
    observed_at: origin.asOf,
  }
  return {
    schema_version: SCHEMA_VERSION,
    cloud_provider: 'aws',
    resource_type,
    metadata: missing.length > 0 ? { ...metadata, withheld: missing } : metadata,
    relationships: item.relationships ? item.relationships.map(toRelationship) : [],
    configuration: withSupplementary(configuration, supplementary),
  }
}

function missingOf(
  type: string,
  configuration: JsonValue | JsonText,
  labels: Artifact['metadata']['labels'],
  withheld: readonly string[],
): readonly string[] {
  // Custom types have none in Config.
  const missing = configuration === null ? ['configuration', ...withheld] : withheld
  const never = neverGiven(type)
  if (never.length === 0) return missing
  const lacking = never.filter((part) => part !== 'tags' || Object.keys(labels).length === 0)
  return [...new Set([...missing, ...lacking])]
}

function identityOf(item: ConfigItem): ConfigItem {
  return { ...item, configuration: null, supplementaryConfiguration: null, tags: null, relationships: null }
}

// What is one for the account is read from one region, whichever it is, and a request for others is not to lose it.
function regionOf({ awsRegion }: ConfigItem, resourceType: string, origin: ItemOrigin): string {
  const isGlobal = resourceType.startsWith('AWS::IAM::') || GLOBAL_TYPES.has(resourceType)
  return isGlobal ? 'global' : awsRegion || origin.region
}

type Supplementary = Readonly<Record<string, JsonValue>>

function withSupplementary(configuration: JsonValue | JsonText, more: Supplementary | null): JsonValue | JsonText {
  if (!more) return configuration
  if (configuration instanceof JsonText) return textWith(configuration, more)
  if (configuration === null) return { supplementaryConfiguration: more }
  if (typeof configuration !== 'object' || Array.isArray(configuration)) {
    return { configuration, supplementaryConfiguration: more }
  }
  const merged = configuration as Record<string, JsonValue>
  merged['supplementaryConfiguration'] = more
  return merged
}

const SUPPLEMENTARY = '"supplementaryConfiguration":'

// The text is an object's.
function textWith(configuration: JsonText, more: Supplementary): JsonValue | JsonText {
  const { text } = configuration
  if (text === '{}' || text.includes(SUPPLEMENTARY)) return withSupplementary(configuration.toJSON(), more)
  return new JsonText(`${text.slice(0, -1)},${SUPPLEMENTARY}${JSON.stringify(more)}}`)
}

// A few dozen phrases, said of every resource.
const phrases = new Map<string, string>()
const PHRASES_MAX = 1000

function toRelationship(relation: ConfigRelationship): Relationship {
  const type = phrase(relation.relationshipName || relation.name || 'is related to')
  const native_type = relation.resourceType
  const native_id = relation.resourceId || relation.resourceName
  if (native_type && native_id) return { type, target: { native_type, native_id } }
  return { type, target: { ...(native_type && { native_type }), ...(native_id && { native_id }) } }
}

function phrase(text: string): string {
  const known = phrases.get(text)
  if (known !== undefined) return known
  const plain = text.trim().toLowerCase()
  if (phrases.size < PHRASES_MAX) phrases.set(text, plain)
  return plain
}
