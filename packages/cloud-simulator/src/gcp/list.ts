import type { Strike } from '../faults.ts'
import { CONTENT, listedTypes, policyOnly, wantedTypes, type Content } from './asset-types.ts'
import { listAssetsResponse, listRelationsResponse } from './assets.ts'
import { invalid, noSuchType, relationshipsOff } from './error.ts'
import { hasPolicy } from './policy.ts'
import { rowsAt } from './relationship.ts'
import type { ListAssetsRequest } from './request.ts'
import { namesOf, slicesOf } from './scope.ts'
import { CODE, GrpcError } from './grpc.ts'
import { combine } from '../estate/hash.ts'
import { listItems, listRows } from '../listing.ts'
import type { Item } from '../estate/resource-type.ts'
import { FIRST, readCursor, runsOf, type Cursor, type Selection } from '../estate/selection.ts'
import type { World } from '../world.ts'

const DEFAULT_PAGE = 100
const MAX_PAGE = 1000
const HISTORY_MS = 35 * 86_400_000
const VOLATILE_MS = 120_000

export function listAssets(world: World, request: ListAssetsRequest, strike: Strike | undefined): Buffer {
  const { parent, assetTypes, pageSize, pageToken } = request
  const slices = slicesOf(world, parent)
  const content = contentOf(request.contentType)
  if (content === CONTENT.relationship && world.faults.holds('relationships_off', 'gcp', namesOf(parent))) {
    throw relationshipsOff(parent)
  }
  if (pageSize < 0) throw invalid('page_size must not be negative')
  const readTime = readTimeOf(request, world.now())
  if (
    assetTypes.some(({ length }) => length > 300) &&
    world.faults.holds('short_expressions', 'gcp', namesOf(parent))
  ) {
    throw invalid('Invalid asset type: the expression is too long')
  }
  if (assetTypes.length > 0 && strike?.hits('types_refused')) throw noSuchType(assetTypes[0]!)
  const wanted = wantedTypes(assetTypes, listedTypes(world, parent, content))
  const question = [parent, content, request.readTimeMs ?? '', ...assetTypes].join(' ')
  const limit = Math.min(pageSize || DEFAULT_PAGE, MAX_PAGE, world.mostPerPage)
  const cursor = cursorOf(pageToken, question)
  if (content === CONTENT.relationship) {
    const read = (position: number, size: number) => rowsAt(slices, wanted, position, size)
    const { items, next } = listRows(read, question, cursor, limit, strike)
    return listRelationsResponse(items, readTime, next)
  }
  const accepts = acceptable(world, request, content, readTime, strike)
  const selection: Selection = { runs: runsOf(slices, (_, type) => wanted.has(type)), ...(accepts && { accepts }) }
  const { items, next } = listItems(selection, question, cursor, limit, strike)
  return listAssetsResponse(items, content, readTime, next)
}

// Which resources the volatile window leaves out differs from one answer to the next.
function acceptable(
  world: World,
  { parent }: ListAssetsRequest,
  content: Content,
  readTime: number,
  strike: Strike | undefined,
): ((item: Item) => boolean) | undefined {
  const { now, requests } = world
  const isVolatile = now() - readTime < VOLATILE_MS && strike?.hits('volatile_window') === true
  const salt = isVolatile ? (requests.counts().gcp['ListAssets']?.total ?? 0) : 0
  const isThere = ({ hash }: Item) => combine(hash, salt) % 10 !== 0
  const isHidden = content === CONTENT.iamPolicy ? undefined : policyOnly(world, parent)
  const tests = [
    ...(isVolatile ? [isThere] : []),
    ...(content === CONTENT.iamPolicy ? [hasPolicy] : []),
    ...(isHidden ? [(item: Item) => !isHidden(item)] : []),
  ]
  return tests.length > 0 ? (item) => tests.every((test) => test(item)) : undefined
}

function contentOf(contentType: number): Content {
  const content = Object.values(CONTENT).find((one) => one === contentType)
  if (content !== undefined) return content
  throw new GrpcError(CODE.unimplemented, `content type ${contentType} is not simulated`)
}

function readTimeOf({ readTimeMs }: ListAssetsRequest, now: number): number {
  if (readTimeMs === null) return now
  if (readTimeMs > now + 60_000 || readTimeMs < now - HISTORY_MS) {
    throw invalid('read_time must be between 35 days ago and now')
  }
  return readTimeMs
}

export function cursorOf(pageToken: string, question: string): Cursor {
  if (pageToken === '') return FIRST
  const cursor = readCursor(question, pageToken)
  if (!cursor) throw invalid('The page token is invalid, or the other parameters are not those of the first page')
  return cursor
}
