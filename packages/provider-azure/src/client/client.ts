import { ResourceGraphClient } from '@azure/arm-resourcegraph'
import type { SubscriptionClient } from '@azure/arm-resources-subscriptions'
import type { PipelinePolicy } from '@azure/core-rest-pipeline'
import type { TokenCredential } from '@azure/identity'
import type { AzureOptions } from '../options.ts'
import { answerText } from './answer-text.ts'
import { TIMEOUT_MS } from './deadline.ts'
import { renewing } from './renewing.ts'
import { simulatorTokenPolicy } from './token.ts'

export const ARM_ENDPOINT = 'https://management.azure.com'

/** Each is made when first needed, since credentials are looked up then. */
export interface Clients {
  readonly endpoint: string
  graph(): Promise<ResourceGraphClient>
  /** Resource Manager's lists. */
  arm(): Promise<SubscriptionClient>
}

interface Identity {
  readonly credential: TokenCredential
  /** Over plain http: what signs requests instead. */
  readonly signer?: PipelinePolicy
}

type Client = ResourceGraphClient | SubscriptionClient

/** An endpoint over plain http is a simulator, on whatever host: it is never sent credentials of ours. */
export function createClients({ endpoint, tenant_id, timeoutMs = TIMEOUT_MS }: AzureOptions): Clients {
  const isPlain = endpoint !== undefined && new URL(endpoint).protocol === 'http:'
  const base = (endpoint ?? ARM_ENDPOINT).replace(/\/+$/, '')
  // Once an answer has begun it comes without a pause.
  const silenceMs = timeoutMs / 4
  const identity = once(async () => (isPlain ? simulatedIdentity(base, tenant_id) : realIdentity(base, tenant_id)))
  const scopes = [`${base}/.default`]
  return {
    endpoint: base,
    graph: once(async () => {
      const { credential, signer } = await identity()
      const own = endpoint && { endpoint: base, credentials: { scopes } }
      return prepared(
        new ResourceGraphClient(credential, { ...own, allowInsecureConnection: isPlain }),
        signer,
        silenceMs,
      )
    }),
    arm: once(async () => {
      const { SubscriptionClient } = await import('@azure/arm-resources-subscriptions')
      const { credential, signer } = await identity()
      const own = endpoint && { endpoint: base, credentialScopes: scopes }
      return prepared(
        new SubscriptionClient(credential, { ...own, allowInsecureConnection: isPlain }),
        signer,
        silenceMs,
      )
    }),
  }
}

// What failed is tried again the next time.
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined
  return () =>
    (made ??= make().catch((thrown: unknown) => {
      made = undefined
      throw thrown
    }))
}

async function realIdentity(endpoint: string, tenantId: string | undefined): Promise<Identity> {
  const { DefaultAzureCredential } = await import('@azure/identity')
  const authorityHost = authorityOf(endpoint)
  const options = { ...(tenantId !== undefined && { tenantId }), ...(authorityHost && { authorityHost }) }
  return { credential: renewing(new DefaultAzureCredential(options)) }
}

/** Where clouds apart from the public one sign in, by the end of the names of their hosts. */
const AUTHORITIES: readonly (readonly [end: string, authority: string])[] = [
  ['.chinacloudapi.cn', 'https://login.chinacloudapi.cn'],
  ['.usgovcloudapi.net', 'https://login.microsoftonline.us'],
]

/** Undefined for the public cloud, which the SDK knows, and for one that nobody knows. */
export function authorityOf(endpoint: string): string | undefined {
  const { hostname } = new URL(endpoint)
  return AUTHORITIES.find(([end]) => hostname.endsWith(end))?.[1]
}

function simulatedIdentity(endpoint: string, tenant = 'common'): Identity {
  const credential = { getToken: async () => ({ token: '', expiresOnTimestamp: 0 }) }
  return { credential, signer: simulatorTokenPolicy(endpoint, tenant) }
}

/**
 * The SDK retries nothing: call.ts does so with blips, and the queue with all else. In here the limiter would not count a
 * further request, nor learn of a 429 that is waited out.
 */
function prepared<T extends Client>(client: T, signer: PipelinePolicy | undefined, silenceMs: number): T {
  const { pipeline } = client
  if (signer) {
    pipeline.removePolicy({ name: 'bearerTokenAuthenticationPolicy' })
    pipeline.addPolicy(signer, { phase: 'Sign' })
  }
  pipeline.addPolicy(answerText(silenceMs), { afterPhase: 'Sign' })
  pipeline.removePolicy({ name: 'defaultRetryPolicy' })
  return client
}
