import { ResourceGraphClient } from '@azure/arm-resourcegraph'
import { retryPolicy } from '@azure/core-rest-pipeline'
import { toError } from './errors.ts'
import type { AzureOptions } from './options.ts'
import { simulatorTokenPolicy } from './token.ts'

const RETRIES = 2
const FIRST_DELAY_MS = 50

/** Made when first needed, since credentials are looked up then. */
export type ClientSource = () => Promise<ResourceGraphClient>

/** An endpoint over plain http is a simulator, on whatever host: it is never sent credentials of ours. */
export function clientSource({ endpoint, tenant_id }: AzureOptions): ClientSource {
  const isPlain = endpoint !== undefined && new URL(endpoint).protocol === 'http:'
  let client: Promise<ResourceGraphClient> | undefined
  const make = isPlain ? async () => simulatorClient(endpoint, tenant_id) : () => realClient(endpoint, tenant_id)
  return () =>
    (client ??= make().catch((thrown: unknown) => {
      client = undefined
      throw thrown
    }))
}

async function realClient(endpoint: string | undefined, tenantId: string | undefined): Promise<ResourceGraphClient> {
  const { DefaultAzureCredential } = await import('@azure/identity')
  const credential = new DefaultAzureCredential(tenantId === undefined ? {} : { tenantId })
  const own = endpoint && { endpoint, credentials: { scopes: [`${endpoint.replace(/\/+$/, '')}/.default`] } }
  return withOwnRetries(new ResourceGraphClient(credential, { ...own }))
}

function simulatorClient(endpoint: string, tenant = 'common'): ResourceGraphClient {
  const credential = { getToken: async () => ({ token: '', expiresOnTimestamp: 0 }) }
  const client = new ResourceGraphClient(credential, { endpoint, allowInsecureConnection: true })
  client.pipeline.removePolicy({ name: 'bearerTokenAuthenticationPolicy' })
  client.pipeline.addPolicy(simulatorTokenPolicy(endpoint.replace(/\/+$/, ''), tenant), { phase: 'Sign' })
  return withOwnRetries(client)
}

/**
 * Retries live in two places, here for blips (a broken connection, a 5xx) and in the queue for all else. The SDK's own
 * policy would also wait out a 429 in here, where the limiter learns nothing of it and other workers go on.
 */
function withOwnRetries(client: ResourceGraphClient): ResourceGraphClient {
  client.pipeline.removePolicy({ name: 'defaultRetryPolicy' })
  client.pipeline.addPolicy(retryPolicy([blips], { maxRetries: RETRIES }), { phase: 'Retry' })
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
