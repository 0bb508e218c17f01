import type { IncomingHttpHeaders } from 'node:http2'
import type { Strike } from './faults.ts'
import { CONTENT, listAssetsResponse, type Content } from './gcp-assets.ts'
import { decodeListAssets, type ListAssetsRequest } from './gcp-request.ts'
import { CODE, errorInfo, GrpcError } from './grpc.ts'
import { listItems } from './listing.ts'
import { GCP_QUOTAS, type WindowQuota } from './quotas.ts'
import type { EstateSlice } from './resource-type.ts'
import { FIRST, pageNumber, readCursor, runsOf, type Cursor } from './selection.ts'
import type { World } from './world.ts'

const SERVICE = '/google.cloud.asset.v1.AssetService/'
const DEFAULT_PAGE = 100
const MAX_PAGE = 1000
const HISTORY_MS = 35 * 86_400_000

/** Cloud Asset Inventory, the one method ListAssets. */
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

async function run(world: World, operation: string, headers: IncomingHttpHeaders, message: Buffer) {
  if (operation !== 'ListAssets') throw new GrpcError(CODE.unimplemented, `Method not found: ${operation}`)
  const request = decodeListAssets(message)
  const strike = world.faults.strike({
    provider: 'gcp',
    operation,
    scopes: [request.parent, request.parent.split('/').at(-1)!],
    page: pageNumber(request.pageToken || null),
  })
  await world.sleep(world.latencyMs + (strike?.delayMs ?? 0))
  if (strike?.kind === 'reset' || strike?.kind === 'hang') return strike.kind
  if (strike) refuse(strike, request)
  spendQuota(world, operation, quotaProject(headers, request))
  return listAssets(world, request, strike)
}

function refuse({ kind }: Strike, { parent }: ListAssetsRequest): void {
  if (kind === 'throttle') throw quotaExceeded('ListAssets', parent, GCP_QUOTAS['ListAssets']!.project[0]!)
  if (kind === 'server_error') throw new GrpcError(CODE.unavailable, 'The service is currently unavailable.')
  if (kind === 'denied') throw denied(parent)
  if (kind === 'region_disabled') throw disabled(parent)
  if (kind === 'expired_cursor') throw new GrpcError(CODE.invalidArgument, 'The page token has expired.')
  if (kind === 'expired_token') {
    throw new GrpcError(
      CODE.unauthenticated,
      'Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential.',
      [errorInfo('ACCESS_TOKEN_EXPIRED', { service: 'cloudasset.googleapis.com' })],
    )
  }
}

function listAssets(world: World, request: ListAssetsRequest, strike: Strike | undefined): Buffer {
  const slices = slicesOf(world, request.parent)
  const content = contentOf(request.contentType)
  if (request.pageSize < 0) throw invalid('page_size must not be negative')
  const readTime = readTimeOf(request, world.now())
  const wanted = wantedTypes(request.assetTypes, slices)
  const selection = { runs: runsOf(slices, (_, type) => !wanted || wanted.has(type)) }
  const question = [request.parent, content, request.readTimeMs ?? '', ...request.assetTypes].join(' ')
  const limit = Math.min(request.pageSize || DEFAULT_PAGE, MAX_PAGE)
  const { items, next } = listItems(selection, question, cursorOf(request, question), limit, strike)
  return listAssetsResponse(items, content, readTime, next)
}

const FOLDERS = 8

function slicesOf({ estate }: World, parent: string): readonly EstateSlice[] {
  const [kind, id] = parent.split('/')
  const { gcp } = estate.tables
  if (kind === 'organizations' && id === estate.gcpOrganization) return gcp
  if (kind === 'folders' && /^[0-7]$/.test(id ?? '')) return gcp.filter((slice) => slice.salt % FOLDERS === Number(id))
  if (kind === 'projects') {
    const found = gcp.filter((slice) => slice.scope === id || String(100_000_000_000 + slice.salt) === id)
    if (found.length > 0) return found
  }
  if (!['organizations', 'folders', 'projects'].includes(kind ?? '') || !id) {
    throw invalid(`Request contains an invalid parent: ${parent}`)
  }
  // Google does not tell what does not exist from what one may not see.
  throw denied(parent)
}

function contentOf(contentType: number): Content {
  if (contentType === CONTENT.unspecified || contentType === CONTENT.resource || contentType === CONTENT.iamPolicy) {
    return contentType
  }
  throw new GrpcError(CODE.unimplemented, `content type ${contentType} is not simulated`)
}

function readTimeOf({ readTimeMs }: ListAssetsRequest, now: number): number {
  if (readTimeMs === null) return now
  if (readTimeMs > now + 60_000 || readTimeMs < now - HISTORY_MS) {
    throw invalid('read_time must be between 35 days ago and now')
  }
  return readTimeMs
}

/** Positions of the types that the expressions match in full; null for all. */
function wantedTypes(expressions: readonly string[], [first]: readonly EstateSlice[]): ReadonlySet<number> | null {
  if (expressions.length === 0 || !first) return null
  const wanted = new Set<number>()
  for (const expression of expressions) {
    const pattern = compile(expression)
    const matching = [...first.types.types.keys()].filter((n) => pattern.test(first.types.types[n]!.name))
    if (matching.length === 0) throw invalid(`Invalid asset type: ${expression} matches no supported asset type`)
    for (const n of matching) wanted.add(n)
  }
  return wanted
}

function compile(expression: string): RegExp {
  try {
    return new RegExp(`^(?:${expression})$`)
  } catch {
    throw invalid(`Invalid asset type: ${expression} is no RE2 expression`)
  }
}

function cursorOf({ pageToken }: ListAssetsRequest, question: string): Cursor {
  if (pageToken === '') return FIRST
  const cursor = readCursor(question, pageToken)
  if (!cursor) throw invalid('The page token is invalid, or the other parameters are not those of the first page')
  return cursor
}

function quotaProject(headers: IncomingHttpHeaders, { parent }: ListAssetsRequest): string {
  const named = headers['x-goog-user-project']
  return typeof named === 'string' && named !== '' ? named : parent
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

function quotaExceeded(method: string, consumer: string, { windowMs }: WindowQuota): GrpcError {
  const per = windowMs > 60_000 ? 'day' : 'minute'
  return new GrpcError(
    CODE.resourceExhausted,
    `Quota exceeded for quota metric '${method} Requests' and limit '${method} Requests per ${per}' of service 'cloudasset.googleapis.com' for consumer '${consumer}'.`,
    [errorInfo('RATE_LIMIT_EXCEEDED', { service: 'cloudasset.googleapis.com', consumer })],
  )
}

function denied(parent: string): GrpcError {
  return new GrpcError(CODE.permissionDenied, `The caller does not have permission on ${parent}`)
}

function disabled(parent: string): GrpcError {
  return new GrpcError(
    CODE.permissionDenied,
    `Cloud Asset API has not been used in project ${parent} before or it is disabled.`,
    [errorInfo('SERVICE_DISABLED', { service: 'cloudasset.googleapis.com', consumer: parent })],
  )
}

function invalid(message: string): GrpcError {
  return new GrpcError(CODE.invalidArgument, message)
}
