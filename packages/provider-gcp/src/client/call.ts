import type { protos } from '@google-cloud/asset'
import { overBlips, releaseBytes, type Context } from '@cae/core'
import type { AssetPage } from '../asset.ts'
import { isSimulated, type ClientSource } from './client.ts'
import { decodeListAssets, indexAssets, type AssetIndex } from '../decode/decode.ts'
import { decodeSearch, type SearchPage } from '../decode/decode-search.ts'
import { toError } from '../errors.ts'
import type { GcpOptions } from '../options.ts'
import { organizationOf } from '../scope.ts'

type ListRequest = protos.google.cloud.asset.v1.IListAssetsRequest
type SearchRequest = protos.google.cloud.asset.v1.ISearchAllResourcesRequest

const TIMEOUT_MS = 60_000

/** Calls of Cloud Asset Inventory under the limiter. Each rejects with an `ExtractionError`, or with the signal's reason once aborted. */
export interface AssetApi {
  readonly list: (request: ListRequest, context: Context) => Promise<AssetPage>
  /** The same, with the assets left in their bytes. */
  readonly index: (request: ListRequest, context: Context) => Promise<AssetIndex>
  readonly search: (request: SearchRequest, context: Context) => Promise<SearchPage>
}

type Call = (options: object) => Promise<readonly unknown[]>

export function assetApi(clients: ClientSource, options: GcpOptions): AssetApi {
  const send = sender(options)
  const lister =
    <T>(decode: (bytes: Uint8Array) => T) =>
    async (request: ListRequest, context: Context) => {
      const call = async (callOptions: object) => (await clients()).listAssets(request, callOptions)
      return send('ListAssets', call, decode, context)
    }
  return {
    list: lister(decodeListAssets),
    // What is found is held for as long as the slice is read.
    index: lister(releasing((bytes) => indexAssets(Uint8Array.from(bytes)))),
    search: async (request, context) => {
      const call = async (callOptions: object) => (await clients()).searchAllResources(request, callOptions)
      return send('SearchAllResources', call, releasing(decodeSearch), context)
    },
  }
}

/** With the bytes released, into which nothing may look that `decode` gives. */
function releasing<T>(decode: (bytes: Uint8Array) => T): (bytes: Uint8Array) => T {
  return (bytes) => {
    const decoded = decode(bytes)
    releaseBytes(bytes)
    return decoded
  }
}

/** The one place where calls leave: under the limiter, with the signal, errors translated. */
function sender(options: GcpOptions) {
  const { quota_project, timeoutMs = TIMEOUT_MS, endpoint } = options
  const scope = {
    provider: 'gcp',
    quotaProject: quota_project ?? 'default',
    organization: organizationOf(options),
  } as const
  // Real credentials carry the quota project themselves (client.ts).
  const header = isSimulated(endpoint) ? quota_project : undefined
  return async <T>(operation: string, call: Call, decode: (bytes: Uint8Array) => T, context: Context): Promise<T> => {
    const { signal, limiter } = context
    signal.throwIfAborted()
    const attempt = async () => {
      try {
        const answer = await call(callOptions({ signal, decode }, timeoutMs, header))
        // With a decoder of our own, the raw response is what that made.
        return answer[2] as T
      } catch (thrown) {
        signal.throwIfAborted()
        throw toError(thrown)
      }
    }
    return overBlips(() => limiter.run({ ...scope, operation }, attempt, signal), context)
  }
}

// The SDK's own retries are off: they would also try again after a throttle, past the limiter, and report whatever it was
// at last as DEADLINE_EXCEEDED. So are the channel's: it would retry blips past the limiter too.
const NO_RETRIES = { retryCodes: [] }

function callOptions(options: object, timeoutMs: number, quotaProject: string | undefined) {
  return {
    autoPaginate: false,
    timeout: timeoutMs,
    retry: NO_RETRIES as never,
    otherArgs: { options, ...(quotaProject && { headers: { 'x-goog-user-project': quotaProject } }) },
  }
}
