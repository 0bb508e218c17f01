import { AwsError } from './error.ts'
import { AGGREGATOR_OPERATIONS } from './aggregator.ts'
import { getHistory } from './history.ts'
import { batchItem, findItem } from './items.ts'
import {
  discoveredCounts,
  discoveredRuns,
  distorted,
  excludedTypes,
  isDistorted,
  isOversized,
  pitfalls,
  queriedRuns,
} from './pitfalls.ts'
import { answerQuery } from './query.ts'
import { cursorOf, keyOf, textOf, type AwsService, type Call } from './service.ts'
import { hashText } from '../estate/hash.ts'
import { textTemplate } from '../estate/hole.ts'
import { isObject } from '../http.ts'
import { listArray, listItems } from '../listing.ts'
import type { Selection } from '../estate/selection.ts'

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
    GetResourceConfigHistory: getHistory,
    DescribeConfigurationRecorders: (call) => recorders(call, 'ConfigurationRecorders', recorder),
    DescribeConfigurationRecorderStatus: (call) => recorders(call, 'ConfigurationRecordersStatus', recorderStatus),
    ...AGGREGATOR_OPERATIONS,
  },
  faults: ['recorder_off', 'unprocessed_keys'],
  // The operations spell it differently.
  cursor: ({ NextToken, nextToken }) => textOf(NextToken ?? nextToken),
  badCursor: () => new AwsError('InvalidNextTokenException', 'The nextToken provided is invalid'),
  throttled: () => new AwsError('ThrottlingException', 'Rate exceeded'),
}

const MAX_PAGE = 100
const DEFAULT_SELECT_PAGE = 25

function selectResourceConfig(call: Call): string {
  const runs = call.strike?.hits('recorder_off') ? [] : queriedRuns(call.world, call.slice)
  return answerQuery(CONFIG, call, runs, limitOf(call.input['Limit'], DEFAULT_SELECT_PAGE))
}

function getDiscoveredResourceCounts(call: Call): string {
  const wanted = call.input['resourceTypes']
  const types = Array.isArray(wanted) && wanted.length > 0 ? new Set(wanted) : null
  const key = keyOf(call, `counts ${JSON.stringify(wanted ?? [])}`)
  const all = call.strike?.hits('recorder_off') ? [] : [...discoveredCounts(call.world, call.slice)]
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
  const runs = strike?.hits('recorder_off') ? [] : discoveredRuns(world, slice)
  const isLeft = keys.length > 1 && strike?.hits('unprocessed_keys') ? (n: number) => n % 2 === 1 : () => false
  const asked = keys.map((key: unknown, n) => {
    const items = isObject(key) ? findItem(runs, key) : []
    return { key, items, isDone: !isLeft(n) && !items.some((item) => isOversized(world, item)) }
  })
  const items = asked
    .filter(({ isDone }) => isDone)
    .flatMap((one) => one.items)
    .map((item) => {
      const json = batchItem(item)
      return isDistorted(world, item) ? distorted(world, item, json, 'item') : json
    })
  const unprocessed = JSON.stringify(asked.filter(({ isDone }) => !isDone).map(({ key }) => key))
  return `{"baseConfigurationItems":[${items.join(',')}],"unprocessedResourceKeys":${unprocessed}}`
}

function recorders(call: Call, list: string, describe: (call: Call) => object): string {
  return JSON.stringify({ [list]: call.strike?.hits('recorder_off') ? [] : [describe(call)] })
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

const FRESH_SECONDS = 180

function recorderStatus({ world, slice }: Call): object {
  // Seconds since the epoch, as JSON 1.1 has timestamps.
  const holds = pitfalls(world, slice)
  const failing = holds('recorder_failing')
  return {
    arn: recorderArn(slice.scope, slice.region),
    name: 'default',
    lastStartTime: holds('recorder_fresh') ? world.now() / 1000 - FRESH_SECONDS : 1_700_000_000.5,
    recording: !holds('recorder_stopped'),
    lastStatus: failing ? 'FAILURE' : 'SUCCESS',
    ...(failing && { lastErrorCode: 'AccessDenied', lastErrorMessage: 'The role may not describe the resource' }),
    lastStatusChangeTime: 1_790_000_000.25,
  }
}

function recorded(call: Call, selection: Selection): Selection {
  return call.strike?.hits('recorder_off') ? { runs: [] } : selection
}

// Limit 0 means the default. Source: API reference of SelectResourceConfig.
function limitOf(limit: unknown, fallback: number): number {
  if (limit === undefined || limit === null || limit === 0) return fallback
  if (typeof limit !== 'number' || !Number.isInteger(limit) || limit < 0 || limit > MAX_PAGE) {
    throw new AwsError('InvalidLimitException', `The limit must be between 0 and ${MAX_PAGE}`)
  }
  return limit
}
