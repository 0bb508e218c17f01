import type { IncomingHttpHeaders } from 'node:http2'
import type { FaultKind } from '../fault-kinds.ts'
import type { Strike } from '../faults.ts'
import { quotaExceeded, quotaProjectMissing, refuse } from './error.ts'
import { listAssets } from './list.ts'
import { decodeListAssets, decodeSearch } from './request.ts'
import { namesOf } from './scope.ts'
import { searchAllResources } from './search.ts'
import { CODE, GrpcError } from './grpc.ts'
import { silenceOf } from '../http.ts'
import { GCP_QUOTAS, type WindowQuota } from '../quotas.ts'
import { pageNumber } from '../estate/selection.ts'
import type { World } from '../world.ts'

const SERVICE = '/google.cloud.asset.v1.AssetService/'

/** Cloud Asset Inventory: ListAssets and SearchAllResources. */
export async function answerAssets(
  world: World,
  path: string,
  headers: IncomingHttpHeaders,
  message: Buffer,
): Promise<Buffer | 'reset' | 'hang'> {
  const operation = path.startsWith(SERVICE) ? path.slice(SERVICE.length) : path
  try {
    const answer = await run(world, operation, headers, message)
    world.requests.count('gcp', operation, typeof answer === 'string' ? 'failed' : 'ok')
    return answer
  } catch (thrown) {
    const throttled = thrown instanceof GrpcError && thrown.code === CODE.resourceExhausted
    world.requests.count('gcp', operation, throttled ? 'throttled' : 'failed')
    throw thrown
  }
}

/** A request as far as faults and quotas ask. */
interface Call {
  readonly operation: string
  readonly parent: string
  readonly pageToken: string
  readonly content?: string
  readonly answer: (strike: Strike | undefined) => Buffer
}

const CONTENT_NAMES: Readonly<Record<number, string>> = { 1: 'RESOURCE', 2: 'IAM_POLICY', 7: 'RELATIONSHIP' }

const CALLS: Readonly<Record<string, (world: World, message: Buffer) => Call>> = {
  ListAssets(world, message) {
    const request = decodeListAssets(message)
    const { parent, pageToken, contentType } = request
    const content = CONTENT_NAMES[contentType]
    const answer = (strike: Strike | undefined) => listAssets(world, request, strike)
    return { operation: 'ListAssets', parent, pageToken, ...(content && { content }), answer }
  },
  SearchAllResources(world, message) {
    const request = decodeSearch(message)
    const answer = (strike: Strike | undefined) => searchAllResources(world, request, strike)
    return { operation: 'SearchAllResources', parent: request.scope, pageToken: request.pageToken, answer }
  },
}

async function run(world: World, operation: string, headers: IncomingHttpHeaders, message: Buffer) {
  const make = Object.hasOwn(CALLS, operation) ? CALLS[operation] : undefined
  if (!make) throw new GrpcError(CODE.unimplemented, `Method not found: ${operation}`)
  const call = make(world, message)
  const consumer = quotaProject(headers)
  const strike = strikeOf(world, call)
  await world.sleep(world.latencyMs + (strike?.delayMs ?? 0))
  const silence = silenceOf(strike)
  if (silence) return silence
  if (consumer === undefined && world.faults.holds('quota_project_missing', 'gcp', namesOf(call.parent))) {
    throw quotaProjectMissing()
  }
  if (strike) refuse(strike, operation, call.parent, consumer ?? call.parent)
  spendQuota(world, operation, consumer ?? call.parent)
  return call.answer(strike)
}

/** They change what is listed rather than one answer. */
const LASTING: readonly FaultKind[] = [
  'search_lag',
  'unsearchable',
  'unsupported_type',
  'short_expressions',
  'policy_only',
  'relationships_off',
  'quota_project_missing',
]
/** They damage pages of resources; a search, which only counts, they strike where they name it. */
const DAMAGE: readonly FaultKind[] = [
  'repeated_cursor',
  'lost_page',
  'duplicate_items',
  'repeated_items',
  'short_page',
  'empty_page',
  'volatile_window',
  'types_refused',
]

function strikeOf({ faults }: World, { operation, parent, pageToken, content }: Call): Strike | undefined {
  const subject = {
    provider: 'gcp',
    operation,
    scopes: namesOf(parent),
    page: pageNumber(pageToken || null),
    ...(content && { table: content }),
  } as const
  if (operation === 'ListAssets') return faults.strike({ ...subject, lasting: LASTING })
  return (
    faults.strike({ ...subject, lasting: LASTING, namedOnly: true }) ??
    faults.strike({ ...subject, lasting: [...LASTING, ...DAMAGE] })
  )
}

function quotaProject(headers: IncomingHttpHeaders): string | undefined {
  const named = headers['x-goog-user-project']
  return typeof named === 'string' && named !== '' ? named : undefined
}

function spendQuota({ quotas, estate }: World, method: string, project: string): void {
  const organization = `organizations/${estate.gcpOrganization}`
  const { project: ofProject = [], organization: ofOrganization = [] } = GCP_QUOTAS[method] ?? {}
  const spend = (consumer: string, windows: readonly WindowQuota[]) => {
    for (const window of windows) {
      const { allowed } = quotas.window(`gcp ${method} ${consumer} ${window.windowMs}`, window)
      if (!allowed) throw quotaExceeded(method, consumer, window)
    }
  }
  spend(project, ofProject)
  spend(organization, ofOrganization)
}
