import { AssetServiceClient } from '@google-cloud/asset'
import { credentials, type CallOptions, type Client, type ClientUnaryCall, type Metadata } from '@grpc/grpc-js'
import { decodeListAssets } from './decode.ts'
import type { GcpOptions } from './options.ts'

const RESOURCE = 1
const HTTPS = 443

/** Retries live in two places, here for blips (a broken connection, a 5xx of the front end) and in the queue for all else. */
const BLIP_RETRIES = {
  'grpc.service_config': JSON.stringify({
    methodConfig: [
      {
        name: [{ service: 'google.cloud.asset.v1.AssetService', method: 'ListAssets' }],
        retryPolicy: {
          maxAttempts: 3,
          initialBackoff: '0.05s',
          maxBackoff: '0.5s',
          backoffMultiplier: 2,
          retryableStatusCodes: ['UNAVAILABLE'],
        },
      },
    ],
  }),
}

/** Call options as they arrive at the stub; `signal` is put there by call.ts. */
export interface StubOptions extends CallOptions {
  readonly signal?: AbortSignal
}

/** Made when first needed, since credentials are looked up then. */
export type ClientSource = () => Promise<AssetServiceClient>

export function clientSource({ endpoint }: GcpOptions): ClientSource {
  let client: Promise<AssetServiceClient> | undefined
  return () =>
    (client ??= makeClient(endpoint).catch((thrown: unknown) => {
      client = undefined
      throw thrown
    }))
}

async function makeClient(endpoint: string | undefined): Promise<AssetServiceClient> {
  const client = new AssetServiceClient({ ...BLIP_RETRIES, ...(endpoint && addressOf(endpoint)) })
  const stub = (await client.initialize()) as unknown as AssetStub
  decodeStraight(stub)
  return client
}

// A simulator is named by `http://`, or is on this machine. Nobody's credentials are sent to it.
function addressOf(endpoint: string) {
  const isNamed = endpoint.startsWith('http://')
  const { hostname, port } = new URL(isNamed ? endpoint.replace('http:', 'grpc:') : `grpc://${endpoint}`)
  const address = { apiEndpoint: hostname, port: port ? Number(port) : HTTPS }
  if (!isNamed && !isLoopback(hostname)) return address
  // Without a client of its own the SDK would look for credentials, and ask the metadata server of the machine.
  return { ...address, sslCreds: credentials.createInsecure(), authClient: nobody as never }
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(hostname)
}

/** What google-auth-library asks of a client, for a channel that needs no signature. */
const nobody = {
  universeDomain: 'googleapis.com',
  getRequestHeaders: async () => new Headers(),
  getAccessToken: async () => ({ token: null }),
}

type Callback = (error: Error | null, response?: unknown) => void
type ListAssets = (
  request: { readonly contentType?: number | string },
  metadata: Metadata,
  options: StubOptions,
  callback: Callback,
) => ClientUnaryCall

interface AssetStub {
  listAssets: ListAssets
  readonly makeUnaryRequest: Client['makeUnaryRequest']
  readonly constructor: {
    readonly service: {
      readonly ListAssets: { readonly path: string; readonly requestSerialize: (value: object) => Buffer }
    }
  }
}

/**
 * Gives the SDK's stub a ListAssets that decodes straight into JSON (docs/decisions/0002); channel, credentials,
 * retries and deadlines stay the SDK's. It also ends the call when the task is aborted, which the SDK's promise cannot.
 */
function decodeStraight(stub: AssetStub): void {
  const generated = stub.listAssets.bind(stub)
  const { path, requestSerialize } = stub.constructor.service.ListAssets
  stub.listAssets = (request, metadata, { signal, ...options }, callback) => {
    const isResource = request.contentType === RESOURCE || request.contentType === 'RESOURCE'
    const call = isResource
      ? stub.makeUnaryRequest(path, requestSerialize, decodeListAssets, request, metadata, options, callback as never)
      : generated(request, metadata, options, callback)
    if (signal) cancelOn(signal, call)
    return call
  }
}

function cancelOn(signal: AbortSignal, call: ClientUnaryCall): void {
  const cancel = () => call.cancel()
  if (signal.aborted) cancel()
  signal.addEventListener('abort', cancel, { once: true })
  call.on('status', () => signal.removeEventListener('abort', cancel))
}
