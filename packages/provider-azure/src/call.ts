import type { QueryRequest, QueryResponse } from '@azure/arm-resourcegraph'
import type { Context, QuotaReport } from '@cae/core'
import type { ClientSource } from './client.ts'
import { withDeadline } from './deadline.ts'
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
        const onResponse = ({ headers }: { headers: Headers }) => reportQuota(headers, report)
        return await withDeadline(timeoutMs, signal, (abortSignal) =>
          client.resources(request, { abortSignal, onResponse }),
        )
      } catch (thrown) {
        signal.throwIfAborted()
        throw toError(thrown)
      }
    }
    return limiter.run(scope, attempt, signal)
  }
}

interface Headers {
  get(name: string): string | undefined
}

function reportQuota(headers: Headers, report: (quota: QuotaReport) => void): void {
  const quota = quotaOf(headers)
  if (quota) report(quota)
}
