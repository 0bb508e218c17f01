import type { protos } from '@google-cloud/asset'
import type { Context } from '@cae/core'
import type { AssetPage } from './asset.ts'
import type { ClientSource } from './client.ts'
import { toError } from './errors.ts'
import type { GcpOptions } from './options.ts'

type Request = protos.google.cloud.asset.v1.IListAssetsRequest

const TIMEOUT_MS = 60_000
const UNAVAILABLE = 14

/** Sends one ListAssets under the limiter. Rejects with an `ExtractionError`, or with the signal's reason once aborted. */
export type ListAssets = (request: Request, context: Context) => Promise<AssetPage>

export function assetLister(clients: ClientSource, options: GcpOptions): ListAssets {
  const { quota_project, timeoutMs = TIMEOUT_MS } = options
  // The credentials know their own project and organization; we tell them apart only where the settings do.
  const scope = {
    provider: 'gcp',
    operation: 'ListAssets',
    quotaProject: quota_project ?? 'default',
    organization: 'default',
  } as const
  return async (request, { signal, limiter }) => {
    signal.throwIfAborted()
    const attempt = async () => {
      try {
        const client = await clients()
        const answer = await client.listAssets(request, callOptions(signal, timeoutMs, quota_project))
        // With a decoder of our own, the raw response is the page.
        return answer[2] as unknown as AssetPage
      } catch (thrown) {
        signal.throwIfAborted()
        throw toError(thrown)
      }
    }
    return limiter.run(scope, attempt, signal)
  }
}

/**
 * Retries live in two places, here for blips (UNAVAILABLE: a broken connection, a 5xx of the front end) and in the queue
 * for all else. RESOURCE_EXHAUSTED must reach the limiter, since a further attempt in here would go past it.
 */
function callOptions(signal: AbortSignal, timeoutMs: number, quotaProject: string | undefined) {
  const retry = {
    retryCodes: [UNAVAILABLE],
    backoffSettings: {
      initialRetryDelayMillis: 50,
      retryDelayMultiplier: 2,
      maxRetryDelayMillis: 500,
      initialRpcTimeoutMillis: timeoutMs,
      rpcTimeoutMultiplier: 1,
      maxRpcTimeoutMillis: timeoutMs,
      totalTimeoutMillis: timeoutMs,
      maxRetries: 2,
    },
  }
  return {
    autoPaginate: false,
    timeout: timeoutMs,
    retry: retry as never,
    otherArgs: {
      options: { signal },
      ...(quotaProject && { headers: { 'x-goog-user-project': quotaProject } }),
    },
  }
}
