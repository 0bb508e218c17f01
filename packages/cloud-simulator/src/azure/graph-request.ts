import { badRequest } from './error.ts'
import { isObject } from '../http.ts'

/** Source: Resource Graph documentation, working with large data sets. */
const MAX_PAGE = 1000

/** Source: the SDK's `KnownAuthorizationScopeFilter`. */
const SCOPE_FILTERS = ['AtScopeAndBelow', 'AtScopeAndAbove', 'AtScopeExact', 'AtScopeAboveAndBelow']

export interface GraphRequest {
  readonly query: string
  readonly subscriptions: readonly string[] | null
  /** Null with no subscriptions either: the whole tenant. */
  readonly managementGroups: readonly string[] | null
  readonly top: number
  readonly skip: number
  readonly skipToken: string | null
  readonly asTable: boolean
}

/** Throws `AzureError` 400 for what Resource Graph would not take. */
export function graphRequest(input: unknown, now: number): GraphRequest {
  if (!isObject(input) || typeof input['query'] !== 'string' || input['query'].trim() === '') {
    throw badRequest(now, 'InvalidQuery', 'Query is invalid. It must not be null or empty.')
  }
  const options = isObject(input['options']) ? input['options'] : {}
  const { $top = MAX_PAGE, $skip = 0, $skipToken, resultFormat = 'objectArray' } = options
  if (typeof $top !== 'number' || !Number.isInteger($top) || $top < 1 || $top > MAX_PAGE) {
    throw badRequest(now, 'InvalidQueryRequestOptions', `$top must be a whole number from 1 to ${MAX_PAGE}`)
  }
  if (typeof $skip !== 'number' || !Number.isInteger($skip) || $skip < 0) {
    throw badRequest(now, 'InvalidQueryRequestOptions', '$skip must be a whole number of at least 0')
  }
  if (resultFormat !== 'objectArray' && resultFormat !== 'table') {
    throw badRequest(now, 'InvalidQueryRequestOptions', 'resultFormat must be objectArray or table')
  }
  const { authorizationScopeFilter: filter } = options
  if (filter !== undefined && !SCOPE_FILTERS.some((known) => known === filter)) {
    throw badRequest(
      now,
      'InvalidQueryRequestOptions',
      `authorizationScopeFilter must be one of ${SCOPE_FILTERS.join()}`,
    )
  }
  const { subscriptions, managementGroups, query } = input
  return {
    query,
    subscriptions: texts(subscriptions),
    managementGroups: texts(managementGroups),
    top: $top,
    skip: $skip,
    skipToken: typeof $skipToken === 'string' && $skipToken !== '' ? $skipToken : null,
    asTable: resultFormat === 'table',
  }
}

function texts(list: unknown): readonly string[] | null {
  return Array.isArray(list) && list.length > 0 ? list.map(String) : null
}

/** The first table and those that are united with it; none where the query makes no sense, which the answer will say. */
export function tablesOf(query: string): readonly string[] {
  return [...query.matchAll(/(?:^|\|\s*union\s*\()\s*(\w+)/g)].map(([, table]) => table!.toLowerCase())
}

export function isSummary(query: string): boolean {
  return /\|\s*(summarize|count)\b/i.test(query)
}
