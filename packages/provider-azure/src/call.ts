import type { QueryRequest, QueryResponse } from '@azure/arm-resourcegraph'
import type { Context, QuotaReport } from '@cae/core'
import type { ClientSource } from './client.ts'
import { toError } from './errors.ts'
import type { AzureOptions } from './options.ts'
import { quotaOf } from './quota.ts'

const TIMEOUT_MS = 60_000

/** Sends one query under the limiter. Rejects with an `ExtractionError`, or with the signal's reason once aborted. */
export type Query = (request: QueryRequest, context: Context) => Promise<QueryResponse>

export function graphQuery(clients: ClientSource, { tenant_id, timeoutMs = TIMEOUT_MS }: AzureOptions): Query {
  // The quota is the principal's; a worker has one, whose name only Azure knows.
  const scope = {
    provider: 'azure',
    operation: 'resources',
    tenant: tenant_id ?? 'default',
    principal: 'default',
  } as const
  return async (request, { signal, limiter }) => {
    signal.throwIfAborted()
    const attempt = async (report: (quota: QuotaReport) => void) => {
      try {
        const client = await clients()
        return await client.resources(request, {
          abortSignal: signal,
          requestOptions: { timeout: timeoutMs },
          onResponse: ({ headers }) => reportQuota(headers, report),
        })
      } catch (thrown) {
        signal.throwIfAborted()
        throw toError(thrown)
      }
    }
    return limiter.run(scope, attempt, signal)
  }
}

function reportQuota(headers: { get(name: string): string | undefined }, report: (quota: QuotaReport) => void): void {
  const quota = quotaOf(headers)
  if (quota) report(quota)
}
