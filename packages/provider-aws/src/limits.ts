import type { Limit } from '@cae/core'
import { SERVICE_LIMITS } from './service-limits.ts'

/**
 * AWS publishes no rates for Config. These are what AWS's own Workload Discovery allows itself
 * (aws-solutions/workload-discovery-on-aws, awsClient.mjs), or less; the limiter lowers them on a throttle.
 */
export const LIMITS: readonly Limit[] = [
  {
    name: 'aws.config.select',
    per: ['account', 'region'],
    ratePerSecond: 8,
    burst: 4,
    where: { provider: 'aws', operation: 'SelectResourceConfig' },
    source: "AWS Workload Discovery's own throttle for advanced queries: 8 per second, account and region",
  },
  {
    name: 'aws.config.batch-get',
    per: ['account', 'region'],
    ratePerSecond: 15,
    burst: 8,
    where: { provider: 'aws', operation: 'BatchGetResourceConfig' },
    source: "AWS Workload Discovery's own throttle for batch gets: 15 per second, account and region",
  },
  {
    name: 'aws.config.list',
    per: ['account', 'region'],
    ratePerSecond: 8,
    burst: 4,
    where: { provider: 'aws', operation: 'ListDiscoveredResources' },
    source: 'No published number; as careful as with queries, and each page is followed by a batch get',
  },
  {
    name: 'aws.config.counts',
    per: ['account', 'region'],
    ratePerSecond: 4,
    burst: 4,
    where: { provider: 'aws', operation: 'GetDiscoveredResourceCounts' },
    source: 'No published number; asked once or twice to plan a region, and again where a slice came out short',
  },
  {
    name: 'aws.config.recorder',
    per: ['account', 'region'],
    ratePerSecond: 2,
    burst: 2,
    where: { provider: 'aws', operation: 'DescribeConfigurationRecorders' },
    source: 'No published number; asked once to plan a region, so a careful one costs nothing',
  },
  {
    name: 'aws.config.recorder-status',
    per: ['account', 'region'],
    ratePerSecond: 2,
    burst: 2,
    where: { provider: 'aws', operation: 'DescribeConfigurationRecorderStatus' },
    source: 'No published number; asked to plan a region, and again where a slice came out short or empty',
  },
  {
    name: 'aws.config.select-aggregate',
    per: ['account', 'region'],
    ratePerSecond: 8,
    burst: 4,
    where: { provider: 'aws', operation: 'SelectAggregateResourceConfig' },
    source: "AWS Workload Discovery's own throttle for aggregate queries: 8 per second, where the aggregator is",
  },
  {
    name: 'aws.config.batch-get-aggregate',
    per: ['account', 'region'],
    ratePerSecond: 15,
    burst: 8,
    where: { provider: 'aws', operation: 'BatchGetAggregateResourceConfig' },
    source: "AWS Workload Discovery's own throttle for aggregate batch gets: 15 per second, where the aggregator is",
  },
  {
    name: 'aws.config.get-aggregate',
    per: ['account', 'region'],
    ratePerSecond: 8,
    burst: 4,
    where: { provider: 'aws', operation: 'GetAggregateResourceConfig' },
    source: 'No published number; asked for single resources that a batch get leaves unprocessed',
  },
  {
    name: 'aws.config.list-aggregate',
    per: ['account', 'region'],
    ratePerSecond: 8,
    burst: 4,
    where: { provider: 'aws', operation: 'ListAggregateDiscoveredResources' },
    source: 'No published number; as careful as with queries, and each page is followed by a batch get',
  },
  {
    name: 'aws.config.counts-aggregate',
    per: ['account', 'region'],
    ratePerSecond: 4,
    burst: 4,
    where: { provider: 'aws', operation: 'GetAggregateDiscoveredResourceCounts' },
    source: 'No published number; asked once to plan an account, and again where a slice came out short',
  },
  {
    name: 'aws.config.sources',
    per: ['account', 'region'],
    ratePerSecond: 2,
    burst: 2,
    where: { provider: 'aws', operation: 'DescribeConfigurationAggregatorSourcesStatus' },
    source: 'No published number; asked once a run',
  },
  {
    name: 'aws.sts.identity',
    per: ['account'],
    ratePerSecond: 1,
    burst: 2,
    where: { provider: 'aws', operation: 'sts:GetCallerIdentity' },
    source: 'No published number; asked to tell a disabled region from bad credentials, and by the preflight',
  },
  ...SERVICE_LIMITS,
]
