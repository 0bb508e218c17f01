import type { Limit } from '@cae/core'

const SOURCE = 'cloud.google.com/asset-inventory/docs/quota'

/**
 * Google counts a minute's requests for the project that they are billed to and for the organization, by method. A run lists
 * little until it has planned; what it left of the minute by then it may catch up with, up to a third of it at once.
 */
export const LIMITS: readonly Limit[] = [
  {
    name: 'gcp.asset.list.project',
    per: ['quotaProject'],
    ratePerSecond: 100 / 60,
    burst: 30,
    windowSeconds: 60,
    where: { provider: 'gcp', operation: 'ListAssets' },
    source: `${SOURCE}: ListAssets, 100 per minute and project`,
  },
  {
    name: 'gcp.asset.list.organization',
    per: ['organization'],
    ratePerSecond: 800 / 60,
    burst: 240,
    windowSeconds: 60,
    perDay: 650_000,
    where: { provider: 'gcp', operation: 'ListAssets' },
    source: `${SOURCE}: ListAssets, 800 per minute and 650,000 per day and organization`,
  },
  {
    name: 'gcp.asset.search.project',
    per: ['quotaProject'],
    ratePerSecond: 400 / 60,
    burst: 120,
    windowSeconds: 60,
    where: { provider: 'gcp', operation: 'SearchAllResources' },
    source: `${SOURCE}: SearchAllResources, 400 per minute and project`,
  },
  {
    name: 'gcp.asset.search.organization',
    per: ['organization'],
    ratePerSecond: 1500 / 60,
    burst: 450,
    windowSeconds: 60,
    where: { provider: 'gcp', operation: 'SearchAllResources' },
    source: `${SOURCE}: SearchAllResources, 1,500 per minute and organization`,
  },
]
