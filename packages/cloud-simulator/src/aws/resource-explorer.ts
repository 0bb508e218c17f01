import { AwsError } from './error.ts'
import { EMPTY_TYPES, OTHER_NAMES } from './names.ts'
import { cursorOf, keyOf, pageSize, textOf, type AwsService, type Call } from './service.ts'
import { tagsJson } from './tagging.ts'
import { TYPES } from '../estate/estate.ts'
import { hashText, uuid } from '../estate/hash.ts'
import { textTemplate } from '../estate/hole.ts'
import { isObject } from '../http.ts'
import { listArray, listItems } from '../listing.ts'
import type { EstateSlice, Item } from '../estate/resource-type.ts'
import { countOf, runsOf, type Selection } from '../estate/selection.ts'

/** Resource Explorer, REST JSON. Each region has an index of its own, the home region's holds what is global. */
export const RESOURCE_EXPLORER: AwsService = {
  name: 'resource-explorer-2',
  signedAs: 'resource-explorer-2',
  contentType: 'application/json',
  operations: {
    GetIndex: getIndex,
    GetDefaultView: ({ world, slice }) => JSON.stringify(hasIndex(world, slice) ? { ViewArn: viewArn(slice) } : {}),
    ListViews: ({ world, slice }) => JSON.stringify({ Views: hasIndex(world, slice) ? [viewArn(slice)] : [] }),
    GetView: getView,
    ListSupportedResourceTypes: listSupported,
    ListResources: listResources,
    Search: search,
  },
  faults: [],
  cursor: ({ NextToken }) => textOf(NextToken),
  badCursor: () => invalid('The NextToken is invalid or has expired.'),
  throttled: () => new AwsError('ThrottlingException', 'Rate exceeded', 429),
}

/** With a page this large ListResources gives no token. */
const MAX_PAGE = 1000
const DEFAULT_PAGE = 100
/** Search finds no more. */
const MAX_FOUND = 1000
const FILTERED = 'service:ec2'

const ARN = textTemplate('{{arn}}')
const CAPTURED = textTemplate('{{time captured}}')

function hasIndex({ faults }: Call['world'], { scope, region }: EstateSlice): boolean {
  return !faults.holds('index_off', 'aws', scope, region)
}

function isFiltered({ world: { faults }, slice: { scope, region } }: Call): boolean {
  return faults.holds('view_filtered', 'aws', scope, region)
}

function viewArn({ scope, region }: EstateSlice): string {
  return `arn:aws:resource-explorer-2:${region}:${scope}:view/all/${uuid(hashText(`view ${scope} ${region}`))}`
}

function getIndex({ world, slice }: Call): string {
  const { scope, region } = slice
  if (!hasIndex(world, slice)) throw new AwsError('ResourceNotFoundException', 'Index not found', 404)
  return JSON.stringify({
    Arn: `arn:aws:resource-explorer-2:${region}:${scope}:index/${uuid(hashText(`index ${scope} ${region}`))}`,
    Type: 'LOCAL',
    State: 'ACTIVE',
    ReplicatingFrom: [],
    ReplicatingTo: [],
    CreatedAt: '2026-01-01T00:00:00.000Z',
    LastUpdatedAt: '2026-01-01T00:00:00.000Z',
    Tags: {},
  })
}

function getView(call: Call): string {
  requireView(call, true)
  const { scope } = call.slice
  return JSON.stringify({
    View: {
      ViewArn: viewArn(call.slice),
      Owner: scope,
      LastUpdatedAt: '2026-01-01T00:00:00.000Z',
      Scope: `arn:aws:iam::${scope}:root`,
      IncludedProperties: [{ Name: 'tags' }],
      Filters: { FilterString: isFiltered(call) ? FILTERED : '' },
    },
    Tags: {},
  })
}

function requireView({ world, slice, input: { ViewArn } }: Call, named = false): void {
  if (hasIndex(world, slice) && (ViewArn === viewArn(slice) || (!named && ViewArn === undefined))) return
  throw new AwsError('UnauthorizedException', 'Unauthorized', 401)
}

/** Whether Resource Explorer knows the type. */
function isIndexed({ world: { faults }, slice: { scope, region } }: Call, type: number): boolean {
  return !faults.holds('unindexed', 'aws', scope, region, TYPES.aws.types[type]!.name)
}

function listSupported(call: Call): string {
  const all = TYPES.aws.types.flatMap(({ alias, name }, type) => {
    if (!isIndexed(call, type)) return []
    const { explorer, identifier, cloudFormation = name } = OTHER_NAMES[alias]!
    return [supported(explorer, identifier ? [cloudFormation] : [])]
  })
  const empty = [...EMPTY_TYPES].map((name) => supported(explorerNameOf(name), [name]))
  const key = keyOf(call, 'supported types')
  const limit = pageSize(call.input['MaxResults'], DEFAULT_PAGE, MAX_PAGE, invalid)
  const { items, next } = listArray([...all, ...empty], key, cursorOf(RESOURCE_EXPLORER, call, key), limit, call.strike)
  return JSON.stringify({ ResourceTypes: items, ...(next && { NextToken: next }) })
}

// `AWS::StepFunctions::StateMachine` is something like `stepfunctions:statemachine`.
function explorerNameOf(cloudFormation: string): string {
  return cloudFormation.split('::').slice(1).join(':').toLowerCase()
}

function supported(name: string, cloudFormation: readonly string[]): object {
  return { Service: name.split(':')[0], ResourceType: name, CFNResourceTypes: cloudFormation }
}

function listResources(call: Call): string {
  requireView(call)
  const { Filters, MaxResults } = call.input
  const query = isObject(Filters) ? (textOf(Filters['FilterString']) ?? '') : ''
  const asked = pageSize(MaxResults, DEFAULT_PAGE, MAX_PAGE, invalid)
  const limit = Math.min(asked, call.world.mostPerPage)
  const key = keyOf(call, `explorer ${query}`)
  const cursor = cursorOf(RESOURCE_EXPLORER, call, key)
  const { items, next } = listItems(selection(call, query), key, cursor, limit, call.strike)
  const token = next === null || asked === MAX_PAGE ? '' : `,"NextToken":"${next}"`
  return `{"Resources":[${items.map(resource).join(',')}],"ViewArn":"${viewArn(call.slice)}"${token}}`
}

function search(call: Call): string {
  requireView(call)
  const { QueryString, MaxResults } = call.input
  if (typeof QueryString !== 'string') throw invalid('QueryString is required')
  const limit = pageSize(MaxResults, DEFAULT_PAGE, MAX_PAGE, invalid)
  const key = keyOf(call, `search ${QueryString}`)
  const found = selection(call, QueryString)
  const cursor = cursorOf(RESOURCE_EXPLORER, call, key)
  const size = Math.min(limit, MAX_FOUND - cursor.position)
  const { items, next } = listItems(found, key, cursor, size, call.strike)
  const total = countOf(found)
  const more = next !== null && cursor.position + size < MAX_FOUND
  const count = `{"TotalResources":${Math.min(total, MAX_FOUND)},"Complete":${total <= MAX_FOUND}}`
  const token = more ? `,"NextToken":"${next}"` : ''
  return `{"Resources":[${items.map(resource).join(',')}],"ViewArn":"${viewArn(call.slice)}","Count":${count}${token}}`
}

// Filters side by side must all hold; those that the simulator does not know are refused.
function selection(call: Call, query: string): Selection {
  const filters = [query, isFiltered(call) ? FILTERED : ''].join(' ').split(/\s+/).filter(Boolean)
  const tests = filters.map((filter) => testOf(filter))
  const isFound = (slice: EstateSlice, type: number) =>
    tests.every((test) => test(slice, type)) && isIndexed(call, type)
  return { runs: runsOf([call.slice], isFound) }
}

function testOf(filter: string): (slice: EstateSlice, type: number) => boolean {
  const [name, ...rest] = filter.toLowerCase().split(':')
  const value = rest.join(':')
  if (name === 'region') return (slice, type) => regionOf(slice, type) === value
  if (name === 'resourcetype') return (_, type) => explorerName(type).toLowerCase() === value
  if (name === 'service') return (_, type) => explorerName(type).split(':')[0] === value
  throw invalid(`The filter ${filter} is not supported`)
}

function explorerName(type: number): string {
  return OTHER_NAMES[TYPES.aws.types[type]!.alias]!.explorer
}

function regionOf({ region }: EstateSlice, type: number): string {
  return TYPES.aws.types[type]!.global ? 'global' : region
}

function resource(item: Item): string {
  const { slice, type } = item
  const { alias, name } = TYPES.aws.types[type]!
  const { explorer, identifier, cloudFormation = name } = OTHER_NAMES[alias]!
  const cfn = identifier ? `"CfnResourceType":"${cloudFormation}",` : ''
  const at = CAPTURED(item)
  const properties = `[{"Name":"tags","LastReportedAt":"${at}","Data":${tagsJson(item)}}]`
  return `{"Arn":"${ARN(item)}","OwningAccountId":"${slice.scope}","Region":"${regionOf(slice, type)}","ResourceType":"${explorer}","Service":"${explorer.split(':')[0]}",${cfn}"LastReportedAt":"${at}","Properties":${properties}}`
}

function invalid(message: string): AwsError {
  return new AwsError('ValidationException', message)
}
