import {
  DescribeConfigurationAggregatorsCommand,
  DescribeConfigurationAggregatorSourcesStatusCommand,
  GetAggregateDiscoveredResourceCountsCommand,
  SelectAggregateResourceConfigCommand,
  type AggregatedSourceStatus,
  type ConfigurationAggregator,
  type ResourceCountFilters,
  type ResourceCountGroupKey,
} from '@aws-sdk/client-config-service'
import { ExtractionError, type Context } from '@cae/core'
import type { Call } from './client/call.ts'
import type { Place } from './client/client.ts'
import { countOf, PAGE_SIZE, wholeCounts, type Counts } from './query/counts.ts'
import { everyPage } from './client/every-page.ts'
import { selectCount, selectCountBy, type Condition } from './query/expression.ts'
import type { AwsAggregator, AwsOptions } from './options.ts'
import { parseRow } from './query/parse-row.ts'

/** The most groups that GetAggregateDiscoveredResourceCounts gives in a page. */
const GROUPS_PAGE = 1000

/** Throws `SETTINGS_MISSING` for an aggregator that the settings do not have. */
export function aggregatorNamed({ aggregators = [] }: AwsOptions, name: string): AwsAggregator {
  const aggregator = aggregators.find((one) => one.name === name)
  if (aggregator) return aggregator
  throw new ExtractionError('SETTINGS_MISSING', `aws.aggregators has no ${name}`)
}

export function placeOf({ account_id, region, role_arn, external_id }: AwsAggregator): Place {
  const account = { account_id, regions: [region], ...(role_arn && { role_arn }), ...(external_id && { external_id }) }
  return { account, region }
}

/** An aggregator, asked. */
export interface Aggregate {
  select(expression: string, token: string | null): Promise<{ rows: string[]; next: string | null }>
  /** All rows of a query that has few. */
  everyRow(expression: string): Promise<string[]>
  /** Groups of what queries can read, each a row of the columns with its count. */
  countBy(columns: readonly string[], condition: Condition): Promise<readonly Record<string, unknown>[]>
  count(condition: Condition): Promise<number>
  /** What the recorders of the accounts have discovered. */
  discovered(by: ResourceCountGroupKey, filters: ResourceCountFilters): Promise<Counts>
  /** What became of collecting from each account and region. */
  sources(): Promise<readonly AggregatedSourceStatus[]>
  /** What it is told to collect. */
  described(): Promise<ConfigurationAggregator>
}

export function aggregate(call: Call, { name, ...where }: AwsAggregator, context: Context): Aggregate {
  const place = placeOf({ name, ...where })
  const ConfigurationAggregatorName = name
  const select = async (Expression: string, token: string | null | undefined, Limit: number) => {
    const answer = await call('SelectAggregateResourceConfig', place, context, (client, options) => {
      const input = { ConfigurationAggregatorName, Expression, Limit, ...(token && { NextToken: token }) }
      return client.send(new SelectAggregateResourceConfigCommand(input), options)
    })
    if (!answer.Results) throw new ExtractionError('RESPONSE_INVALID', 'AWS Config answered a query without Results')
    return { items: answer.Results, next: answer.NextToken || undefined }
  }
  const everyRow = (expression: string) => everyPage((token) => select(expression, token, PAGE_SIZE))
  return {
    everyRow,
    select: async (expression, token) => {
      const { items, next = null } = await select(expression, token, PAGE_SIZE)
      return { rows: items, next }
    },
    countBy: async (columns, condition) => {
      const rows = await everyRow(selectCountBy(columns, condition))
      return rows.map(parseRow)
    },
    count: async (condition) => {
      const { items } = await select(selectCount(condition), null, PAGE_SIZE)
      return countOf(parseRow(items[0] ?? '{}'))
    },
    discovered: async (GroupByKey, Filters) => {
      let total = 0
      const groups = await everyPage(async (NextToken) => {
        const answer = await call('GetAggregateDiscoveredResourceCounts', place, context, (client, options) => {
          const filters = Object.keys(Filters).length > 0 ? { Filters } : {}
          const input = { ConfigurationAggregatorName, GroupByKey, Limit: GROUPS_PAGE, ...filters }
          return client.send(
            new GetAggregateDiscoveredResourceCountsCommand({ ...input, ...(NextToken && { NextToken }) }),
            options,
          )
        })
        total = answer.TotalDiscoveredResources ?? 0
        return { items: answer.GroupedResourceCounts, next: answer.NextToken }
      })
      return wholeCounts(new Map(groups.map(({ GroupName, ResourceCount = 0 }) => [GroupName!, ResourceCount])), total)
    },
    described: async () => {
      const operation = 'DescribeConfigurationAggregators'
      const { ConfigurationAggregators = [] } = await call(operation, place, context, (client, options) =>
        client.send(new DescribeConfigurationAggregatorsCommand({ ConfigurationAggregatorNames: [name] }), options),
      )
      const described = ConfigurationAggregators.find((one) => one.ConfigurationAggregatorName === name)
      if (described) return described
      throw new ExtractionError('RESPONSE_INVALID', `AWS Config did not describe the aggregator ${name}`)
    },
    sources: () =>
      everyPage(async (NextToken) => {
        const answer = await call('DescribeConfigurationAggregatorSourcesStatus', place, context, (client, options) => {
          const input = { ConfigurationAggregatorName, Limit: PAGE_SIZE, ...(NextToken && { NextToken }) }
          return client.send(new DescribeConfigurationAggregatorSourcesStatusCommand(input), options)
        })
        return { items: answer.AggregatedSourceStatusList, next: answer.NextToken }
      }),
  }
}
