import type { Limit } from '@cae/core'

const SOURCE = 'cloud.google.com/asset-inventory/docs/quota: ListAssets requests per minute'

/** A burst and what comes after it within a minute stay within the quota: 5 + 60 × 1.58, 20 + 60 × 13. */
export const LIMITS: readonly Limit[] = [
  {
    name: 'gcp.asset.list.project',
    per: ['quotaProject'],
    ratePerSecond: 1.58,
    burst: 5,
    where: { provider: 'gcp', operation: 'ListAssets' },
    source: `${SOURCE}: 100 for each project that calls are counted against`,
  },
  {
    name: 'gcp.asset.list.organization',
    per: ['organization'],
    ratePerSecond: 13,
    burst: 20,
    where: { provider: 'gcp', operation: 'ListAssets' },
    source: `${SOURCE}: 800 for each organization`,
  },
]
