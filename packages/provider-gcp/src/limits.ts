import type { Limit } from '@cae/core'

const SOURCE = 'cloud.google.com/asset-inventory/docs/quota'

/** Google counts a minute's requests for the project that they are billed to and for the organization, by method. */
export const LIMITS: readonly Limit[] = [
  {
    name: 'gcp.asset.list.project',
    per: ['quotaProject'],
    ratePerSecond: 100 / 60,
    burst: 10,
    windowSeconds: 60,
    where: { provider: 'gcp', operation: 'ListAssets' },
    source: `${SOURCE}: ListAssets, 100 per minute and project`,
  },
  {
    name: 'gcp.asset.list.organization',
    per: ['organization'],
    ratePerSecond: 800 / 60,
    burst: 20,
    windowSeconds: 60,
    perDay: 650_000,
    where: { provider: 'gcp', operation: 'ListAssets' },
    source: `${SOURCE}: ListAssets, 800 per minute and 650,000 per day and organization`,
  },
  {
    name: 'gcp.asset.search.project',
    per: ['quotaProject'],
    ratePerSecond: 400 / 60,
    burst: 20,
    windowSeconds: 60,
    where: { provider: 'gcp', operation: 'SearchAllResources' },
    source: `${SOURCE}: SearchAllResources, 400 per minute and project`,
  },
  {
    name: 'gcp.asset.search.organization',
    per: ['organization'],
    ratePerSecond: 1500 / 60,
    burst: 50,
    windowSeconds: 60,
    where: { provider: 'gcp', operation: 'SearchAllResources' },
    source: `${SOURCE}: SearchAllResources, 1,500 per minute and organization`,
  },
]
