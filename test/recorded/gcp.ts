import type { JsonValue } from '@cae/core'
import { toArtifact, type Asset } from '@cae/provider-gcp'
import {
  isRecord,
  list,
  record,
  text,
  UnknownShape,
  type JsonRecord,
  type RecordedItem,
  type Recording,
} from './recording.ts'

const ORIGIN = { asOf: '2026-11-01T00:00:00.000Z' }

/** An export: an array of assets, whose own names are in snake_case. */
export function readGcp(json: JsonValue): Recording {
  if (!Array.isArray(json)) throw new UnknownShape()
  const assets = list(json).map(record)
  const bare = assets.filter((asset) => !record(asset['resource'])['data']).length
  const items = assets.map(toItem)
  return bare === 0 ? { items } : { items, note: `${bare} without resource data: policies, or cut when recorded` }
}

function toItem(told: JsonRecord): RecordedItem {
  const asset = fromExport(told)
  const { name, assetType, resource, ...content } = asset as unknown as JsonRecord
  const data = record(resource)['data']
  // What a channel of Monitoring is made of goes by that name; its labels are `userLabels`.
  const labels = record(data)[assetType === 'monitoring.googleapis.com/NotificationChannel' ? 'userLabels' : 'labels']
  return {
    label: text(name),
    translate: () => toArtifact(asset, ORIGIN),
    configuration: expectedConfiguration(data, content),
    metadata: {
      resource_id: name!,
      native_type: assetType!,
      ...(isRecord(labels) && { labels }),
    },
  }
}

function expectedConfiguration(data: JsonValue | undefined, content: JsonRecord): JsonValue {
  const kept = Object.entries(content).filter(([key]) => key !== 'ancestors' && key !== 'updateTime')
  return kept.length === 0 ? (data ?? null) : { ...record(data), ...Object.fromEntries(kept) }
}

// The asset's and the resource's own names change; what is under `data` or in a policy is the provider's.
function fromExport({ ancestry_path, ancestors, ...told }: JsonRecord): Asset {
  const asset = camelKeys(told)
  const resource = isRecord(asset['resource']) ? { resource: camelKeys(asset['resource']) } : {}
  const path = typeof ancestry_path === 'string' ? fromPath(ancestry_path) : []
  return { ...asset, ...resource, ancestors: ancestors ?? path } as unknown as Asset
}

// organizations/1/folders/2/project/p → projects/p, folders/2, organizations/1
function fromPath(path: string): string[] {
  const parts = path.split('/')
  const pairs = parts.flatMap((part, i) => (i % 2 === 0 ? [`${part.replace(/s?$/, 's')}/${parts[i + 1]}`] : []))
  return pairs.toReversed()
}

function camelKeys(object: JsonRecord): JsonRecord {
  return Object.fromEntries(
    Object.entries(object).map(([key, value]) => [
      key.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase()),
      value,
    ]),
  )
}
