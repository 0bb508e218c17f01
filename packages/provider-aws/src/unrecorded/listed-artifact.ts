import { nameOf } from '@cae/catalogue'
import { ExtractionError, SCHEMA_VERSION, type Artifact, type JsonValue } from '@cae/core'
import { arnOf } from '../translate/arn-of.ts'
import type { Place } from '../client/client.ts'
import { configName, isListedEverywhere } from './cloud-control-types.ts'
import { isoTime } from '../translate/iso-time.ts'
import { labelsOf } from '../translate/labels.ts'

/** Both services know no relations, and give no time of creation but what stands in the properties. */
const NO_RELATIONS = 'relationships'

/** One resource as Cloud Control lists or gives it. */
export interface Description {
  readonly Identifier?: string | undefined
  /** A JSON object. */
  readonly Properties?: string | undefined
}

export type Properties = Readonly<Record<string, JsonValue>>

/** Throws `RESPONSE_INVALID` for what is not an object. */
export function propertiesOf({ Properties = '{}' }: Description): Properties {
  try {
    const properties = JSON.parse(Properties) as JsonValue
    if (properties !== null && typeof properties === 'object' && !Array.isArray(properties)) {
      return properties as Properties
    }
  } catch {
    // The same as for other values that are no object.
  }
  throw new ExtractionError('RESPONSE_INVALID', 'Cloud Control gave properties that are no JSON object')
}

/** Whether properties tell of tags. Some types have a word of their own for them, such as `FileSystemTags`. */
export function showsTags(type: string, properties: Properties): boolean {
  return [`${kindOf(type)}Tags`, 'Tags', 'tags'].some((key) => Object.hasOwn(properties, key))
}

function kindOf(type: string): string {
  return type.slice(type.lastIndexOf(':') + 1)
}

/**
 * A resource of Cloud Control in the shape and under the identity that AWS Config's has, as far as its properties tell.
 * `withheld`: what of it is not, or may not be, among `properties`.
 */
export function fromProperties(
  type: string,
  identifier: string,
  properties: Properties,
  origin: { readonly place: Place; readonly asOf: string; readonly withheld: readonly string[] },
): Artifact {
  const { place, asOf, withheld } = origin
  const native_type = configName(type)
  const { service, resourceType: resource_type } = nameOf('aws', native_type)
  const account_id = place.account.account_id
  // Resource Explorer says so too, of what every region lists.
  const region = isListedEverywhere(native_type) ? 'global' : place.region
  const kind = kindOf(type)
  return {
    schema_version: SCHEMA_VERSION,
    cloud_provider: 'aws',
    resource_type,
    metadata: {
      resource_id: arnOf(type, identifier, properties, place) ?? `${account_id}/${region}/${native_type}/${identifier}`,
      name: text(properties[`${kind}Name`]) ?? text(properties['Name']),
      native_id: identifier,
      native_type,
      service,
      region,
      zone: text(properties['AvailabilityZone']),
      account_id,
      labels: labelsOf(properties[`${kind}Tags`], null, properties),
      source: 'cloud-control',
      withheld: [...withheld, NO_RELATIONS],
      created_at: isoTime(text(properties['CreationTime']) ?? text(properties['CreateDate'])),
      captured_at: null,
      observed_at: asOf,
    },
    relationships: [],
    configuration: properties,
  }
}

/** One resource as Resource Explorer lists it. */
export interface Found {
  readonly Arn?: string | undefined
  readonly OwningAccountId?: string | undefined
  readonly Region?: string | undefined
  /** Such as `ec2:instance`. */
  readonly ResourceType?: string | undefined
  /** Such as `AWS::EC2::Instance`; absent where CloudFormation has no such type. */
  readonly CfnResourceType?: string | undefined
  readonly LastReportedAt?: Date | undefined
  readonly Properties?: readonly FoundProperty[] | undefined
}

interface FoundProperty {
  readonly Name?: string | undefined
  readonly Data?: unknown
}

const WITHOUT_CLOUD_FORMATION: Readonly<Record<string, string>> = {
  'rds:snapshot': 'AWS::RDS::DBSnapshot',
  'rds:cluster-snapshot': 'AWS::RDS::DBClusterSnapshot',
}

/** AWS Config's type where there is one, else Resource Explorer's own name in that form. */
export function nativeTypeOf({ CfnResourceType, ResourceType = '' }: Found): string {
  if (CfnResourceType) return configName(CfnResourceType)
  return WITHOUT_CLOUD_FORMATION[ResourceType] ?? `AWS::${ResourceType.replace(':', '::')}`
}

/** A resource of which Resource Explorer knows that it exists, and its tags where the view has them. */
export function fromExplorer(found: Found, origin: { readonly place: Place; readonly asOf: string }): Artifact {
  const { Arn, OwningAccountId, Region, ResourceType, LastReportedAt } = found
  if (!Arn || !ResourceType) {
    throw new ExtractionError('RESPONSE_INVALID', 'Resource Explorer gave a resource without ARN or type')
  }
  const { place, asOf } = origin
  const native_type = nativeTypeOf(found)
  const { service, resourceType: resource_type } = nameOf('aws', native_type)
  const tags = found.Properties?.find(({ Name }) => Name === 'tags')?.Data as JsonValue | undefined
  return {
    schema_version: SCHEMA_VERSION,
    cloud_provider: 'aws',
    resource_type,
    metadata: {
      resource_id: Arn,
      name: null,
      native_id: lastPart(Arn),
      native_type,
      service,
      region: Region || place.region,
      zone: null,
      account_id: OwningAccountId || place.account.account_id,
      labels: labelsOf(tags, null, null),
      source: 'resource-explorer',
      withheld: ['configuration', ...(tags === undefined ? ['tags'] : []), NO_RELATIONS],
      created_at: null,
      captured_at: LastReportedAt ? LastReportedAt.toISOString() : null,
      observed_at: asOf,
    },
    relationships: [],
    configuration: null,
  }
}

function lastPart(arn: string): string {
  const resource = arn.split(':').slice(5).join(':')
  return resource.slice(resource.search(/[:/]/) + 1)
}

function text(value: JsonValue | undefined): string | null {
  return typeof value === 'string' && value !== '' ? value : null
}
