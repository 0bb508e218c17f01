import type { JsonValue } from '@cae/core'
import { toArtifact, type Row } from '@cae/provider-azure'
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

const ORIGIN = { subscription: '00000000-0000-0000-0000-000000000000', asOf: '2026-11-01T00:00:00.000Z' }
const ENVELOPE = new Set(['id', 'name', 'type', 'location', 'resourceGroup', 'subscriptionId', 'tags'])

/** A recorded HTTP session: answers of Resource Graph in table form, and ARM's lists. */
export function readAzure(json: JsonValue): Recording {
  const interactions = list(record(json)['interactions'])
  if (interactions.length === 0) throw new UnknownShape()
  return { items: interactions.flatMap((interaction) => answerItems(record(interaction))) }
}

function answerItems(interaction: JsonRecord): RecordedItem[] {
  const answer = record(record(record(interaction['response'])['body'])['data'])
  if (Array.isArray(answer['value'])) return list(answer['value']).map((row) => toItem(record(row), 'ARM'))
  const table = record(answer['data'])
  if (!Array.isArray(table['rows'])) throw new UnknownShape()
  const names = list(table['columns']).map((column) => text(record(column)['name']))
  return list(table['rows']).map((row) =>
    toItem(Object.fromEntries(list(row).map((value, i) => [names[i]!, value])), 'Resource Graph'),
  )
}

function toItem(row: JsonRecord, api: string): RecordedItem {
  const { id, type, name, location, tags } = row
  return {
    label: `${api} ${text(id)}`,
    translate: () => toArtifact(row as unknown as Row, ORIGIN),
    configuration: Object.fromEntries(
      Object.entries(row).filter(([key, value]) => !ENVELOPE.has(key) && value !== null),
    ),
    metadata: {
      resource_id: text(id).toLowerCase(),
      native_id: id!,
      native_type: type!,
      name: name!,
      region: location!,
      ...(row['resourceGroup'] && { resource_group: row['resourceGroup'] }),
      ...(row['subscriptionId'] && { subscription_id: row['subscriptionId'] }),
      ...(isRecord(tags) && { labels: tags }),
    },
  }
}
