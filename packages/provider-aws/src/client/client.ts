import type { AccountClient } from '@aws-sdk/client-account'
import type { CloudControlClient } from '@aws-sdk/client-cloudcontrol'
import { ConfigServiceClient } from '@aws-sdk/client-config-service'
import type { OrganizationsClient } from '@aws-sdk/client-organizations'
import type { ResourceExplorer2Client } from '@aws-sdk/client-resource-explorer-2'
import type { ResourceGroupsTaggingAPIClient } from '@aws-sdk/client-resource-groups-tagging-api'
import type { STSClient } from '@aws-sdk/client-sts'
import { NodeHttpHandler } from '@smithy/node-http-handler'
import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import { credentialsOf, type CredentialSource, type RequestHandler } from './credentials.ts'
import { leanClient, type ConfigClient } from './lean-client.ts'
import type { AwsAccount, AwsOptions } from '../options.ts'
import { clockOnly } from './retry.ts'

const TIMEOUT_MS = 60_000
const CONNECT_TIMEOUT_MS = 10_000
const MAX_CONNECTIONS = 50
// 2,000 account-regions are usual, and a client weighs some 100 KiB; the sockets are shared by all of them.
const MAX_CLIENTS = 128

/** One account in one region. */
export interface Place {
  readonly account: AwsAccount
  readonly region: string
}

/** The SDK's clients, by the names that IAM has for the services. */
export interface ServiceClients {
  readonly account: AccountClient
  /** Cloud Control: its rights are those of CloudFormation. */
  readonly cloudformation: CloudControlClient
  readonly config: ConfigClient
  readonly organizations: OrganizationsClient
  readonly 'resource-explorer-2': ResourceExplorer2Client
  readonly sts: STSClient
  readonly tag: ResourceGroupsTaggingAPIClient
}
export type Service = keyof ServiceClients

interface Configuration extends Settings {
  readonly region: string
  readonly requestHandler: RequestHandler
  readonly credentials: CredentialSource
  readonly endpoint?: string
}

// Loaded when first called: most workers need Config alone, and each of the others costs 40 ms and 14 MiB or more.
const LOAD: { readonly [S in Service]: (configuration: Configuration) => Promise<ServiceClients[S]> } = {
  account: async (to) => new (await import('@aws-sdk/client-account')).AccountClient(to),
  cloudformation: async (to) => new (await import('@aws-sdk/client-cloudcontrol')).CloudControlClient(to),
  config: async (to) => leanClient(new ConfigServiceClient(to)),
  organizations: async (to) => new (await import('@aws-sdk/client-organizations')).OrganizationsClient(to),
  'resource-explorer-2': async (to) =>
    new (await import('@aws-sdk/client-resource-explorer-2')).ResourceExplorer2Client(to),
  sts: async (to) => new (await import('@aws-sdk/client-sts')).STSClient(to),
  tag: async (to) =>
    new (await import('@aws-sdk/client-resource-groups-tagging-api')).ResourceGroupsTaggingAPIClient(to),
}

/** What is the same for all clients of a process. */
interface Settings extends Pick<
  ConfigServiceClient['config'],
  'authSchemePreference' | 'useDualstackEndpoint' | 'useFipsEndpoint'
> {
  readonly retryStrategy: typeof clockOnly
  // These are the SDK's own. Our strategy decides, and a client need not look up for them.
  readonly maxAttempts: 2
  readonly retryMode: 'standard'
}

/**
 * Each client would ask the environment and the SDK's files for these anew, though they are read once. So all ask by the
 * first one's, which remember the answer. Measured: 0.3 to 0.5 ms of CPU time a client, of 1.4 with its first call.
 */
function sharedSettings(): Settings {
  const { config } = new ConfigServiceClient({ region: 'us-east-1' })
  const { authSchemePreference, useDualstackEndpoint, useFipsEndpoint } = config
  const ours = { retryStrategy: clockOnly, maxAttempts: 2, retryMode: 'standard' } as const
  return { authSchemePreference, useDualstackEndpoint, useFipsEndpoint, ...ours }
}

export interface Clients {
  get<S extends Service>(service: S, place: Place): Promise<ServiceClients[S]>
  /** Drops the account's session, so that the next client gets a new one. */
  forget(account: AwsAccount): void
}

export function clientCache(options: AwsOptions): Clients {
  const { endpoint, timeoutMs = TIMEOUT_MS, maxConnections = MAX_CONNECTIONS } = options
  const requestHandler = sharedHandler(timeoutMs, maxConnections)
  const clients = new Map<string, Promise<ServiceClients[Service]>>()
  const sources = new Map<string, CredentialSource>()
  let settings: Settings | undefined

  const sourceOf = (account: AwsAccount) => {
    const key = identityOf(account)
    const source = sources.get(key) ?? credentialsOf(account, endpoint, requestHandler)
    sources.set(key, source)
    return source
  }
  const load = <S extends Service>(service: S, { account, region }: Place) =>
    LOAD[service]({
      region,
      requestHandler,
      credentials: sourceOf(account),
      ...(settings ??= sharedSettings()),
      ...(endpoint && { endpoint }),
    })
  return {
    get: <S extends Service>(service: S, place: Place) => {
      const key = `${identityOf(place.account)}/${place.region}/${service}`
      const client = clients.get(key) ?? load(service, place)
      // A Map keeps the order of insertion: the first is the one not used for longest. It is dropped, not destroyed,
      // which would close the sockets of all.
      clients.delete(key)
      clients.set(key, client)
      if (clients.size > MAX_CLIENTS) clients.delete(clients.keys().next().value!)
      return client as Promise<ServiceClients[S]>
    },
    forget: (account) => {
      const identity = identityOf(account)
      sources.delete(identity)
      for (const key of clients.keys()) if (key.startsWith(`${identity}/`)) clients.delete(key)
    },
  }
}

/**
 * Who we are in an account. It may have two roles for us: one that its resources are read by, and one that lists the
 * organization's accounts or that an aggregator is asked by.
 */
export function identityOf({ account_id, role_arn = '', external_id = '' }: AwsAccount): string {
  return `${account_id} ${role_arn} ${external_id}`
}

function sharedHandler(timeoutMs: number, maxSockets: number): NodeHttpHandler {
  const agent = { keepAlive: true, maxSockets }
  return new NodeHttpHandler({
    connectionTimeout: Math.min(CONNECT_TIMEOUT_MS, timeoutMs),
    // The first lasts until the answer begins, the second bounds each silence in it.
    requestTimeout: timeoutMs,
    throwOnRequestTimeout: true,
    socketTimeout: timeoutMs,
    httpAgent: new HttpAgent(agent),
    httpsAgent: new HttpsAgent(agent),
  })
}
