import { ExtractionError, overBlips, type Context, type LimitScope, type QuotaReport } from '@cae/core'
import { TIMEOUT_MS, withDeadline } from './deadline.ts'
import { toError, type Answered } from '../errors.ts'
import type { AzureOptions } from '../options.ts'
import { quotaOf } from './quota.ts'

/** What a request is made with: the signal that ends it, and where to show its answer as it came. */
export interface Attempt {
  readonly abortSignal: AbortSignal
  readonly onResponse: (response: Answered) => void
}

/** Sends one request under the limiter. Rejects with an `ExtractionError`, or with the signal's reason once aborted. */
export type Call = <T>(
  operation: 'resources' | 'arm',
  send: (attempt: Attempt) => Promise<T>,
  context: Context,
) => Promise<T>

export function createCall({ tenant_id, timeoutMs = TIMEOUT_MS }: AzureOptions): Call {
  // The quota is the principal's; a worker has one, whose name only Azure knows.
  const owner = { provider: 'azure', tenant: tenant_id ?? 'default', principal: 'default' } as const
  return async (operation, send, context) => {
    const { signal, limiter } = context
    signal.throwIfAborted()
    const scope: LimitScope = { ...owner, operation }
    const attempt = async (report: (quota: QuotaReport) => void) => {
      let answered: Answered | undefined
      const onResponse = (response: Answered) => {
        answered = response
        lookAt(response.headers, report)
      }
      try {
        return await withDeadline(timeoutMs, signal, (abortSignal) => send({ abortSignal, onResponse }))
      } catch (thrown) {
        signal.throwIfAborted()
        throw toError(thrown, answered)
      }
    }
    return overBlips(() => limiter.run(scope, attempt, signal), context)
  }
}

function lookAt(headers: Answered['headers'], report: (quota: QuotaReport) => void): void {
  const quota = quotaOf(headers)
  if (quota) report(quota)
  // Resource Graph takes the first 10,000 subscriptions of a query and leaves the others out, with no word but this.
  if (headers.get('x-ms-tenant-subscription-limit-hit')?.toLowerCase() !== 'true') return
  const message =
    'Azure: more subscriptions are in scope of the query than one may have; azure.management_groups can name groups with fewer'
  throw new ExtractionError('RESULT_TRUNCATED', message, { nativeCode: SUBSCRIPTION_LIMIT })
}

/** The native code of a `RESULT_TRUNCATED` that narrower scopes help against. */
export const SUBSCRIPTION_LIMIT = 'TenantSubscriptionLimitHit'
