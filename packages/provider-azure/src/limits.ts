import type { Limit } from '@cae/core'

/**
 * 15 queries in 5 seconds for each principal, says Resource Graph's documentation on throttling. A burst and what
 * comes after it within 5 seconds stay within the 15: 1 + 5 × 2.8.
 */
export const LIMITS: readonly Limit[] = [
  {
    name: 'azure.graph.query',
    per: ['tenant', 'principal'],
    ratePerSecond: 2.8,
    burst: 1,
    where: { provider: 'azure', operation: 'resources' },
    source:
      'learn.microsoft.com, "Guidance for throttled requests in Azure Resource Graph": 15 queries per 5 seconds and user',
  },
  {
    name: 'azure.arm.read',
    per: ['tenant', 'principal'],
    ratePerSecond: 10,
    burst: 50,
    where: { provider: 'azure', operation: 'arm' },
    source:
      'learn.microsoft.com, "Understand how Azure Resource Manager throttles requests": a bucket of 250 reads that 25 per second refill',
  },
]
