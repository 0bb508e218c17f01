import { nameOf } from '@cae/catalogue'
import { ExtractionError, SCHEMA_VERSION, type Artifact, type JsonValue } from '@cae/core'
import { segmentAfter } from './arm-id.ts'
import { relationshipsOf } from './relationships.ts'
import type { Row } from './row.ts'

/** Where a row came from: what to say where it does not say so itself. */
export interface RowOrigin {
  /** Absent where the rows are of several subscriptions, or of none. */
  readonly subscription?: string
  /** ISO 8601: the moment of the run. */
  readonly asOf: string
}

/** Columns that the envelope holds; all others that have a value make the configuration. */
const ENVELOPE: ReadonlySet<string> = new Set([
  'id',
  'name',
  'type',
  'location',
  'resourceGroup',
  'subscriptionId',
  'tags',
])

/**
 * A row of Resource Graph, or a resource of an ARM list answer, as an artifact. `configuration` holds `properties`,
 * `sku`, `kind` and every other column that has a value. Throws `RESPONSE_INVALID` for a row without id or type.
 */
export function toArtifact(row: Row, origin: RowOrigin): Artifact {
  const { id, type } = row
  if (!id || !type) throw new ExtractionError('RESPONSE_INVALID', 'Resource Graph gave a row without id or type')
  const { service, resourceType: resource_type } = nameOf('azure', type)
  // Letter case of ids differs between Resource Graph and ARM.
  const resource_id = id.toLowerCase()
  const resource_group = row.resourceGroup || segmentAfter(id, 'resourcegroups')
  const subscription_id = row.subscriptionId || segmentAfter(id, 'subscriptions') || origin.subscription
  return {
    schema_version: SCHEMA_VERSION,
    cloud_provider: 'azure',
    resource_type,
    metadata: {
      resource_id,
      name: row.name || null,
      native_id: id,
      native_type: type,
      service,
      region: regionOf(row.location),
      zone: row.zones?.length === 1 ? row.zones[0]! : null,
      ...(subscription_id && { subscription_id }),
      ...(resource_group && { resource_group }),
      labels: labelsOf(row.tags),
      created_at: createdAt(row),
      captured_at: null,
      observed_at: origin.asOf,
    },
    relationships: relationshipsOf(row, resource_id),
    configuration: configurationOf(row),
  }
}

function configurationOf(row: Row): JsonValue {
  const configuration: Record<string, JsonValue> = {}
  for (const column in row) {
    const value = row[column]
    if (value !== null && value !== undefined && !ENVELOPE.has(column)) configuration[column] = value
  }
  return configuration
}

// `eastus`; ARM lists of old also wrote `East US`. Containers have no place of their own.
function regionOf(location: string | null | undefined): string {
  if (!location) return 'global'
  return location.replaceAll(' ', '').toLowerCase()
}

function labelsOf(tags: Row['tags']): Readonly<Record<string, string>> {
  if (!tags) return {}
  for (const name in tags) {
    if (typeof tags[name] !== 'string') {
      return Object.fromEntries(Object.entries(tags).map(([key, value]) => [key, labelText(value)]))
    }
  }
  return tags as Readonly<Record<string, string>>
}

function labelText(value: JsonValue): string {
  if (typeof value === 'string') return value
  return value === null ? '' : JSON.stringify(value)
}

const CREATION_TIMES = [
  'timeCreated',
  'creationTime',
  'createdTime',
  'createdAt',
  'creationDate',
  'CreationDate',
  'createdDate',
  'createdOn',
]

// Resource Graph has no such column; most resource providers put it somewhere.
function createdAt({ systemData, properties }: Row): string | null {
  const text = textOf(systemData, 'createdAt') ?? firstOf(properties)
  if (text === undefined) return null
  const date = new Date(text)
  return Number.isNaN(date.getTime()) ? null : date.toISOString()
}

function firstOf(properties: JsonValue | undefined): string | undefined {
  for (const key of CREATION_TIMES) {
    const text = textOf(properties, key)
    if (text !== undefined) return text
  }
  return undefined
}

function textOf(value: JsonValue | undefined, key: string): string | undefined {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return undefined
  const text = (value as { readonly [key: string]: JsonValue })[key]
  return typeof text === 'string' && text !== '' ? text : undefined
}
