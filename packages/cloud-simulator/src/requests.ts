import type { ProviderName } from './estate/resource-type.ts'

export interface OperationCount {
  total: number
  ok: number
  throttled: number
  failed: number
}

/** What the simulator saw, by provider and operation. */
export type RequestCounts = Readonly<Record<ProviderName, Readonly<Record<string, Readonly<OperationCount>>>>>

export type Ending = 'ok' | 'throttled' | 'failed'

export interface Requests {
  count(provider: ProviderName, operation: string, ending: Ending): void
  counts(): RequestCounts
  reset(): void
}

/** The one place where requests are counted: once each, when it is known how they end. */
export function createRequests(): Requests {
  let counts = empty()
  return {
    count(provider, operation, ending) {
      const count = (counts[provider][operation] ??= { total: 0, ok: 0, throttled: 0, failed: 0 })
      count.total++
      count[ending]++
    },
    counts: () => structuredClone(counts),
    reset() {
      counts = empty()
    },
  }
}

function empty(): Record<ProviderName, Record<string, OperationCount>> {
  return { aws: {}, azure: {}, gcp: {} }
}
