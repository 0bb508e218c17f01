import {
  createDefaultHttpClient,
  createHttpHeaders,
  createPipelineRequest,
  type PipelinePolicy,
} from '@azure/core-rest-pipeline'
import { ExtractionError } from '@cae/core'

const RENEW_BEFORE_MS = 60_000

interface Token {
  readonly text: string
  readonly renewAt: number
}

/**
 * Signs requests with a token of the simulator's own authority. The SDK's policy refuses to send a token over plain
 * http, rightly; this one is worth nothing elsewhere.
 */
export function simulatorTokenPolicy(endpoint: string, tenant: string): PipelinePolicy {
  let current: Promise<Token> | undefined
  const token = async () => {
    const known = await current?.catch(() => undefined)
    if (known && Date.now() < known.renewAt) return known.text
    current = requestToken(`${endpoint}/${tenant}/oauth2/v2.0/token`)
    return (await current).text
  }
  return {
    name: 'simulatorTokenPolicy',
    sendRequest: async (request, next) => {
      request.headers.set('authorization', `Bearer ${await token()}`)
      const response = await next(request)
      if (response.status === 401) current = undefined
      return response
    },
  }
}

async function requestToken(url: string): Promise<Token> {
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: 'cloud-artifact-extractor',
    client_secret: 'simulated',
    scope: 'https://management.azure.com/.default',
  })
  const request = createPipelineRequest({
    url,
    method: 'POST',
    allowInsecureConnection: true,
    headers: createHttpHeaders({ 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' }),
    body: form.toString(),
  })
  const { status, bodyAsText } = await createDefaultHttpClient().sendRequest(request)
  if (status !== 200) throw new ExtractionError('CREDENTIALS_INVALID', `Azure: the token endpoint answered ${status}`)
  const { access_token, expires_in } = JSON.parse(bodyAsText ?? '{}') as {
    access_token?: string
    expires_in?: number | string
  }
  if (!access_token) throw new ExtractionError('CREDENTIALS_INVALID', 'Azure: the token endpoint gave no token')
  return { text: access_token, renewAt: Date.now() + Number(expires_in ?? 0) * 1000 - RENEW_BEFORE_MS }
}
