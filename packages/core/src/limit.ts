import type { ProviderName } from './provider-name.ts'

/** Whom a provider counts a call against. */
export interface LimitScope {
  readonly provider: ProviderName
  /** The API operation, such as `SelectResourceConfig`. */
  readonly operation: string
  readonly account?: string
  readonly region?: string
  readonly tenant?: string
  readonly principal?: string
  /** GCP: the project that the quota is billed to. */
  readonly quotaProject?: string
  readonly organization?: string
}

/** A declared rate with its scope: one budget per distinct value of the `per` keys, shared by all workers. */
export interface Limit {
  /** Unique name, such as `aws.config.select`; the key for overriding it in the settings. */
  readonly name: string
  readonly per: readonly (keyof LimitScope)[]
  /** Requests per second, shared by all workers of the cluster. */
  readonly ratePerSecond: number
  /** Requests that may go at once after a quiet time; those that follow are spaced evenly. */
  readonly burst: number
  /**
   * Seconds. Where the provider counts in windows: no more than `ratePerSecond × windowSeconds` calls go in any time of
   * this length, wherever the provider's own windows begin. Absent where it keeps a bucket that refills.
   */
  readonly windowSeconds?: number
  /** Requests in any 24 hours, where the provider has such a budget too. */
  readonly perDay?: number
  /** The calls that this limit counts: those whose scope has these values. */
  readonly where: Partial<LimitScope>
  /** Where the number comes from. */
  readonly source: string
}

/** What a provider's answer said of its own quota. */
export interface QuotaReport {
  /** Requests left in the provider's current window, whoever used the others. */
  readonly remaining: number
  /** Milliseconds until that window starts anew. */
  readonly resetsAfter: number
}

/** Enforces the declared limits over all workers. */
export interface Limiter {
  /**
   * Runs the call when every limit that counts it has room. A call that throws `ExtractionError` `THROTTLED` slows
   * the limits down. Throws `THROTTLED` itself, with `retryAfter`, where room is further away than it is worth waiting.
   */
  run<T>(
    scope: LimitScope,
    call: (report: (quota: QuotaReport) => void) => Promise<T>,
    signal?: AbortSignal,
  ): Promise<T>
}

/** Whether a limit counts calls of a scope. */
export function counts(limit: Limit, scope: LimitScope): boolean {
  return (
    Object.entries(limit.where).every(([key, value]) => scope[key as keyof LimitScope] === value) &&
    limit.per.every((key) => scope[key] !== undefined)
  )
}
