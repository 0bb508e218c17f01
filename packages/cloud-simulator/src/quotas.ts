/** A bucket of calls that refills with time: AWS's way. */
export interface BucketQuota {
  readonly ratePerSecond: number
  readonly burst: number
  /** What else is counted by the same bucket. */
  readonly together?: string
}

/** Resource Explorer: 5 searches a second, and 3 of all else together (docs.aws.amazon.com/resource-explorer/latest/userguide/quotas.html). */
const EXPLORER: BucketQuota = { ratePerSecond: 3, burst: 3, together: 'resource-explorer-2' }

/** So many requests in each window, which begins with its first request: Azure's and Google's way. */
export interface WindowQuota {
  readonly requests: number
  readonly windowMs: number
}

const MINUTE = 60_000
const DAY = 86_400_000

/**
 * Per account, region and operation. AWS publishes no rates for Config; AWS's own Workload Discovery solution holds itself
 * to 8 selects and 15 batch reads a second per credentials and region. An operation that is not here has no quota.
 */
export const AWS_QUOTAS: Readonly<Record<string, BucketQuota>> = {
  SelectResourceConfig: { ratePerSecond: 8, burst: 8 },
  BatchGetResourceConfig: { ratePerSecond: 15, burst: 15 },
  SelectAggregateResourceConfig: { ratePerSecond: 8, burst: 8 },
  BatchGetAggregateResourceConfig: { ratePerSecond: 15, burst: 15 },
  // No number is published: as often as we ask, in a bucket twice as deep, so that asking more often shows.
  ListDiscoveredResources: { ratePerSecond: 8, burst: 8 },
  GetResourceConfigHistory: { ratePerSecond: 8, burst: 8 },
  GetDiscoveredResourceCounts: { ratePerSecond: 4, burst: 8 },
  DescribeConfigurationRecorders: { ratePerSecond: 2, burst: 4 },
  DescribeConfigurationRecorderStatus: { ratePerSecond: 2, burst: 4 },
  // docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html, as AWS Workload Discovery keeps it.
  'organizations:ListAccounts': { ratePerSecond: 1, burst: 1 },
  // docs.aws.amazon.com/accounts/latest/reference/quotas.html
  'account:ListRegions': { ratePerSecond: 5, burst: 5 },
  'resource-explorer-2:Search': { ratePerSecond: 5, burst: 5 },
  'resource-explorer-2:ListResources': EXPLORER,
  'resource-explorer-2:ListSupportedResourceTypes': EXPLORER,
  'resource-explorer-2:GetIndex': EXPLORER,
  'resource-explorer-2:GetDefaultView': EXPLORER,
  'resource-explorer-2:GetView': EXPLORER,
  'resource-explorer-2:ListViews': EXPLORER,
}

/**
 * Resource Graph: 15 queries in 5 s per user
 * (learn.microsoft.com/azure/governance/resource-graph/concepts/guidance-for-throttled-requests).
 */
export const AZURE_QUERIES: WindowQuota = { requests: 15, windowMs: 5_000 }

/**
 * Azure Resource Manager, reads of a principal: a bucket of 250 that 25 a second refill
 * (learn.microsoft.com/azure/azure-resource-manager/management/request-limits-and-throttling).
 */
export const AZURE_READS: BucketQuota = { ratePerSecond: 25, burst: 250 }

/** Per project that calls are billed to and per organization, by method; every window of a method must have room. */
export interface GcpQuota {
  readonly project: readonly WindowQuota[]
  readonly organization: readonly WindowQuota[]
}

/** Cloud Asset Inventory (cloud.google.com/asset-inventory/docs/quota). A method that is not here has no quota. */
export const GCP_QUOTAS: Readonly<Record<string, GcpQuota>> = {
  ListAssets: {
    project: [{ requests: 100, windowMs: MINUTE }],
    organization: [
      { requests: 800, windowMs: MINUTE },
      { requests: 650_000, windowMs: DAY },
    ],
  },
  SearchAllResources: {
    project: [{ requests: 400, windowMs: MINUTE }],
    organization: [{ requests: 1500, windowMs: MINUTE }],
  },
}

export interface WindowState {
  readonly allowed: boolean
  readonly remaining: number
  readonly resetsAfterMs: number
}

export interface Quotas {
  /** Takes a call from the bucket of a key; false where it is empty. */
  bucket(key: string, limit: BucketQuota): boolean
  /** Takes a call from the window of a key, where it has one left. */
  window(key: string, limit: WindowQuota): WindowState
}

/** @param enforced  where false, everything is allowed, and nothing is counted down */
export function createQuotas(enforced: boolean, timeScale: number, now: () => number): Quotas {
  const buckets = new Map<string, { tokens: number; at: number }>()
  const windows = new Map<string, { used: number; start: number }>()
  return {
    bucket(key, { ratePerSecond, burst }) {
      if (!enforced) return true
      const at = now()
      const state = buckets.get(key) ?? { tokens: burst, at }
      const tokens = Math.min(burst, state.tokens + ((at - state.at) / 1000) * ratePerSecond * timeScale)
      const allowed = tokens >= 1
      buckets.set(key, { tokens: allowed ? tokens - 1 : tokens, at })
      return allowed
    },
    window(key, { requests, windowMs }) {
      const length = windowMs / timeScale
      if (!enforced) return { allowed: true, remaining: requests - 1, resetsAfterMs: length }
      const at = now()
      let state = windows.get(key)
      if (!state || at - state.start >= length) windows.set(key, (state = { used: 0, start: at }))
      const allowed = state.used < requests
      if (allowed) state.used++
      return { allowed, remaining: requests - state.used, resetsAfterMs: state.start + length - at }
    },
  }
}
