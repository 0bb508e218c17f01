import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { faultRulesSchema } from './faults.ts'
import { countPolicies } from './gcp/policy.ts'
import { parseJson, readBody, send, type Answer } from './http.ts'
import { PROVIDERS, type ProviderName } from './estate/resource-type.ts'
import type { World } from './world.ts'

export const CONTROL_PATH = '/simulator'

/** Looks at the truth and sets faults. It is no cloud's API, and is not counted. */
export async function answerControl(
  world: World,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
): Promise<void> {
  const route = `${request.method} ${url.pathname.slice(CONTROL_PATH.length).replace(/\/$/, '')}`
  if (route === 'GET /ids') return sendIds(world, url.searchParams.get('provider'), response)
  if (route === 'PUT /faults') return send(response, setFaults(world, await readBody(request)))
  const answer = ROUTES[route]?.(world)
  send(response, answer ?? json(404, { detail: `no such route: ${route}; there are ${ROUTE_NAMES.join(', ')}` }))
}

const ROUTES: Readonly<Record<string, (world: World) => Answer>> = {
  'GET /health': () => json(200, { status: 'ok' }),
  'GET /estate': ({ estate }) => json(200, estateSummary(estate)),
  'GET /slices': ({ estate }) => json(200, estate.slices()),
  'GET /policies': ({ estate }) => json(200, { gcp: countPolicies(estate) }),
  'GET /faults': ({ faults }) => json(200, faults.counts()),
  'GET /requests': ({ requests }) => json(200, requests.counts()),
  'DELETE /requests': ({ requests }) => {
    requests.reset()
    return { status: 204, body: '' }
  },
}
const ROUTE_NAMES = [...Object.keys(ROUTES), 'GET /ids', 'PUT /faults']

/** Scopes and counts, as the process prints them at its start. */
export function estateSummary(estate: World['estate']) {
  const { awsAccounts, awsRegions, azureSubscriptions, azureTenant, gcpProjects, gcpOrganization } = estate
  const counts = Object.fromEntries(PROVIDERS.map((provider) => [provider, estate.count(provider)]))
  return { awsAccounts, awsRegions, azureSubscriptions, azureTenant, gcpProjects, gcpOrganization, counts }
}

function setFaults({ faults }: World, body: string | null): Answer {
  const { error, value } = faultRulesSchema.required().validate(parseJson(body ?? ''), { abortEarly: false })
  if (error) {
    const errors = error.details.map(({ path, message }) => ({ field: path.join('.'), message }))
    return json(422, { detail: 'the fault rules are not valid', errors })
  }
  faults.set(value)
  return { status: 204, body: '' }
}

const IDS_PER_CHUNK = 1000

/** Streams, since there may be millions. */
async function sendIds({ estate }: World, name: string | null, response: ServerResponse): Promise<void> {
  const provider = PROVIDERS.find((one) => one === name)
  if (!provider) return send(response, json(400, { detail: `provider must be one of ${PROVIDERS.join(', ')}` }))
  response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' })
  // A client that goes away in the middle is no concern of ours.
  await pipeline(Readable.from(chunks(estate, provider)), response).catch(() => {})
}

function* chunks(estate: World['estate'], provider: ProviderName): Iterable<string> {
  let lines: string[] = []
  for (const id of estate.ids(provider)) {
    if (lines.push(id) < IDS_PER_CHUNK) continue
    yield `${lines.join('\n')}\n`
    lines = []
  }
  if (lines.length > 0) yield `${lines.join('\n')}\n`
}

function json(status: number, body: unknown): Answer {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
}
