import { AwsError } from './error.ts'
import { batchItem, findItem, wholeItem } from './items.ts'
import {
  discoveredCounts,
  discoveredRuns,
  distorted,
  isDistorted,
  isNeverGiven,
  isOversized,
  pitfalls,
  queriedRuns,
} from './pitfalls.ts'
import { answerQuery } from './query.ts'
import { cursorOf, keyOf, pageSize, textOf, type AwsService, type Call, type Operation } from './service.ts'
import { textTemplate } from '../estate/hole.ts'
import { isObject } from '../http.ts'
import { listArray, listItems } from '../listing.ts'
import type { EstateSlice, Item } from '../estate/resource-type.ts'
import type { AwsAggregatorOptions, World } from '../world.ts'

/** The aggregator that is always there: in every region of the management account, over all accounts and regions. */
export const AGGREGATOR = 'organization'

/** What aggregates. Each region's recorder reports on its own, so a global type that two of them record is there twice. */
export const AGGREGATOR_OPERATIONS: Readonly<Record<string, Operation>> = {
  DescribeConfigurationAggregators: describeAggregators,
  DescribeConfigurationAggregatorSourcesStatus: describeSources,
  SelectAggregateResourceConfig: selectAggregate,
  GetAggregateDiscoveredResourceCounts: countAggregate,
  ListAggregateDiscoveredResources: listAggregate,
  BatchGetAggregateResourceConfig: getAggregateBatch,
  GetAggregateResourceConfig: getAggregate,
}

const CURSORS: Pick<AwsService, 'cursor' | 'badCursor'> = {
  cursor: ({ NextToken }) => textOf(NextToken),
  badCursor: () => new AwsError('InvalidNextTokenException', 'The nextToken provided is invalid'),
}
const MAX_PAGE = 100
const MAX_COUNTS = 1000
const DEFAULT_ROWS = 25
const DEFAULT_GROUPS = 500

function describeAggregators(call: Call): string {
  if (!isThere(call)) return JSON.stringify({ ConfigurationAggregators: [] })
  const RoleArn = `arn:aws:iam::${call.slice.scope}:role/aws-config-aggregator`
  const organization = { OrganizationAggregationSource: { RoleArn, AllAwsRegions: true } }
  const others = call.world.awsAggregators.map(({ name, accounts, regions, organization: isOrganization }) => {
    const from = regions ? { AwsRegions: regions } : { AllAwsRegions: true }
    if (isOrganization) return describe(call, name, { OrganizationAggregationSource: { RoleArn, ...from } })
    return describe(call, name, { AccountAggregationSources: [{ AccountIds: idsOf(call, accounts), ...from }] })
  })
  return JSON.stringify({ ConfigurationAggregators: [describe(call, AGGREGATOR, organization), ...others] })
}

function describe({ slice }: Call, name: string, sources: object): object {
  const { scope, region } = slice
  return {
    ConfigurationAggregatorName: name,
    ConfigurationAggregatorArn: `arn:aws:config:${region}:${scope}:config-aggregator/config-aggregator-${name}`,
    ...sources,
    CreationTime: 1_700_000_000.5,
  }
}

function describeSources(call: Call): string {
  requireAggregator(call)
  const all = namedIn(call)?.organization ? organizationStatus(call) : accountStatus(call)
  const { items, next } = paged(call, 'sources', all, 'Limit', MAX_PAGE, MAX_PAGE)
  return JSON.stringify({ AggregatedSourceStatusList: items, ...(next && { NextToken: next }) })
}

function accountStatus(call: Call): object[] {
  return configured(call).map((source) => sourceStatus(call.world, source))
}

function organizationStatus(call: Call): object[] {
  const regions = [...new Set(configured(call).map(({ region }) => region))]
  const status = { SourceId: 'Organization', SourceType: 'ORGANIZATION', LastUpdateStatus: 'SUCCEEDED' }
  return regions.map((AwsRegion) => ({ ...status, AwsRegion }))
}

const HOUR = 3600

function sourceStatus(world: World, source: EstateSlice): object {
  const holds = pitfalls(world, source)
  const failed = holds('source_failed')
  const outdated = holds('source_outdated')
  return {
    SourceId: source.scope,
    SourceType: 'ACCOUNT',
    AwsRegion: source.region,
    LastUpdateStatus: failed ? 'FAILED' : outdated ? 'OUTDATED' : 'SUCCEEDED',
    LastUpdateTime: Math.floor(world.now() / 1000) - (failed || outdated ? 48 * HOUR : HOUR),
    ...(failed && {
      LastErrorCode: 'ACCESS_DENIED',
      LastErrorMessage: 'The source account has not authorized the aggregator account',
    }),
  }
}

/** The accounts and regions that the aggregator is to collect from. */
function configured(call: Call): readonly EstateSlice[] {
  const { world } = call
  const all = world.estate.tables.aws
  const named = namedIn(call)
  if (!named) return all
  const ids = idsOf({ world }, named.accounts)
  const { regions } = named
  return all.filter(({ scope, region }) => ids.includes(scope) && (!regions || regions.includes(region)))
}

/** Undefined of the one that is always there. */
function namedIn({ world, input }: Call): AwsAggregatorOptions | undefined {
  return world.awsAggregators.find(({ name }) => name === input['ConfigurationAggregatorName'])
}

function idsOf({ world }: Pick<Call, 'world'>, accounts: readonly number[]): string[] {
  return accounts.map((n) => world.estate.awsAccounts[n]!)
}

/** What it could collect: nothing of sources that failed. */
function collected(call: Call): EstateSlice[] {
  return configured(call).filter((source) => !pitfalls(call.world, source)('source_failed'))
}

function selectAggregate(call: Call): string {
  requireAggregator(call)
  const groups = /\bgroup\s+by\b/i.test(String(call.input['Expression']))
  const size = call.input['Limit'] || call.input['MaxResults'] || undefined
  const limit = pageSize(size, groups ? DEFAULT_GROUPS : DEFAULT_ROWS, groups ? DEFAULT_GROUPS : MAX_PAGE, invalidLimit)
  const runs = collected(call).flatMap((source) => queriedRuns(call.world, source))
  return answerQuery(CURSORS, call, runs, limit)
}

const GROUPS: Readonly<Record<string, (source: EstateSlice, type: string) => string>> = {
  ACCOUNT_ID: ({ scope }) => scope,
  AWS_REGION: ({ region }) => region,
  RESOURCE_TYPE: (_, type) => type,
}

function countAggregate(call: Call): string {
  requireAggregator(call)
  const { Filters, GroupByKey } = call.input
  const groupOf = typeof GroupByKey === 'string' ? GROUPS[GroupByKey] : undefined
  if (GroupByKey !== undefined && !groupOf) throw validation(`Value at 'groupByKey'`)
  const counts = new Map<string, number>()
  let total = 0
  for (const source of sources(call, Filters)) {
    for (const [type, count] of discoveredCounts(call.world, source)) {
      if (!fits(Filters, 'ResourceType', type)) continue
      total += count
      const name = groupOf?.(source, type)
      if (name !== undefined) counts.set(name, (counts.get(name) ?? 0) + count)
    }
  }
  const all = [...counts].map(([GroupName, ResourceCount]) => ({ GroupName, ResourceCount }))
  const question = `counts ${JSON.stringify([Filters, GroupByKey])}`
  const { items, next } = paged(call, question, all, 'Limit', MAX_COUNTS, MAX_COUNTS)
  return JSON.stringify({
    TotalDiscoveredResources: total,
    ...(groupOf && { GroupByKey, GroupedResourceCounts: items }),
    ...(next && { NextToken: next }),
  })
}

const ID = textTemplate('{{id}}')
const NAME = textTemplate('{{name}}')

function listAggregate(call: Call): string {
  requireAggregator(call)
  const { ResourceType, Filters, Limit } = call.input
  const runs = sources(call, Filters).flatMap((source) =>
    discoveredRuns(call.world, source)
      .filter(({ slice, type }) => slice.types.types[type]!.name === ResourceType)
      .map((run) => ({ ...run, source })),
  )
  const regions = new Map(runs.map((run) => [`${run.slice.scope} ${run.slice.region}`, run.source.region]))
  const key = keyOf(call, `list ${JSON.stringify([ResourceType, Filters])}`)
  const limit = pageSize(Limit || undefined, MAX_PAGE, MAX_PAGE, invalidLimit)
  const { items, next } = listItems({ runs }, key, cursorOf(CURSORS, call, key), limit, call.strike)
  const ResourceIdentifiers = items.map((item) => ({
    SourceAccountId: item.slice.scope,
    SourceRegion: regions.get(`${item.slice.scope} ${item.slice.region}`),
    ResourceId: ID(item),
    ResourceName: NAME(item),
    ResourceType,
  }))
  return JSON.stringify({ ResourceIdentifiers, ...(next && { NextToken: next }) })
}

function getAggregateBatch(call: Call): string {
  requireAggregator(call)
  const keys = call.input['ResourceIdentifiers']
  if (!Array.isArray(keys) || keys.length < 1 || keys.length > MAX_PAGE) {
    throw validation(`Value at 'resourceIdentifiers' failed: Member must have length between 1 and ${MAX_PAGE}`)
  }
  const isLeft = keys.length > 1 && call.strike?.hits('unprocessed_keys') ? (n: number) => n % 2 === 1 : () => false
  const asked = keys.map((key: unknown, n) => ({ key, items: found(call, key), isLeft: isLeft(n) }))
  const isDone = (one: (typeof asked)[number]) =>
    !one.isLeft && !one.items.some((item) => isOversized(call.world, item))
  const items = asked.filter(isDone).flatMap((one) => one.items.map((item) => shown(call, item, batchItem(item))))
  const left = JSON.stringify(asked.filter((one) => !isDone(one)).map(({ key }) => key))
  return `{"BaseConfigurationItems":[${items.join(',')}],"UnprocessedResourceIdentifiers":${left}}`
}

function getAggregate(call: Call): string {
  requireAggregator(call)
  const [item] = found(call, call.input['ResourceIdentifier'])
  if (!item) throw new AwsError('ResourceNotDiscoveredException', 'The resource is unknown or has not been discovered.')
  if (isNeverGiven(call.world, item)) {
    throw new AwsError(
      'OversizedConfigurationItemException',
      'The configuration item size is outside the allowable range.',
    )
  }
  return `{"ConfigurationItem":${shown(call, item, wholeItem(item))}}`
}

function found(call: Call, key: unknown): Item[] {
  if (!isObject(key)) return []
  const { SourceAccountId, SourceRegion, ResourceId, ResourceType } = key
  const source = collected(call).find(({ scope, region }) => scope === SourceAccountId && region === SourceRegion)
  const runs = source ? discoveredRuns(call.world, source) : []
  return findItem(runs, { resourceType: ResourceType, resourceId: ResourceId })
}

function shown({ world }: Call, item: Item, json: string): string {
  return isDistorted(world, item) ? distorted(world, item, json, 'item') : json
}

function sources(call: Call, filters: unknown): EstateSlice[] {
  return collected(call).filter(
    ({ scope, region }) => fits(filters, 'AccountId', scope) && fits(filters, 'Region', region),
  )
}

function fits(filters: unknown, name: string, value: string): boolean {
  const wanted = isObject(filters) ? filters[name] : undefined
  return wanted === undefined || wanted === value
}

function paged<T>(call: Call, question: string, all: readonly T[], size: string, fallback: number, max: number) {
  const key = keyOf(call, question)
  const limit = pageSize(call.input[size] || undefined, fallback, max, invalidLimit)
  return listArray(all, key, cursorOf(CURSORS, call, key), limit, call.strike)
}

function isThere({ world, slice }: Call): boolean {
  return slice.scope === world.estate.awsAccounts[0]
}

function requireAggregator(call: Call): void {
  const names = [AGGREGATOR, ...call.world.awsAggregators.map(({ name }) => name)]
  if (isThere(call) && names.includes(String(call.input['ConfigurationAggregatorName']))) return
  throw new AwsError('NoSuchConfigurationAggregatorException', 'The configuration aggregator does not exist.')
}

function validation(what: string): AwsError {
  return new AwsError('ValidationException', `${what} failed to satisfy constraint`)
}

function invalidLimit(message: string): AwsError {
  return new AwsError('InvalidLimitException', message)
}
