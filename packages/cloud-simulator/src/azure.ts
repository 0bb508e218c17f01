import { randomUUID } from 'node:crypto'
import { expiredToken, issueToken, principalOf } from './azure-auth.ts'
import { AzureError, badRequest, throttled } from './azure-error.ts'
import type { Strike } from './faults.ts'
import { endingOf, parseJson, type Answer, type Silence } from './http.ts'
import { AZURE_QUERIES, type WindowState } from './quotas.ts'
import { answerQuery, graphRequest, tableOf, type GraphRequest } from './resource-graph.ts'
import { pageNumber } from './selection.ts'
import type { World } from './world.ts'

export interface AzureCall {
  readonly method: string
  readonly url: URL
  readonly authorization: string | undefined
  readonly body: string
}

const TOKEN_PATH = /^\/([^/]+)\/oauth2\/v2\.0\/token$/
const GRAPH_PATH = '/providers/microsoft.resourcegraph/resources'
const GRAPH_VERSIONS = new Set(['2024-04-01', '2022-10-01', '2021-03-01'])
const SUBSCRIPTIONS_PAGE = 1000

/** Azure Resource Manager: sign-in, subscriptions, Resource Graph. */
export async function answerAzure(world: World, call: AzureCall): Promise<Answer | Silence> {
  const tenant = TOKEN_PATH.exec(call.url.pathname)?.[1]
  if (tenant && call.method === 'POST') {
    return counted(world, 'Token', { page: 1 }, () => issueToken(world, tenant, call.body))
  }
  const path = call.url.pathname.toLowerCase().replace(/\/$/, '')
  if (path === GRAPH_PATH && call.method === 'POST') return resources(world, call)
  if (path === '/subscriptions' && call.method === 'GET') {
    return counted(world, 'Subscriptions', { page: 1 }, () => {
      principalOf(call.authorization, world.now())
      return subscriptions(world, call.url)
    })
  }
  return counted(world, 'Unknown', { page: 1 }, () => {
    principalOf(call.authorization, world.now())
    throw new AzureError(404, 'InvalidResourceType', `The resource type could not be found at '${call.url.pathname}'.`)
  })
}

interface Subject {
  readonly page: number
  readonly scopes?: readonly string[]
  readonly table?: string
}

/** Counts, delays and breaks a call as the rules say. */
async function counted(
  world: World,
  operation: string,
  subject: Subject,
  run: (strike?: Strike) => Answer,
): Promise<Answer | Silence> {
  const strike = world.faults.strike({
    provider: 'azure',
    operation,
    scopes: [],
    namedOnly: operation !== 'Resources',
    lasting: ['denied', 'region_disabled'],
    ...subject,
  })
  await world.sleep(world.latencyMs + (strike?.delayMs ?? 0))
  if (strike?.kind === 'reset' || strike?.kind === 'hang') {
    world.requests.count('azure', operation, 'failed')
    return strike.kind
  }
  const answer = attempt(() => {
    if (strike) refuse(strike, world.now())
    return run(strike)
  })
  world.requests.count(
    'azure',
    operation,
    endingOf(answer, () => false),
  )
  return answer
}

function refuse({ kind }: Strike, now: number): void {
  if (kind === 'throttle') throw throttled(now)
  if (kind === 'server_error')
    throw new AzureError(503, 'ServiceUnavailable', 'The service is temporarily unavailable.')
  if (kind === 'expired_token') throw expiredToken(now - 60_000, now)
  if (kind === 'expired_cursor') throw badRequest(now, 'InvalidSkipToken', 'The provided $skipToken has expired.')
}

function resources(world: World, { url, authorization, body }: AzureCall): Promise<Answer | Silence> {
  let request: GraphRequest | null = null
  let failure: unknown
  try {
    request = graphRequest(parseJson(body), world.now())
  } catch (thrown) {
    failure = thrown
  }
  const table = request && tableOf(request.query)
  const subject = {
    page: pageNumber(request?.skipToken ?? null),
    scopes: request?.subscriptions ?? world.estate.azureSubscriptions,
    ...(table && { table }),
  }
  return counted(world, 'Resources', subject, (strike) => {
    const principal = principalOf(authorization, world.now())
    const version = url.searchParams.get('api-version')
    if (!version || !GRAPH_VERSIONS.has(version)) throw wrongVersion(version)
    const quota = world.quotas.window(`azure ${principal}`, AZURE_QUERIES)
    return withQuota(world, quota, () => {
      if (!quota.allowed) throw throttled(world.now())
      if (!request) throw failure
      return answerQuery(world, request, strike)
    })
  })
}

// The quota stands in the headers of every answer, also of those that refuse.
function withQuota(world: World, quota: WindowState, run: () => string): Answer {
  const answer = attempt(() => ok(run()))
  const headers = {
    ...answer.headers,
    'x-ms-user-quota-remaining': String(quota.remaining),
    'x-ms-user-quota-resets-after': timeSpan(quota.resetsAfterMs, world.timeScale),
    'x-ms-ratelimit-remaining-tenant-reads': '11999',
    'x-ms-ratelimit-remaining-tenant-resource-requests': String(quota.remaining),
  }
  return { ...answer, headers }
}

/** `hh:mm:ss` in whole seconds, as Resource Graph says it; where time is compressed, with a fraction. */
function timeSpan(milliseconds: number, timeScale: number): string {
  const seconds = timeScale === 1 ? Math.ceil(milliseconds / 1000) : milliseconds / 1000
  const whole = Math.floor(seconds)
  const fraction = timeScale === 1 ? '' : `.${String(Math.round((seconds - whole) * 1e7) % 1e7).padStart(7, '0')}`
  return `${pad(Math.floor(whole / 3600))}:${pad(Math.floor(whole / 60) % 60)}:${pad(whole % 60)}${fraction}`
}

function pad(value: number): string {
  return String(value).padStart(2, '0')
}

function subscriptions({ estate, faults }: World, url: URL): Answer {
  if (!url.searchParams.get('api-version')) throw wrongVersion(null)
  const start = Number(url.searchParams.get('$skiptoken') ?? 0) || 0
  const page = estate.azureSubscriptions.slice(start, start + SUBSCRIPTIONS_PAGE)
  const value = page.map((id) => ({
    id: `/subscriptions/${id}`,
    authorizationSource: 'RoleBased',
    managedByTenants: [],
    subscriptionId: id,
    tenantId: estate.azureTenant,
    displayName: `Subscription ${id.slice(0, 8)}`,
    state: faults.holds('region_disabled', 'azure', id) ? 'Disabled' : 'Enabled',
    subscriptionPolicies: {
      locationPlacementId: 'Public_2014-09-01',
      quotaId: 'EnterpriseAgreement_2014-09-01',
      spendingLimit: 'Off',
    },
  }))
  const next = new URL(url)
  next.searchParams.set('$skiptoken', String(start + SUBSCRIPTIONS_PAGE))
  const more = start + SUBSCRIPTIONS_PAGE < estate.azureSubscriptions.length
  return ok(
    JSON.stringify({ value, count: { type: 'Total', value: value.length }, ...(more && { nextLink: next.href }) }),
  )
}

function wrongVersion(version: string | null): AzureError {
  return version === null
    ? new AzureError(
        400,
        'MissingApiVersionParameter',
        'The api-version query parameter (?api-version=) is required for all requests.',
      )
    : new AzureError(400, 'InvalidApiVersionParameter', `The api-version '${version}' is invalid.`)
}

function attempt(run: () => Answer): Answer {
  try {
    return run()
  } catch (thrown) {
    if (!(thrown instanceof AzureError)) throw thrown
    const challenge: Record<string, string> =
      thrown.status === 401 ? { 'www-authenticate': 'Bearer authorization_uri="https://login.windows.net/"' } : {}
    return { status: thrown.status, headers: { ...headers(), ...challenge }, body: thrown.body() }
  }
}

function ok(body: string): Answer {
  return { status: 200, headers: headers(), body }
}

function headers(): Record<string, string> {
  const id = randomUUID()
  return { 'content-type': 'application/json; charset=utf-8', 'x-ms-request-id': id, 'x-ms-correlation-request-id': id }
}
