import { AwsError } from './error.ts'
import { findItem, wholeItem } from './items.ts'
import { distorted, isDistorted, isNeverGiven, recordedRuns } from './pitfalls.ts'
import { cursorOf, keyOf, textOf, type AwsService, type Call } from './service.ts'
import { capturedAt, NOW } from '../estate/hole.ts'
import { listRows, type Reader } from '../listing.ts'
import type { Item } from '../estate/resource-type.ts'

const CURSORS: Pick<AwsService, 'cursor' | 'badCursor'> = {
  cursor: ({ nextToken }) => textOf(nextToken),
  badCursor: () => new AwsError('InvalidNextTokenException', 'The nextToken provided is invalid'),
}
const WEEK = 7 * 86_400_000
const MAX_PAGE = 100

/**
 * GetResourceConfigHistory, of a resource that has one configuration item. A call looks through seven days, the newest
 * first, and answers with none and a token where the item is older (github.com/boto/boto3/issues/2619).
 */
export function getHistory(call: Call): string {
  const { resourceType, resourceId, limit = 0 } = call.input
  if (!call.slice.types.types.some(({ name }) => name === resourceType)) throw invalid('resourceType')
  if (textOf(resourceId) === null) throw invalid('resourceId')
  if (typeof limit !== 'number' || !Number.isInteger(limit) || limit < 0 || limit > MAX_PAGE) {
    throw new AwsError('InvalidLimitException', `The limit must be between 0 and ${MAX_PAGE}`)
  }
  if (call.strike?.hits('recorder_off')) {
    throw new AwsError('NoAvailableConfigurationRecorderException', 'There is no configuration recorder available.')
  }
  const [item] = findItem(recordedRuns(call.world, call.slice), { resourceType, resourceId })
  if (!item || isNeverGiven(call.world, item)) throw notDiscovered(resourceType, resourceId)
  const key = keyOf(call, `history ${JSON.stringify([resourceType, resourceId])}`)
  const { items, next } = listRows(byWeek(item), key, cursorOf(CURSORS, call, key), 1, call.strike)
  const shown = items.map((one) => shownItem(call, one))
  return `{"configurationItems":[${shown.join(',')}]${next ? `,"nextToken":${JSON.stringify(next)}` : ''}}`
}

function byWeek(item: Item): Reader<Item> {
  const age = Math.floor((NOW - capturedAt(item)) / WEEK)
  return (week) => (week < age ? { items: [], next: week + 1 } : { items: week === age ? [item] : [], next: null })
}

function shownItem({ world }: Call, item: Item): string {
  const json = `${wholeItem(item).slice(0, -1)},"relatedEvents":[],"configurationItemMD5Hash":""}`
  return isDistorted(world, item) ? distorted(world, item, json, 'item') : json
}

function notDiscovered(type: unknown, id: unknown): AwsError {
  const message = `Resource ${String(id)} of resourceType:${String(type)} is unknown or has not been discovered`
  return new AwsError('ResourceNotDiscoveredException', message)
}

function invalid(name: string): AwsError {
  return new AwsError('ValidationException', `Value at '${name}' failed to satisfy constraint`)
}
