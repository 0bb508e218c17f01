import { ResourceGraphClient } from '@azure/arm-resourcegraph'
import type { SubscriptionClient } from '@azure/arm-resources-subscriptions'
import { retryPolicy, type PipelinePolicy } from '@azure/core-rest-pipeline'
import type { TokenCredential } from '@azure/identity'
import { toError } from '../errors.ts'
import type { AzureOptions } from '../options.ts'
import { answerText } from './answer-text.ts'
import { TIMEOUT_MS } from './deadline.ts'
import { renewing } from './renewing.ts'
import { simulatorTokenPolicy } from './token.ts'

const RETRIES = 2
const FIRST_DELAY_MS = 50
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
  const identity = once(async () => (isPlain ? simulatedIdentity(base, tenant_id) : realIdentity(tenant_id)))
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

async function realIdentity(tenantId: string | undefined): Promise<Identity> {
  const { DefaultAzureCredential } = await import('@azure/identity')
  return { credential: renewing(new DefaultAzureCredential(tenantId === undefined ? {} : { tenantId })) }
}

function simulatedIdentity(endpoint: string, tenant = 'common'): Identity {
  const credential = { getToken: async () => ({ token: '', expiresOnTimestamp: 0 }) }
  return { credential, signer: simulatorTokenPolicy(endpoint, tenant) }
}

/**
 * Retries live in two places, here for blips (a broken connection, a 5xx) and in the queue for all else. The SDK's own
 * policy would also wait out a 429 in here, where the limiter learns nothing of it and other workers go on.
 */
function prepared<T extends Client>(client: T, signer: PipelinePolicy | undefined, silenceMs: number): T {
  const { pipeline } = client
  if (signer) {
    pipeline.removePolicy({ name: 'bearerTokenAuthenticationPolicy' })
    pipeline.addPolicy(signer, { phase: 'Sign' })
  }
  pipeline.addPolicy(answerText(silenceMs), { afterPhase: 'Sign' })
  pipeline.removePolicy({ name: 'defaultRetryPolicy' })
  pipeline.addPolicy(retryPolicy([blips], { maxRetries: RETRIES }), { phase: 'Retry' })
  return client
}

const blips: Parameters<typeof retryPolicy>[0][number] = {
  name: 'blips',
  retry: ({ retryCount, response, responseError }) => {
    const isBlip = response ? response.status >= 500 : toError(responseError).code === 'UNAVAILABLE'
    if (!isBlip) return { skipStrategy: true }
    return { retryAfterInMs: FIRST_DELAY_MS * 2 ** retryCount * (0.5 + Math.random()) }
  },
}
