import type { Permission } from '@cae/core'
import { SERVICE_PERMISSIONS } from './service-permissions.ts'

/** What a run needs in AWS Config, in every account and region that is read in its own right. */
export const REGION_PERMISSIONS: readonly Permission[] = [
  {
    action: 'config:DescribeConfigurationRecorderStatus',
    purpose: 'Tells a region that records nothing from one that has nothing.',
  },
  {
    action: 'config:DescribeConfigurationRecorders',
    purpose: 'Tells which types are recorded, how often, and which region records global types.',
  },
  { action: 'config:GetDiscoveredResourceCounts', purpose: 'Counts what exists, to check what was read against.' },
  { action: 'config:SelectResourceConfig', purpose: 'Reads resources, and counts what queries can read.' },
  { action: 'config:ListDiscoveredResources', purpose: 'Lists resources of types that queries do not cover.' },
  { action: 'config:BatchGetResourceConfig', purpose: 'Reads resources of types that queries do not cover.' },
  {
    action: 'config:GetResourceConfigHistory',
    purpose: 'Reads single resources that a batch get leaves unprocessed.',
    optional: true,
  },
]

/** What it needs where an aggregator is. */
export const AGGREGATOR_PERMISSIONS: readonly Permission[] = [
  {
    action: 'config:DescribeConfigurationAggregatorSourcesStatus',
    purpose: 'Tells which accounts and regions an aggregator could not collect from.',
    optional: true,
  },
  {
    action: 'config:DescribeConfigurationAggregators',
    purpose: 'Tells which regions an aggregator is told to leave out.',
    optional: true,
  },
  {
    action: 'config:GetAggregateDiscoveredResourceCounts',
    purpose: 'Counts what an aggregator has, to check what was read against.',
    optional: true,
  },
  { action: 'config:SelectAggregateResourceConfig', purpose: 'Reads resources from an aggregator.', optional: true },
  {
    action: 'config:ListAggregateDiscoveredResources',
    purpose: 'Lists resources of types that queries of an aggregator do not cover.',
    optional: true,
  },
  {
    action: 'config:BatchGetAggregateResourceConfig',
    purpose: 'Reads resources of types that queries of an aggregator do not cover.',
    optional: true,
  },
  {
    action: 'config:GetAggregateResourceConfig',
    purpose: 'Reads single resources that a batch get of an aggregator leaves unprocessed.',
    optional: true,
  },
]

export const PERMISSIONS: readonly Permission[] = [
  ...REGION_PERMISSIONS,
  ...AGGREGATOR_PERMISSIONS,
  {
    action: 'sts:AssumeRole',
    purpose: 'Gets into accounts that the settings name a role for; for the identity of the workers, on those roles.',
    optional: true,
  },
  ...SERVICE_PERMISSIONS,
]
