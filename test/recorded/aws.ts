import type { JsonValue } from '@cae/core'
import { toArtifact } from '@cae/provider-aws'
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

const ORIGIN = { account: '000000000000', region: 'us-east-1', asOf: '2026-11-01T00:00:00.000Z' }

/** A file of aws-config: an API answer (under `data`), a configuration item, or an event that may hold one. */
export function readAws(json: JsonValue): Recording {
  const file = record(json)
  const answer = isRecord(file['data']) ? file['data'] : file
  if (answer['Results']) return rows(list(answer['Results']))
  if (answer['configurationItems']) return items(list(answer['configurationItems']), 'the recorded answer is empty')
  if (answer['resourceIdentifiers']) return identifiers(list(answer['resourceIdentifiers']))
  if (typeof answer['invokingEvent'] === 'string') return event(record(parse(answer['invokingEvent'])))
  if (answer['resourceType']) return items([answer], '')
  if (answer['detail-type']) return { items: [], note: `an event: ${text(answer['detail-type'])}, no item` }
  throw new UnknownShape()
}

function rows(results: readonly JsonValue[]): Recording {
  const parsed = results.map((result) => record(parse(result as string)))
  const narrow = parsed.filter((row) => !row['resourceType'] || !row['resourceId']).length
  const recording = items(parsed, 'the recorded answer is empty')
  if (narrow === 0) return recording
  return {
    ...recording,
    note: `${narrow} of a query for fewer columns than ours: stand-ins for resourceType, resourceId`,
  }
}

function items(all: readonly JsonValue[], whenEmpty: string): Recording {
  if (all.length === 0) return { items: [], note: whenEmpty }
  return { items: all.map((item, n) => toItem(record(item), n)) }
}

function identifiers(all: readonly JsonValue[]): Recording {
  return { ...items(all, 'the recorded answer is empty'), note: 'ids only, no configuration: checked for identity' }
}

function event(message: JsonRecord): Recording {
  if (message['configurationItem']) return items([message['configurationItem']], '')
  return { items: [], note: `an event: ${text(message['messageType'])}, no item` }
}

function toItem(told: JsonRecord, n: number): RecordedItem {
  const item = withTimes({ resourceType: 'AWS::Recorded::Item', resourceId: `row-${n}`, ...told })
  return {
    label: `${text(item['resourceType'])} ${text(item['resourceId'])}`,
    // A copy, since translation takes the item over.
    translate: () => toArtifact(structuredClone(item), ORIGIN),
    configuration: expectedConfiguration(item),
    metadata: {
      native_id: item['resourceId']!,
      native_type: item['resourceType']!,
      ...(item['arn'] && { resource_id: item['arn'] }),
      ...(item['accountId'] && { account_id: item['accountId'] }),
      ...(item['resourceName'] && { name: item['resourceName'] }),
      ...(isRecord(item['tags']) && { labels: item['tags'] }),
    },
  }
}

// Written apart from translate.ts, so that one's mistake is not the other's.
function expectedConfiguration(item: JsonRecord): JsonValue {
  const configuration = item['configuration'] === undefined ? null : whole(item['configuration'])
  const supplementary = record(item['supplementaryConfiguration'])
  if (Object.keys(supplementary).length === 0) return configuration
  const decoded = Object.fromEntries(Object.entries(supplementary).map(([key, value]) => [key, whole(value)]))
  return { ...record(configuration), supplementaryConfiguration: decoded }
}

function whole(value: JsonValue): JsonValue {
  let decoded = value
  while (typeof decoded === 'string') {
    const inner = parse(decoded)
    if (inner === undefined || typeof inner === 'number') return decoded
    decoded = inner
  }
  return decoded
}

function parse(json: string): JsonValue | undefined {
  try {
    return JSON.parse(json) as JsonValue
  } catch {
    return undefined
  }
}

// The recorder wrote times as `{__class__: 'datetime', year, …}`.
function withTimes(item: JsonRecord): JsonRecord {
  return Object.fromEntries(
    Object.entries(item).map(([key, value]) => {
      const time = record(value)
      if (time['__class__'] !== 'datetime') return [key, value]
      const part = (name: string) => Number(time[name] ?? 0)
      const date = Date.UTC(
        part('year'),
        part('month') - 1,
        part('day'),
        part('hour'),
        part('minute'),
        part('second'),
        Math.floor(part('microsecond') / 1000),
      )
      return [key, new Date(date).toISOString()]
    }),
  )
}
