import { AzureError, badRequest } from './azure-error.ts'
import { COLUMNS, rowWriters, selectRows, summarise } from './azure-rows.ts'
import type { Strike } from './faults.ts'
import { isObject } from './http.ts'
import { KqlError, parseKql, type KqlQuery } from './kql.ts'
import { listArray, listItems } from './listing.ts'
import type { EstateSlice } from './resource-type.ts'
import { countOf, FIRST, readCursor, type Cursor, type Selection } from './selection.ts'
import type { World } from './world.ts'

/** Source: Resource Graph documentation, working with large data sets. */
const MAX_PAGE = 1000
const MAX_ANSWER = 16 * 1024 * 1024

/** Tables that exist in Resource Graph and that the estate has nothing in. */
const EMPTY_TABLES = new Set([
  'advisorresources',
  'alertsmanagementresources',
  'appserviceresources',
  'authorizationresources',
  'computeresources',
  'dnsresources',
  'featureresources',
  'guestconfigurationresources',
  'healthresources',
  'insightsresources',
  'kubernetesconfigurationresources',
  'kustoresources',
  'maintenanceresources',
  'networkresources',
  'patchassessmentresources',
  'patchinstallationresources',
  'policyresources',
  'recoveryservicesresources',
  'resourcechanges',
  'resourcecontainerchanges',
  'securityresources',
  'servicehealthresources',
])
const TABLES = new Set(['resources', 'resourcecontainers', ...EMPTY_TABLES])

export interface GraphRequest {
  readonly query: string
  readonly subscriptions: readonly string[] | null
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
  const { subscriptions, query } = input
  return {
    query,
    subscriptions: Array.isArray(subscriptions) && subscriptions.length > 0 ? subscriptions.map(String) : null,
    top: $top,
    skip: $skip,
    skipToken: typeof $skipToken === 'string' && $skipToken !== '' ? $skipToken : null,
    asTable: resultFormat === 'table',
  }
}

/** Null where the query makes no sense; the answer will say so. */
export function tableOf(query: string): string | null {
  return /^\s*(\w+)/.exec(query)?.[1]?.toLowerCase() ?? null
}

/** The answer's JSON. Throws `AzureError`. */
export function answerQuery(world: World, request: GraphRequest, strike?: Strike): string {
  const now = world.now()
  try {
    const query = parseKql(request.query)
    if (!TABLES.has(query.table)) throw disallowedTable(now, query.table)
    const slices = readable(world, request.subscriptions)
    const selection = selectRows(query, slices)
    const json = query.summarize ? groups(query, selection, request) : rows(query, selection, request, now, strike)
    if (json.length > MAX_ANSWER || strike?.kind === 'too_large') throw tooLarge(now, json.length)
    return json
  } catch (thrown) {
    throw thrown instanceof KqlError ? invalidQuery(thrown) : thrown
  }
}

// Resource Graph leaves out what the principal can't read, and refuses only where nothing is left.
function readable({ estate, faults }: World, wanted: readonly string[] | null): readonly EstateSlice[] {
  const set = wanted && new Set(wanted.map((id) => id.toLowerCase()))
  const slices = estate.tables.azure.filter(
    ({ scope }) =>
      (!set || set.has(scope)) &&
      !faults.holds('denied', 'azure', scope) &&
      !faults.holds('region_disabled', 'azure', scope),
  )
  if (slices.length > 0) return slices
  throw new AzureError(
    403,
    'AuthorizationFailed',
    "The client does not have authorization to perform action 'Microsoft.ResourceGraph/resources/read' over the given scopes, or the scopes are invalid. If access was recently granted, please refresh your credentials.",
  )
}

function rows(
  query: KqlQuery,
  selection: Selection,
  request: GraphRequest,
  now: number,
  strike: Strike | undefined,
): string {
  const columns = query.project ?? COLUMNS
  const writers = rowWriters(columns, request.asTable)
  const key = `${request.query} ${request.subscriptions?.join() ?? ''}`
  const cursor = cursorOf(request, key, now)
  const total = totalOf(key, selection)
  const limit = Math.min(request.top, query.take ?? Infinity)
  const { items, next } = listItems(selection, key, cursor, limit, strike)
  // Source: paging needs the id among the columns and no limit in the query.
  const token = query.take === null && columns.includes('id') ? next : null
  const data = `[${items.map((item) => writers[item.type]!(item)).join(',')}]`
  return answer({
    total: query.take === null ? total : Math.min(total, query.take),
    count: items.length,
    truncated: next !== null && token === null,
    token,
    data: request.asTable ? table(columns, data) : data,
  })
}

function groups(query: KqlQuery, selection: Selection, request: GraphRequest): string {
  const { as, by } = query.summarize!
  const all = summarise(selection, { as, by })
  const { items } = listArray(all, '', FIRST, request.top)
  const columns = [...by, as]
  const data = request.asTable
    ? table(columns, JSON.stringify(items.map((row) => columns.map((column) => row[column]))))
    : JSON.stringify(items)
  return answer({ total: all.length, count: items.length, truncated: items.length < all.length, token: null, data })
}

function answer(parts: {
  total: number
  count: number
  truncated: boolean
  token: string | null
  data: string
}): string {
  const { total, count, truncated, token, data } = parts
  const next = token === null ? '' : `,"$skipToken":"${token}"`
  return `{"totalRecords":${total},"count":${count},"data":${data},"facets":[],"resultTruncated":"${truncated}"${next}}`
}

const DYNAMIC = new Set(['sku', 'plan', 'properties', 'tags', 'identity', 'zones', 'extendedLocation'])

function table(columns: readonly string[], rowsJson: string): string {
  const described = columns.map((name) => ({
    name,
    type: DYNAMIC.has(name) ? 'object' : name.toLowerCase().startsWith('count') ? 'integer' : 'string',
  }))
  return `{"columns":${JSON.stringify(described)},"rows":${rowsJson}}`
}

function cursorOf({ skipToken, skip }: GraphRequest, key: string, now: number): Cursor {
  if (skipToken === null) return skip === 0 ? FIRST : { position: skip, page: 1 }
  const cursor = readCursor(key, skipToken)
  if (cursor) return cursor
  throw badRequest(now, 'InvalidSkipToken', 'The provided $skipToken is invalid or does not belong to the query.')
}

const totals = new WeakMap<EstateSlice, Map<string, number>>()
const MAX_TOTALS = 500

/** Counting what needs a test of each resource is slow, and every page asks for it. */
function totalOf(key: string, selection: Selection): number {
  const first = selection.runs[0]?.slice
  if (!selection.accepts || !first) return countOf(selection)
  let known = totals.get(first)
  if (!known || known.size > MAX_TOTALS) totals.set(first, (known = new Map()))
  let total = known.get(key)
  if (total === undefined) known.set(key, (total = countOf(selection)))
  return total
}

function disallowedTable(now: number, name: string): AzureError {
  return badRequest(now, 'DisallowedLogicalTableName', `Table ${name} is invalid, unsupported or disallowed.`)
}

function invalidQuery({ position, token, message }: KqlError): AzureError {
  return new AzureError(400, 'InvalidQuery', 'Query validation error', [
    { code: 'ParserFailure', line: 1, characterPositionInLine: position, token, message },
  ])
}

function tooLarge(now: number, size: number): AzureError {
  const bytes = Math.max(size, MAX_ANSWER + 1)
  return badRequest(
    now,
    'ResponsePayloadTooLarge',
    `Response payload size is ${bytes}, and has exceeded the limit of ${MAX_ANSWER}. Please consider querying less data at a time and make paginated call if needed.`,
  )
}
