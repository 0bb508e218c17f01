import { AwsError } from './aws-error.ts'
import { batchItem, findItem } from './aws-items.ts'
import {
  discoveredCounts,
  discoveredRuns,
  distorted,
  excludedTypes,
  isDistorted,
  pitfalls,
  queriedRuns,
  recordedRuns,
} from './aws-pitfalls.ts'
import { rowWriters, select, typeValue } from './aws-rows.ts'
import { cursorOf, keyOf, textOf, type AwsService, type Call } from './aws-service.ts'
import { hashText } from './hash.ts'
import { textTemplate } from './hole.ts'
import { isObject } from './http.ts'
import { listArray, listItems } from './listing.ts'
import type { EstateSlice, Item } from './resource-type.ts'
import type { Cursor, Selection } from './selection.ts'
import { parseSql, SqlError, type Query } from './sql.ts'

/** AWS Config, JSON 1.1. */
export const CONFIG: AwsService = {
  name: 'config',
  signedAs: 'config',
  contentType: 'application/x-amz-json-1.1',
  operations: {
    SelectResourceConfig: selectResourceConfig,
    GetDiscoveredResourceCounts: getDiscoveredResourceCounts,
    ListDiscoveredResources: listDiscoveredResources,
    BatchGetResourceConfig: batchGetResourceConfig,
    DescribeConfigurationRecorders: (call) => recorders(call, 'ConfigurationRecorders', recorder),
    DescribeConfigurationRecorderStatus: (call) => recorders(call, 'ConfigurationRecordersStatus', recorderStatus),
  },
  faults: ['recorder_off', 'unprocessed_keys'],
  // The operations spell it differently.
  cursor: ({ NextToken, nextToken }) => textOf(NextToken ?? nextToken),
  badCursor: () => new AwsError('InvalidNextTokenException', 'The nextToken provided is invalid'),
  throttled: () => new AwsError('ThrottlingException', 'Rate exceeded'),
}

const MAX_EXPRESSION = 4096
const MAX_PAGE = 100
const DEFAULT_SELECT_PAGE = 25

function selectResourceConfig(call: Call): string {
  const expression = call.input['Expression']
  if (typeof expression !== 'string' || expression.length === 0 || expression.length > MAX_EXPRESSION) {
    throw invalidExpression(`The expression must have 1 to ${MAX_EXPRESSION} characters`)
  }
  const limit = limitOf(call.input['Limit'], DEFAULT_SELECT_PAGE)
  const key = keyOf(call, `select ${expression}`)
  const cursor = cursorOf(CONFIG, call, key)
  try {
    const query = parseSql(expression)
    return query.counts ? countRows(call, query, key, cursor, limit) : rows(call, query, key, cursor, limit)
  } catch (thrown) {
    throw thrown instanceof SqlError ? invalidExpression(thrown.message) : thrown
  }
}

function rows(call: Call, query: Query, key: string, cursor: Cursor, limit: number): string {
  const writers = rowWriters(query.columns)
  const { items, next } = listItems(
    recorded(call, select(queriedRuns(call.world, call.slice), query.where)),
    key,
    cursor,
    limit,
    call.strike,
  )
  const fields = query.columns.map((name) => `{"Name":${JSON.stringify(name)}}`).join(',')
  const token = next === null ? '' : `,"NextToken":"${next}"`
  return `{"QueryInfo":{"SelectFields":[${fields}]},"Results":[${items.map((item) => row(call, writers, item)).join(',')}]${token}}`
}

function row({ world }: Call, writers: ReturnType<typeof rowWriters>, item: Item): string {
  const text = writers[item.type]!(item)
  if (!isDistorted(world, item)) return text
  return JSON.stringify(distorted(world, item, JSON.parse(text) as string, 'row'))
}

function countRows(call: Call, query: Query, key: string, cursor: Cursor, limit: number): string {
  const { runs, accepts } = recorded(call, select(queriedRuns(call.world, call.slice), query.where))
  if (accepts) throw new SqlError('COUNT over conditions on single resources is not supported')
  const groups = new Map<string, { values: Record<string, string>; count: number }>()
  for (const { slice, type, count } of runs) {
    const values = Object.fromEntries(query.groupBy.map((column) => [column, groupValue(slice, type, column)]))
    const name = JSON.stringify(values)
    const group = groups.get(name)
    if (group) group.count += count
    else groups.set(name, { values, count })
  }
  if (query.groupBy.length === 0 && groups.size === 0) groups.set('', { values: {}, count: 0 })
  const all = [...groups.values()].map(({ values, count }) => JSON.stringify({ 'COUNT(*)': count, ...values }))
  const { items, next } = listArray(all, key, cursor, limit, call.strike)
  const fields = [...query.columns, 'COUNT(*)'].map((Name) => ({ Name }))
  return JSON.stringify({ QueryInfo: { SelectFields: fields }, Results: items, ...(next && { NextToken: next }) })
}

function groupValue(slice: EstateSlice, type: number, column: string): string {
  if (['resourceType', 'accountId', 'awsRegion', 'configurationItemStatus'].includes(column)) {
    return typeValue(slice, type, column)
  }
  throw new SqlError(`GROUP BY ${column} is not supported`)
}

function getDiscoveredResourceCounts(call: Call): string {
  const wanted = call.input['resourceTypes']
  const types = Array.isArray(wanted) && wanted.length > 0 ? new Set(wanted) : null
  const key = keyOf(call, `counts ${JSON.stringify(wanted ?? [])}`)
  const all = call.strike?.kind === 'recorder_off' ? [] : [...discoveredCounts(call.world, call.slice)]
  const counts = all
    .filter(([resourceType]) => !types || types.has(resourceType))
    .map(([resourceType, count]) => ({ resourceType, count }))
    .toSorted((a, b) => b.count - a.count)
  const limit = limitOf(call.input['limit'], MAX_PAGE)
  const { items, next } = listArray(counts, key, cursorOf(CONFIG, call, key), limit, call.strike)
  const total = counts.reduce((sum, { count }) => sum + count, 0)
  return JSON.stringify({ totalDiscoveredResources: total, resourceCounts: items, ...(next && { nextToken: next }) })
}

const ID = textTemplate('{{id}}')
const NAME = textTemplate('{{name}}')

function listDiscoveredResources(call: Call): string {
  const { resourceType, limit } = call.input
  const key = keyOf(call, `list ${String(resourceType)}`)
  const type = call.slice.types.types.findIndex(({ name }) => name === resourceType)
  if (type === -1) {
    throw new AwsError(
      'ValidationException',
      `Value '${String(resourceType)}' at 'resourceType' failed to satisfy constraint: Member must satisfy enum value set`,
    )
  }
  const ids = call.input['resourceIds']
  const accepts = Array.isArray(ids) && ids.length > 0 ? { accepts: within(new Set(ids)) } : {}
  const runs = discoveredRuns(call.world, call.slice).filter((run) => run.type === type)
  const selection = { runs, ...accepts }
  const { items, next } = listItems(
    recorded(call, selection),
    key,
    cursorOf(CONFIG, call, key),
    limitOf(limit, MAX_PAGE),
    call.strike,
  )
  const resourceIdentifiers = items.map((item) => ({ resourceType, resourceId: ID(item), resourceName: NAME(item) }))
  return JSON.stringify({ resourceIdentifiers, ...(next && { nextToken: next }) })
}

function within(ids: ReadonlySet<unknown>): NonNullable<Selection['accepts']> {
  return (item) => ids.has(ID(item))
}

function batchGetResourceConfig(call: Call): string {
  const keys = call.input['resourceKeys']
  if (!Array.isArray(keys) || keys.length < 1 || keys.length > MAX_PAGE) {
    throw new AwsError(
      'ValidationException',
      `Value at 'resourceKeys' failed to satisfy constraint: Member must have length between 1 and ${MAX_PAGE}`,
    )
  }
  const { world, slice, strike } = call
  const runs = strike?.kind === 'recorder_off' ? [] : recordedRuns(world, slice)
  const leaves = strike?.kind === 'unprocessed_keys' ? (_: unknown, n: number) => n % 2 === 1 : () => false
  const items = keys
    .filter((key, n) => !leaves(key, n))
    .flatMap((key) => (isObject(key) ? findItem(runs, key) : []))
    .map((item) => {
      const json = batchItem(item)
      return isDistorted(world, item) ? distorted(world, item, json, 'item') : json
    })
  const unprocessed = JSON.stringify(keys.filter(leaves))
  return `{"baseConfigurationItems":[${items.join(',')}],"unprocessedResourceKeys":${unprocessed}}`
}

function recorders(call: Call, list: string, describe: (call: Call) => object): string {
  return JSON.stringify({ [list]: call.strike?.kind === 'recorder_off' ? [] : [describe(call)] })
}

function recorder({ world, slice }: Call): object {
  const { scope, region, home } = slice
  const holds = pitfalls(world, slice)
  const excluded = excludedTypes(world, slice)
  const includeGlobalResourceTypes = home === null || holds('globals_everywhere')
  return {
    arn: recorderArn(scope, region),
    name: 'default',
    roleARN: `arn:aws:iam::${scope}:role/aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig`,
    recordingGroup:
      excluded.length === 0
        ? { allSupported: true, includeGlobalResourceTypes, resourceTypes: [] }
        : {
            allSupported: false,
            includeGlobalResourceTypes: false,
            resourceTypes: [],
            exclusionByResourceTypes: { resourceTypes: excluded },
            recordingStrategy: { useOnly: 'EXCLUSION_BY_RESOURCE_TYPES' },
          },
    recordingMode: {
      recordingFrequency: holds('daily_recording') ? 'DAILY' : 'CONTINUOUS',
      recordingModeOverrides: [],
    },
    recordingScope: 'PAID',
  }
}

function recorderArn(scope: string, region: string): string {
  const id = hashText(scope + region).toString(36)
  return `arn:aws:config:${region}:${scope}:configuration-recorder/default/${id}`
}

function recorderStatus({ world, slice }: Call): object {
  // Seconds since the epoch, as JSON 1.1 has timestamps.
  return {
    arn: recorderArn(slice.scope, slice.region),
    name: 'default',
    lastStartTime: 1_700_000_000.5,
    recording: !pitfalls(world, slice)('recorder_stopped'),
    lastStatus: 'SUCCESS',
    lastStatusChangeTime: 1_790_000_000.25,
  }
}

function recorded(call: Call, selection: Selection): Selection {
  return call.strike?.kind === 'recorder_off' ? { runs: [] } : selection
}

// Limit 0 means the default. Source: API reference of SelectResourceConfig.
function limitOf(limit: unknown, fallback: number): number {
  if (limit === undefined || limit === null || limit === 0) return fallback
  if (typeof limit !== 'number' || !Number.isInteger(limit) || limit < 0 || limit > MAX_PAGE) {
    throw new AwsError('InvalidLimitException', `The limit must be between 0 and ${MAX_PAGE}`)
  }
  return limit
}

function invalidExpression(message: string): AwsError {
  return new AwsError('InvalidExpressionException', message)
}
