import type { Subscription } from '@azure/arm-resources-subscriptions'
import { createPipelineRequest, RestError } from '@azure/core-rest-pipeline'
import { ExtractionError, type Context } from '@cae/core'
import type { Attempt, Call } from './call.ts'
import type { Clients } from './client.ts'

const GROUPS_VERSION = '2020-05-01'
const PROVIDERS_VERSION = '2021-04-01'

/** What Resource Manager says, beside Resource Graph, of which subscriptions there are. */
export interface Arm {
  /** Subscription id, lower case → `Enabled`, `Disabled`, `Warned`, `PastDue` or `Deleted`. */
  subscriptions(context: Context): Promise<ReadonlyMap<string, string>>
  /** What is below a management group, lower case, also what we may not read. */
  descendants(group: string, context: Context): Promise<Descendants>
  /** `Registered`, or what else Microsoft.ResourceGraph is in a subscription. */
  registration(subscription: string, context: Context): Promise<string>
}

export interface Descendants {
  /** Ids. */
  readonly subscriptions: readonly string[]
  /** Names of management groups. */
  readonly groups: readonly string[]
}

export function createArm(clients: Clients, call: Call): Arm {
  const get = <T>(url: string, context: Context) => call('arm', (attempt) => getJson<T>(clients, url, attempt), context)
  return {
    async subscriptions(context) {
      const found = new Map<string, string>()
      for (let token: string | undefined; ;) {
        const { list, next } = await call('arm', (attempt) => subscriptionPage(clients, token, attempt), context)
        for (const { subscriptionId, state } of list) {
          if (subscriptionId) found.set(subscriptionId.toLowerCase(), state ?? 'Enabled')
        }
        if (!next) return found
        token = following(token, next)
      }
    },
    async descendants(group, context) {
      const subscriptions: string[] = []
      const groups: string[] = []
      const path = `/providers/Microsoft.Management/managementGroups/${encodeURIComponent(group)}/descendants`
      let url: string | undefined = `${clients.endpoint}${path}?api-version=${GROUPS_VERSION}`
      while (url) {
        const page: DescendantPage = await get<DescendantPage>(url, context)
        for (const { type, name } of page.value) {
          const list = /\/?subscriptions$/i.test(type) ? subscriptions : groups
          list.push(name.toLowerCase())
        }
        url = page.nextLink && following(url, page.nextLink)
      }
      return { subscriptions, groups }
    },
    async registration(subscription, context) {
      const path = `/subscriptions/${subscription}/providers/Microsoft.ResourceGraph`
      const url = `${clients.endpoint}${path}?api-version=${PROVIDERS_VERSION}`
      const { registrationState } = await get<{ registrationState?: string }>(url, context)
      return registrationState ?? 'unknown'
    },
  }
}

function following(current: string | undefined, next: string): string {
  if (next !== current) return next
  throw new ExtractionError('CURSOR_LOOP', 'Azure: Resource Manager gave the link that it had given before')
}

interface DescendantPage {
  readonly value: readonly { readonly type: string; readonly name: string }[]
  readonly nextLink?: string
}

async function subscriptionPage(clients: Clients, continuationToken: string | undefined, attempt: Attempt) {
  const [client, { getContinuationToken }] = await Promise.all([
    clients.arm(),
    import('@azure/arm-resources-subscriptions'),
  ])
  const pages = client.subscriptions.list(attempt).byPage(continuationToken === undefined ? {} : { continuationToken })
  // One step is one request; to iterate would make all of them behind the limiter's back.
  const step = await pages[Symbol.asyncIterator]().next()
  const list: readonly Subscription[] = step.done ? [] : step.value
  return { list, next: getContinuationToken(list) }
}

async function getJson<T>(clients: Clients, url: string, { abortSignal, onResponse }: Attempt): Promise<T> {
  const client = await clients.arm()
  const request = createPipelineRequest({ url, method: 'GET', abortSignal, allowInsecureConnection: isPlain(url) })
  request.headers.set('accept', 'application/json')
  const response = await client.sendRequest(request)
  onResponse(response)
  const body: unknown = parse(response.bodyAsText)
  if (response.status === 200 && body !== undefined) return body as T
  if (response.status === 200) throw new ExtractionError('RESPONSE_INVALID', 'Azure: Resource Manager answered no JSON')
  const error = new RestError(`Resource Manager answered ${response.status}`, {
    statusCode: response.status,
    request,
    response,
  })
  error.details = body
  throw error
}

// Bearer tokens are refused over plain http by the SDK, and a simulator gets none of ours.
function isPlain(url: string): boolean {
  return url.startsWith('http:')
}

// Gateways answer errors in HTML; what a body of another kind means is told by the status.
function parse(text: string | null | undefined): unknown {
  try {
    return JSON.parse(text ?? '')
  } catch {
    return undefined
  }
}
