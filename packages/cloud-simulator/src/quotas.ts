/**
 * The providers' published or observed rates.
 * - AWS publishes none for Config; AWS's own Workload Discovery solution holds itself to 8 selects and 15 batch reads a
 *   second per credentials and region.
 * - Azure Resource Graph: 15 queries in 5 s per user
 *   (learn.microsoft.com/azure/governance/resource-graph/concepts/guidance-for-throttled-requests).
 * - Cloud Asset ListAssets: 100 a minute per consumer project, 800 a minute per organization
 *   (cloud.google.com/asset-inventory/docs/quota). SearchAllResources: 400 and 1,500, likewise.
 */
export const QUOTAS = {
  awsSelect: { ratePerSecond: 8, burst: 8 },
  awsBatchGet: { ratePerSecond: 15, burst: 15 },
  azureQueries: { requests: 15, windowMs: 5_000 },
  gcpProject: { requests: 100, windowMs: 60_000 },
  gcpOrganization: { requests: 800, windowMs: 60_000 },
  gcpSearchProject: { requests: 400, windowMs: 60_000 },
  gcpSearchOrganization: { requests: 1500, windowMs: 60_000 },
} as const

export interface WindowState {
  readonly allowed: boolean
  readonly remaining: number
  readonly resetsAfterMs: number
}

export interface Quotas {
  /** AWS: a token bucket per key. */
  bucket(key: string, limit: { readonly ratePerSecond: number; readonly burst: number }): boolean
  /** Azure, GCP: so many requests in each window, which starts with the first request. */
  window(key: string, limit: { readonly requests: number; readonly windowMs: number }): WindowState
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
