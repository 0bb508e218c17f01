import type { protos } from '@google-cloud/asset'
import type { Context } from '@cae/core'
import type { AssetPage } from './asset.ts'
import type { ClientSource } from './client.ts'
import { toError } from './errors.ts'
import type { GcpOptions } from './options.ts'

type Request = protos.google.cloud.asset.v1.IListAssetsRequest

const TIMEOUT_MS = 60_000

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

// The SDK's own retries are off: they would also try again after a throttle, past the limiter, and report whatever it was
// at last as DEADLINE_EXCEEDED. client.ts lets the channel retry blips.
const NO_RETRIES = { retryCodes: [] }

function callOptions(signal: AbortSignal, timeoutMs: number, quotaProject: string | undefined) {
  return {
    autoPaginate: false,
    timeout: timeoutMs,
    retry: NO_RETRIES as never,
    otherArgs: {
      options: { signal },
      ...(quotaProject && { headers: { 'x-goog-user-project': quotaProject } }),
    },
  }
}
