// Not the package's own entry, which also reads the code of four other versions and 5 MB of message types that nobody uses:
// 6 MiB of heap, that each full collection walks, and 40 ms of each start.
import { AssetServiceClient } from '@google-cloud/asset/build/src/v1/asset_service_client.js'
import { credentials } from '@grpc/grpc-js'
import type { CallOptions, ChannelOptions, Client, ClientUnaryCall, Metadata } from '@grpc/grpc-js'
import { toSignInError } from '../errors.ts'
import type { GcpOptions } from '../options.ts'
import { gatherMessages } from './message-bytes.ts'

const HTTPS = 443

const METHODS = ['ListAssets', 'SearchAllResources'] as const

const CHANNEL: ChannelOptions = {
  // Bytes that may be under way before the other side waits to hear of us. A page has up to some megabytes; with the 64 KiB
  // that HTTP/2 begins with it would take as many round trips as it has pieces of that size.
  'grpc-node.flow_control_window': 4 * 1024 * 1024,
  // All calls share one connection. Where a firewall or a load balancer forgets it without a word, each would wait for its
  // deadline until the kernel gives up, a quarter of an hour later; so the other side is asked while a call is open.
  'grpc.keepalive_time_ms': 30_000,
  'grpc.keepalive_timeout_ms': 20_000,
}

/** Call options as they arrive at the stub; call.ts puts `signal` and `decode` there. */
export interface StubOptions extends CallOptions {
  readonly signal?: AbortSignal
  /** Reads the answer's bytes instead of the SDK's own decoder. */
  readonly decode?: (bytes: Buffer) => unknown
}

/** Made when first needed, since credentials are looked up then. */
export type ClientSource = () => Promise<AssetServiceClient>

export function clientSource(options: GcpOptions, channel = CHANNEL): ClientSource {
  let client: Promise<AssetServiceClient> | undefined
  return () =>
    (client ??= makeClient(options, channel).catch((thrown: unknown) => {
      client = undefined
      throw thrown
    }))
}

async function makeClient(options: GcpOptions, channel: ChannelOptions): Promise<AssetServiceClient> {
  const { endpoint, credentials_file, quota_project } = options
  const address = endpoint ? addressOf(endpoint) : {}
  gatherMessages()
  const keyFile = credentials_file ? { keyFilename: credentials_file } : {}
  const client = new AssetServiceClient({ ...channel, ...keyFile, ...address })
  // Credentials may name a quota project of their own, and two of them in one call are refused.
  if (!isSimulator(address) && quota_project) (await authOf(client)).quotaProjectId = quota_project
  const stub = (await client.initialize()) as unknown as AssetStub
  for (const name of METHODS) decodeStraight(stub, name)
  return client
}

async function authOf({ auth }: AssetServiceClient): Promise<{ quotaProjectId?: string }> {
  try {
    return await auth.getClient()
  } catch (thrown) {
    throw toSignInError(thrown)
  }
}

/** Whether calls go to a simulator, which sees no credentials and hence the quota project only in a header. */
export function isSimulated(endpoint: string | undefined): boolean {
  return endpoint !== undefined && isSimulator(addressOf(endpoint))
}

function isSimulator(address: object): boolean {
  return 'authClient' in address
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
type Method = (request: object, metadata: Metadata, options: StubOptions, callback: Callback) => ClientUnaryCall
type MethodName = (typeof METHODS)[number]

interface AssetStub extends Record<Uncapitalize<MethodName>, Method> {
  readonly makeUnaryRequest: Client['makeUnaryRequest']
  readonly constructor: {
    readonly service: Readonly<
      Record<MethodName, { readonly path: string; readonly requestSerialize: (value: object) => Buffer }>
    >
  }
}

/**
 * Gives a method of the SDK's stub a decoder of the caller's own (docs/decisions/0002); channel, credentials, retries and
 * deadlines stay the SDK's. It also ends the call when the task is aborted, which the SDK's promise cannot.
 */
function decodeStraight(stub: AssetStub, name: MethodName): void {
  const own = `${name[0]!.toLowerCase()}${name.slice(1)}` as Uncapitalize<MethodName>
  const generated = stub[own].bind(stub)
  const { path, requestSerialize } = stub.constructor.service[name]
  stub[own] = (request, metadata, { signal, decode, ...options }, callback) => {
    const call = decode
      ? stub.makeUnaryRequest(path, requestSerialize, decode, request, metadata, options, callback as never)
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
