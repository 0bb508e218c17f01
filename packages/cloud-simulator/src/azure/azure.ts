import { expiredToken, issueToken, principalOf } from './auth.ts'
import { headers, ok } from './answer.ts'
import { AzureError, badRequest, readsThrottled, throttled, wrongVersion } from './error.ts'
import { listOf } from './lists.ts'
import type { FaultKind } from '../fault-kinds.ts'
import type { Strike } from '../faults.ts'
import { graphRequest, isSummary, tablesOf, type GraphRequest } from './graph-request.ts'
import { endingOf, parseJson, silenceOf, type Answer, type Silence } from '../http.ts'
import { AZURE_QUERIES, AZURE_READS, type WindowState } from '../quotas.ts'
import { answerQuery, type GraphAnswer } from './resource-graph.ts'
import { pageNumber } from '../estate/selection.ts'
import type { World } from '../world.ts'

export interface AzureCall {
  readonly method: string
  readonly url: URL
  readonly authorization: string | undefined
  readonly body: string
}

const TOKEN_PATH = /^\/([^/]+)\/oauth2\/v2\.0\/token$/
const GRAPH_PATH = '/providers/microsoft.resourcegraph/resources'
const GRAPH_VERSIONS = new Set(['2024-04-01', '2022-10-01', '2021-03-01'])

/** Azure Resource Manager: sign-in, subscriptions, management groups, Resource Graph. */
export async function answerAzure(world: World, call: AzureCall): Promise<Answer | Silence> {
  const tenant = TOKEN_PATH.exec(call.url.pathname)?.[1]
  if (tenant && call.method === 'POST') {
    return counted(world, 'Token', { page: 1 }, (strike) => {
      if (strike) refuse(strike, world.now())
      world.faults.end('new_subscription')
      return issueToken(world, tenant, call.body)
    })
  }
  const path = call.url.pathname.toLowerCase().replace(/\/$/, '')
  if (path === GRAPH_PATH && call.method === 'POST') return resources(world, call)
  const list = call.method === 'GET' ? listOf(world, path, call.url) : null
  if (list) {
    return counted(world, list.operation, { page: 1 }, (strike) => {
      if (strike) refuse(strike, world.now())
      const principal = principalOf(call.authorization, world.now())
      if (!world.quotas.bucket(`azure reads ${principal}`, AZURE_READS)) throw readsThrottled()
      if (!call.url.searchParams.get('api-version')) throw wrongVersion(null)
      return list.answer()
    })
  }
  return counted(world, 'Unknown', { page: 1 }, (strike) => {
    if (strike) refuse(strike, world.now())
    principalOf(call.authorization, world.now())
    throw new AzureError(404, 'InvalidResourceType', `The resource type could not be found at '${call.url.pathname}'.`)
  })
}

interface Subject {
  readonly lasting?: readonly FaultKind[]
  readonly page: number
  readonly scopes?: readonly string[]
  readonly tables?: readonly string[]
}

const LASTING = [
  'denied',
  'region_disabled',
  'disabled_shown',
  'unlisted',
  'new_subscription',
  'hidden_rows',
  'rows_above',
  'heavy_rows',
  'subscription_limit',
  'unregistered',
] as const

/** Kinds that are about pages of rows; counts are one short page. */
const OF_ROWS = ['lost_page', 'duplicate_items', 'short_page', 'empty_page', 'too_large', 'no_skip_token'] as const

/** Counts, delays and breaks a call as the rules say; to refuse it is left to `run`, which knows how. */
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
    lasting: LASTING,
    ...subject,
  })
  await world.sleep(world.latencyMs + (strike?.delayMs ?? 0))
  const silence = silenceOf(strike)
  if (silence) {
    world.requests.count('azure', operation, 'failed')
    return silence
  }
  const answer = attempt(() => run(strike))
  world.requests.count(
    'azure',
    operation,
    endingOf(answer, () => false),
  )
  return answer
}

function refuse(strike: Strike, now: number): void {
  if (strike.hits('throttle')) throw readsThrottled(strike.retryAfterMs)
  if (strike.hits('server_error'))
    throw new AzureError(503, 'ServiceUnavailable', 'The service is temporarily unavailable.')
  if (strike.hits('expired_token')) throw expiredToken(now - 60_000, now)
  if (strike.hits('expired_cursor')) throw badRequest(now, 'InvalidSkipToken', 'The provided $skipToken has expired.')
}

function resources(world: World, { url, authorization, body }: AzureCall): Promise<Answer | Silence> {
  let request: GraphRequest | null = null
  let failure: unknown
  try {
    request = graphRequest(parseJson(body), world.now())
  } catch (thrown) {
    failure = thrown
  }
  const tables = request ? tablesOf(request.query) : []
  const subject = {
    page: pageNumber(request?.skipToken ?? null),
    scopes: request?.subscriptions ?? request?.managementGroups ?? world.estate.azureSubscriptions,
    tables,
    lasting: [
      ...LASTING,
      ...(request && isSummary(request.query) ? OF_ROWS : []),
      ...(tables.length > 1 ? [] : (['union_refused'] as const)),
    ],
  }
  return counted(world, 'Resources', subject, (strike) => {
    const principal = principalOf(authorization, world.now())
    const version = url.searchParams.get('api-version')
    if (!version || !GRAPH_VERSIONS.has(version)) throw wrongVersion(version)
    const quota = spentBy(strike, world.quotas.window(`azure ${principal}`, AZURE_QUERIES))
    return withQuota(world, quota, () => {
      if (!quota.allowed) throw throttled(world.now(), strike?.retryAfterMs)
      if (strike) refuse(strike, world.now())
      if (!request) throw failure
      return answerQuery(world, request, strike)
    })
  })
}

// A throttle is told as what it would be: a quota of which nothing is left.
function spentBy(strike: Strike | undefined, quota: WindowState): WindowState {
  if (!strike?.hits('throttle')) return quota
  return { allowed: false, remaining: 0, resetsAfterMs: strike.retryAfterMs ?? quota.resetsAfterMs }
}

// The quota stands in the headers of every answer, also of those that refuse.
function withQuota(world: World, quota: WindowState, run: () => GraphAnswer): Answer {
  const answer = attempt(() => {
    const { json, limitHit } = run()
    return ok(json, limitHit ? { 'x-ms-tenant-subscription-limit-hit': 'true' } : {})
  })
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

function attempt(run: () => Answer): Answer {
  try {
    return run()
  } catch (thrown) {
    if (!(thrown instanceof AzureError)) throw thrown
    const challenge: Record<string, string> =
      thrown.status === 401 ? { 'www-authenticate': 'Bearer authorization_uri="https://login.windows.net/"' } : {}
    const later: Record<string, string> =
      thrown.retryAfter === undefined ? {} : { 'retry-after': String(thrown.retryAfter) }
    return { status: thrown.status, headers: { ...headers(), ...challenge, ...later }, body: thrown.body() }
  }
}
