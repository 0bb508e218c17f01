import { nameOf } from '@cae/catalogue'
import {
  ExtractionError,
  SCHEMA_VERSION,
  JsonText,
  jsonValue,
  type Artifact,
  type JsonObject,
  type JsonValue,
  type Relationship,
} from '@cae/core'
import { CREATION_TIMES, OTHER_CONTENT, type Asset, type RelatedAsset, type ResourceData } from '../asset.ts'
import { placeOf } from './place.ts'

/** Where an asset came from: what to say where it does not say so itself. */
export interface AssetOrigin {
  /** The project whose assets were listed; absent for a folder or an organization. */
  readonly project?: string
  /** ISO 8601: the moment of the run. */
  readonly asOf: string
  /** What Google did not give for any asset of the listing, such as `iam_policy`. */
  readonly withheld?: readonly string[]
}

/**
 * An asset as an artifact. `configuration` is the resource's `data`, with an IAM policy and the like as further keys
 * where the asset brings them. Throws `RESPONSE_INVALID` for an asset without name or type.
 */
export function toArtifact(asset: Asset, origin: AssetOrigin): Artifact {
  const { name, assetType, resource } = asset
  if (!name || !assetType) {
    throw new ExtractionError('RESPONSE_INVALID', 'Cloud Asset Inventory gave an asset without name or type')
  }
  const { service, resourceType: resource_type } = nameOf('gcp', assetType)
  const { region, zone } = placeOf(resource?.location, name)
  const native_id = lastSegment(name)
  const data = resource?.data
  const project_id = origin.project ?? projectIdOf(asset)
  const project_number = projectNumberOf(asset)
  return {
    schema_version: SCHEMA_VERSION,
    cloud_provider: 'gcp',
    resource_type,
    metadata: {
      resource_id: name,
      name: nameIn(data) ?? native_id,
      native_id,
      native_type: assetType,
      service,
      region,
      zone,
      ...(project_id && { project_id }),
      ...(project_number && { project_number }),
      labels: labelsOf(assetType, data),
      created_at: createdAt(data),
      captured_at: asset.updateTime ?? null,
      observed_at: origin.asOf,
      ...withheldFrom(asset, origin),
    },
    relationships: relationshipsOf(asset),
    configuration: configurationOf(asset),
  }
}

function configurationOf(asset: Asset): JsonValue | JsonText {
  const { text, data } = asset.resource ?? {}
  const others = OTHER_CONTENT.filter((key) => asset[key] !== undefined)
  if (others.length === 0) return text ?? ((data ?? null) as JsonObject | null)
  // A field of that name gives way.
  if (text && others.every((key) => data?.[key] === undefined)) return appended(text, asset, others)
  const merged = { ...((text?.toJSON() ?? data) as JsonObject | undefined) }
  return Object.assign(merged, Object.fromEntries(others.map((key) => [key, asset[key]!])))
}

function appended({ text }: JsonText, asset: Asset, others: readonly (typeof OTHER_CONTENT)[number][]): JsonText {
  const members = others.map((key) => `"${key}":${JSON.stringify(asset[key])}`).join(',')
  return new JsonText(text === '{}' ? `{${members}}` : `${text.slice(0, -1)},${members}}`)
}

// Fields that Google removes from `data` leave no trace, so only what is missing as a whole can be said.
function withheldFrom({ resource }: Asset, { withheld = [] }: AssetOrigin) {
  const all = resource?.data ? withheld : ['configuration', ...withheld]
  return all.length > 0 ? { withheld: all } : {}
}

function relationshipsOf({ resource, relatedAsset, relatedAssets }: Asset): Relationship[] {
  const relationships = resource?.parent ? [containedIn(resource.parent)] : []
  if (relatedAsset) relationships.push(relatedTo(relatedAsset))
  for (const related of relatedAssets ?? []) relationships.push(relatedTo(related))
  return relationships
}

function relatedTo({ asset, assetType, relationshipType }: RelatedAsset): Relationship {
  return {
    type: relationshipType,
    target: { native_type: assetType, native_id: lastSegment(asset), resource_id: asset },
  }
}

function containedIn(parent: string): Relationship {
  return { type: 'is contained in', target: { native_id: lastSegment(parent), resource_id: parent } }
}

function lastSegment(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1) || name
}

// Some APIs put the whole path into `name`, which says no more than the id does.
function nameIn(data: ResourceData | undefined): string | undefined {
  const { name, displayName } = data ?? {}
  if (typeof name === 'string' && name !== '' && !name.includes('/')) return name
  return typeof displayName === 'string' && displayName !== '' ? displayName : undefined
}

const PROJECT = /\/projects\/([^/]+)/
const PROJECT_TYPE = 'cloudresourcemanager.googleapis.com/Project'
const NUMBER = /^\d+$/

/**
 * Ancestors and parents have the number of a project; names have the number or the id, by service. What other assets of the
 * listing say of the project is left out: it would depend on their order which artifacts have an id.
 */
function projectIdOf({ name, assetType, resource, ancestors }: Asset): string | undefined {
  const ofItself = assetType === PROJECT_TYPE ? resource?.data?.['projectId'] : undefined
  if (typeof ofItself === 'string') return ofItself
  return idIn(projectIn(name)) ?? idIn(projectIn(resource?.parent)) ?? idIn(projectAbove(ancestors))
}

function projectNumberOf({ name, resource, ancestors }: Asset): string | undefined {
  return numberIn(projectAbove(ancestors)) ?? numberIn(projectIn(name)) ?? numberIn(projectIn(resource?.parent))
}

function projectAbove(ancestors: readonly string[]): string | undefined {
  return ancestors.find((one) => one.startsWith('projects/'))?.slice('projects/'.length)
}

function projectIn(name: string | undefined): string | undefined {
  return name && PROJECT.exec(name)?.[1]
}

function idIn(project: string | undefined): string | undefined {
  return project && !NUMBER.test(project) ? project : undefined
}

function numberIn(project: string | undefined): string | undefined {
  return project && NUMBER.test(project) ? project : undefined
}

/** Where `labels` are what the type itself is made of. */
const NO_LABELS: ReadonlySet<string> = new Set(['monitoring.googleapis.com/NotificationChannel'])

// `labels` nearly everywhere; GKE, Cloud SQL, Monitoring and the objects inside clusters have names of their own.
function labelsOf(assetType: string, data: ResourceData | undefined): Readonly<Record<string, string>> {
  return (
    (NO_LABELS.has(assetType) ? undefined : toLabels(data?.['labels'])) ??
    toLabels(data?.['resourceLabels']) ??
    toLabels(data?.['userLabels']) ??
    toLabels(member(data?.['settings'], 'userLabels')) ??
    toLabels(member(data?.['metadata'], 'labels')) ??
    {}
  )
}

function toLabels(labels: JsonValue | JsonText | undefined): Readonly<Record<string, string>> | undefined {
  if (!isObject(labels)) return undefined
  let some = false
  for (const key in labels) {
    some = true
    if (typeof labels[key] !== 'string') {
      return Object.fromEntries(Object.entries(labels).map(([name, value]) => [name, labelText(value)]))
    }
  }
  return some ? (labels as Readonly<Record<string, string>>) : undefined
}

function labelText(value: JsonValue): string {
  if (typeof value === 'string') return value
  return value === null ? '' : JSON.stringify(value)
}

// As nearly all APIs write it, and of a day that every month has. To make a date of it takes twenty times as long.
const PLAIN_TIME = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z$/
const EPOCH_MILLIS = /^\d{11,}$/

// BigQuery counts milliseconds, in a string.
function createdAt(data: ResourceData | undefined): string | null {
  if (!data) return null
  const time = firstOf(data) ?? member(data['metadata'], 'creationTimestamp')
  if (typeof time !== 'string' && typeof time !== 'number') return null
  if (typeof time === 'string' && PLAIN_TIME.test(time)) return time
  const date = new Date(typeof time === 'string' && EPOCH_MILLIS.test(time) ? Number(time) : time)
  return Number.isNaN(date.getTime()) ? null : date.toISOString()
}

function firstOf(data: ResourceData): JsonValue | JsonText | undefined {
  for (const key of CREATION_TIMES) if (data[key] !== undefined) return data[key]
  return undefined
}

function member(value: JsonValue | JsonText | undefined, key: string): JsonValue | undefined {
  if (value === undefined) return undefined
  const object = jsonValue(value)
  return isObject(object) ? object[key] : undefined
}

function isObject(value: JsonValue | JsonText | undefined): value is JsonObject {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
}
