import { AzureError, badRequest } from './azure-error.ts'
import { groupTree, managementGroups, type ManagementGroup } from './azure-groups.ts'
import { COLUMNS, rowWriters, selectRows } from './azure-rows.ts'
import { summarise } from './azure-summary.ts'
import { TYPES } from './estate.ts'
import type { Strike } from './faults.ts'
import type { GraphRequest } from './graph-request.ts'
import { KqlError, parseKql, type KqlQuery } from './kql.ts'
import { listArray, listItems } from './listing.ts'
import type { EstateSlice, Item } from './resource-type.ts'
import { countOf, FIRST, readCursor, type Cursor, type Selection } from './selection.ts'
import type { World } from './world.ts'

/** Source: Resource Graph documentation, working with large data sets. */
const MAX_ANSWER = 16 * 1024 * 1024

/** Source: Resource Graph documentation, query language: the first 10,000 subscriptions, and a header that says so. */
const MAX_SUBSCRIPTIONS = 10_000

/** Tables that exist in Resource Graph and that the estate has nothing in. */
const EMPTY_TABLES = [
  'aksresources',
  'alertsmanagementresources',
  'awsresources',
  'azurebusinesscontinuityresources',
  'batchresources',
  'chaosresources',
  'deploymentresources',
  'desktopvirtualizationresources',
  'edgeorderresources',
  'elasticsanresources',
  'extendedlocationresources',
  'featureresources',
  'guestconfigurationresources',
  'healthresources',
  'insightsresources',
  'iotsecurityresources',
  'kustoresources',
  'maintenanceresources',
  'managedservicesresources',
  'migrateresources',
  'orbitalresources',
  'patchassessmentresources',
  'patchinstallationresources',
  'resourcechanges',
  'resourcecontainerchanges',
  'servicefabricresources',
  'servicehealthresources',
  'supportresources',
  'tagsresources',
]
const TABLES = new Set([...TYPES.azure.types.map(({ table }) => table!), ...EMPTY_TABLES])

export interface GraphAnswer {
  readonly json: string
  /** Some subscriptions were left out, since one query does not take so many. */
  readonly limitHit: boolean
}

/** Throws `AzureError`. */
export function answerQuery(world: World, request: GraphRequest, strike?: Strike): GraphAnswer {
  const now = world.now()
  try {
    const query = parseKql(request.query)
    const legs = [query, ...query.union]
    if (query.union.length > 0 && strike?.hits('union_refused')) throw new KqlError(0, 'union')
    const unknown = legs.find(({ table }) => !TABLES.has(table) || strike?.hits('table_unknown'))
    if (unknown) throw disallowedTable(now, unknown.table)
    const { slices, limitHit } = inScope(world, request)
    const hidden = slices.filter(({ scope }) => scope !== '' && world.faults.holds('hidden_rows', 'azure', scope))
    const select = (leg: KqlQuery) => withoutHidden(selectRows(leg, slices), new Set(hidden))
    const seen = `${slices.length} ${hidden.map(({ scope }) => scope).join()}`
    const isHeavy = ({ slice }: Item) => world.faults.holds('heavy_rows', 'azure', slice.scope, undefined, query.table)
    const json = query.summarize
      ? groups(legs, select, request)
      : rows(query, select(query), request, seen, now, isHeavy, strike)
    if (json.length > MAX_ANSWER || strike?.hits('too_large')) throw tooLarge(now, json.length)
    return { json, limitHit }
  } catch (thrown) {
    throw thrown instanceof KqlError ? invalidQuery(thrown) : thrown
  }
}

/** Resource Graph leaves out what the principal can't read, and refuses only where nothing is left. */
function inScope(world: World, request: GraphRequest): { slices: readonly EstateSlice[]; limitHit: boolean } {
  const { estate, faults } = world
  const trees = groupsInScope(world, request)
  const wanted = request.subscriptions ?? (trees ? trees.flatMap((group) => group.subscriptions) : null)
  const set = wanted && new Set(wanted.map((id) => id.toLowerCase()))
  const readable = estate.tables.azure.filter(
    ({ scope }) =>
      (!set || set.has(scope)) &&
      !faults.holds('denied', 'azure', scope) &&
      !faults.holds('region_disabled', 'azure', scope) &&
      !faults.holds('new_subscription', 'azure', scope),
  )
  if (readable.length === 0) throw forbidden()
  const scopes = readable.map(({ scope }) => scope)
  const isWide = !request.subscriptions && faults.holds('subscription_limit', 'azure', scopes)
  const limit = isWide ? Math.ceil(readable.length / 2) : MAX_SUBSCRIPTIONS
  const groups = request.subscriptions ? groupsAbove(world, scopes) : (trees ?? managementGroups(estate))
  const above = groups.filter(({ name }) => !faults.holds('denied', 'azure', name))
  return {
    slices: [...readable.slice(0, limit), ...above.map(({ slice }) => slice)],
    limitHit: readable.length > limit,
  }
}

function groupsAbove({ estate, faults }: World, scopes: readonly string[]): readonly ManagementGroup[] {
  return faults.holds('rows_above', 'azure', scopes) ? managementGroups(estate) : []
}

function groupsInScope({ estate, faults }: World, request: GraphRequest): readonly ManagementGroup[] | null {
  if (request.subscriptions || !request.managementGroups) return null
  const trees = request.managementGroups.map((name) =>
    faults.holds('denied', 'azure', name) ? undefined : groupTree(estate, name),
  )
  if (trees.every((tree) => tree === undefined)) throw forbidden()
  return [...new Set(trees.flatMap((tree) => tree ?? []))]
}

function withoutHidden({ runs, accepts }: Selection, hidden: ReadonlySet<EstateSlice>): Selection {
  if (hidden.size === 0) return { runs, ...(accepts && { accepts }) }
  const isSeen = ({ slice, hash }: Item) => !hidden.has(slice) || hash % 2 === 0
  return { runs, accepts: (item) => isSeen(item) && (!accepts || accepts(item)) }
}

function forbidden(): AzureError {
  return new AzureError(
    403,
    'AuthorizationFailed',
    "The client does not have authorization to perform action 'Microsoft.ResourceGraph/resources/read' over the given scopes, or the scopes are invalid. If access was recently granted, please refresh your credentials.",
  )
}

function rows(
  query: KqlQuery,
  selection: Selection,
  request: GraphRequest,
  seen: string,
  now: number,
  isHeavy: (item: Item) => boolean,
  strike: Strike | undefined,
): string {
  const columns = query.project ?? COLUMNS
  const writers = rowWriters(columns, request.asTable)
  const key = `${request.query} ${request.subscriptions?.join() ?? ''} ${request.managementGroups?.join() ?? ''}`
  const cursor = cursorOf(request, key, now)
  const total = totalOf(`${key} ${seen}`, selection)
  const limit = Math.min(request.top, query.take ?? Infinity)
  const { items, next } = listItems(selection, key, cursor, limit, strike)
  // Source: paging needs the id among the columns and no limit in the query.
  const pages = query.take === null && columns.includes('id') && strike?.kind !== 'no_skip_token'
  const token = pages ? next : null
  const write = (item: Item) => (isHeavy(item) ? heavy(writers[item.type]!(item)) : writers[item.type]!(item))
  const data = `[${items.map(write).join(',')}]`
  return answer({
    total: query.take === null ? total : Math.min(total, query.take),
    count: items.length,
    truncated: next !== null && token === null,
    token,
    data: request.asTable ? table(columns, data) : data,
  })
}

const BALLAST = `"properties":{"ballast":"${'x'.repeat(32 * 1024)}",`

function heavy(row: string): string {
  return row.replace('"properties":{', BALLAST)
}

function groups(legs: readonly KqlQuery[], select: (leg: KqlQuery) => Selection, request: GraphRequest): string {
  const all = legs.flatMap((leg) => summarised(leg, select(leg)))
  const { items } = listArray(all, '', FIRST, request.top)
  const columns = [...new Set(legs.flatMap(columnsOf))]
  const data = request.asTable
    ? table(columns, JSON.stringify(items.map((row) => columns.map((column) => row[column] ?? null))))
    : JSON.stringify(items)
  return answer({ total: all.length, count: items.length, truncated: items.length < all.length, token: null, data })
}

function summarised({ summarize, extend }: KqlQuery, selection: Selection) {
  if (!summarize) throw new KqlError(0, 'union', 'Only what is summarized can be united here')
  return summarise(selection, summarize).map((row) => ({ ...row, ...extend }))
}

function columnsOf({ summarize, extend }: KqlQuery): string[] {
  return summarize ? [...summarize.by.map((group) => group.as), summarize.as, ...Object.keys(extend)] : []
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
