import { ConfigServiceClient } from '@aws-sdk/client-config-service'
import type { STSClient } from '@aws-sdk/client-sts'
import { NodeHttpHandler } from '@smithy/node-http-handler'
import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import { credentialsOf, homeRegion, type CredentialSource } from './credentials.ts'
import type { AwsAccount, AwsOptions } from './options.ts'
import { blipsOnly } from './retry.ts'

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

export interface Clients {
  config(place: Place): ConfigServiceClient
  /** In a region that is always enabled. */
  sts(account: AwsAccount): Promise<STSClient>
  /** Drops the account's session, so that the next client gets a new one. */
  forget(account: AwsAccount): void
}

export function clientCache(options: AwsOptions): Clients {
  const { endpoint, timeoutMs = TIMEOUT_MS, maxConnections = MAX_CONNECTIONS } = options
  const requestHandler = sharedHandler(timeoutMs, maxConnections)
  const clients = new Map<string, ConfigServiceClient>()
  const sources = new Map<string, CredentialSource>()

  const sourceOf = (account: AwsAccount) => {
    const source = sources.get(account.account_id) ?? credentialsOf(account, endpoint, requestHandler)
    sources.set(account.account_id, source)
    return source
  }
  const configuration = (account: AwsAccount, region: string) => ({
    region,
    requestHandler,
    credentials: sourceOf(account),
    retryStrategy: blipsOnly,
    ...(endpoint && { endpoint }),
  })
  return {
    config: ({ account, region }) => {
      const key = `${account.account_id}/${region}`
      const client = clients.get(key) ?? new ConfigServiceClient(configuration(account, region))
      // A Map keeps the order of insertion: the first is the one not used for longest. It is dropped, not destroyed,
      // which would close the sockets of all.
      clients.delete(key)
      clients.set(key, client)
      if (clients.size > MAX_CLIENTS) clients.delete(clients.keys().next().value!)
      return client
    },
    sts: async (account) => {
      const { STSClient } = await import('@aws-sdk/client-sts')
      return new STSClient(configuration(account, homeRegion(account)))
    },
    forget: ({ account_id }) => {
      sources.delete(account_id)
      for (const key of clients.keys()) if (key.startsWith(`${account_id}/`)) clients.delete(key)
    },
  }
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
