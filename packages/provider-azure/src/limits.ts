import type { Limit } from '@cae/core'

/** 15 queries in 5 seconds for each principal; every answer says how many are left, and the limiter goes by that. */
export const LIMITS: readonly Limit[] = [
  {
    name: 'azure.graph.query',
    per: ['tenant', 'principal'],
    ratePerSecond: 3,
    burst: 5,
    windowSeconds: 5,
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
