import protobuf from 'protobufjs/minimal.js'
import { TYPES } from '../estate/estate.ts'
import type { Strike } from '../faults.ts'
import { policyOnly, searchedTypes, wantedTypes } from './asset-types.ts'
import { timestamp } from './assets.ts'
import { invalid } from './error.ts'
import { cursorOf } from './list.ts'
import type { SearchRequest } from './request.ts'
import { namesOf, slicesOf } from './scope.ts'
import { CODE, GrpcError } from './grpc.ts'
import { combine } from '../estate/hash.ts'
import { textTemplate } from '../estate/hole.ts'
import { listItems } from '../listing.ts'
import type { Item } from '../estate/resource-type.ts'
import { runsOf, type Run } from '../estate/selection.ts'
import type { World } from '../world.ts'

const DEFAULT_PAGE = 100
const MAX_PAGE = 500

export function searchAllResources(world: World, request: SearchRequest, strike: Strike | undefined): Buffer {
  const { scope, query, assetTypes, pageSize, pageToken, orderBy, readMask } = request
  const slices = slicesOf(world, scope)
  if (query !== '') throw new GrpcError(CODE.unimplemented, 'a query is not simulated')
  if (pageSize < 0) throw invalid('page_size must not be negative')
  const wanted = wantedTypes(assetTypes, searchedTypes(world, scope))
  const runs = inOrder(
    runsOf(slices, (_, type) => wanted.has(type)),
    orderBy,
  )
  const fields = fieldsOf(readMask)
  const accepts = acceptable(world, scope)
  const question = ['search', scope, pageSize, orderBy, readMask.join(), ...assetTypes].join(' ')
  const limit = Math.min(pageSize || DEFAULT_PAGE, MAX_PAGE, world.mostPerPage)
  const { items, next } = listItems(
    { runs, ...(accepts && { accepts }) },
    question,
    cursorOf(pageToken, question),
    limit,
    strike,
  )
  return encode(items, fields, next)
}

function acceptable(world: World, scope: string): ((item: Item) => boolean) | undefined {
  const isHidden = policyOnly(world, scope)
  const isLate = world.faults.holds('search_lag', 'gcp', namesOf(scope))
  if (!isHidden && !isLate) return undefined
  return (item) => !isHidden?.(item) && (!isLate || isKnown(item))
}

function isKnown({ hash }: Item): boolean {
  return combine(hash, 1) % 10 !== 0
}

const nameAt = (run: Run) => TYPES.gcp.types[run.type]!.name
const ORDERS: Readonly<Record<string, (a: Run, b: Run) => number>> = {
  assetType: (a, b) => compare(nameAt(a), nameAt(b)),
  project: (a, b) => a.slice.salt - b.slice.salt,
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b)
}

function inOrder(runs: Run[], orderBy: string): Run[] {
  const orders = orderBy
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map((part) => {
      const order = ORDERS[part]
      if (!order) throw invalid(`order_by: ${part} is not simulated; there are ${Object.keys(ORDERS).join(', ')}`)
      return order
    })
  return runs.toSorted((a, b) => orders.reduce((result, order) => result || order(a, b), 0))
}

type Write = (writer: protobuf.Writer, item: Item) => void

const string = (tag: number, template: string): Write => {
  const text = textTemplate(template)
  return (writer, item) => void writer.uint32((tag << 3) | 2).string(text(item))
}
const CREATED = textTemplate('{{millis created}}')

// ResourceSearchResult: name = 1, asset_type = 2, project = 3, display_name = 4, location = 6, create_time = 11,
// organization = 18.
const FIELDS: Readonly<Record<string, Write>> = {
  name: string(1, '{{fullName}}'),
  assetType: (writer, item) => void writer.uint32(18).string(TYPES.gcp.types[item.type]!.name),
  project: string(3, 'projects/{{number}}'),
  displayName: string(4, '{{name}}'),
  location: string(6, '{{location}}'),
  // A field of bytes that stands there already, tag and all.
  createTime: (writer, item) => {
    const bytes = protobuf.Reader.create(timestamp(11, Number(CREATED(item))))
    writer.uint32(bytes.uint32()).bytes(bytes.bytes())
  },
  organization: string(18, 'organizations/{{parent}}'),
}

function fieldsOf(readMask: readonly string[]): Write[] {
  if (readMask.length === 0 || readMask.includes('*')) return Object.values(FIELDS)
  return readMask.map((path) => {
    // Those of JSON stand for none over gRPC.
    const isJson = /[A-Z]/.test(path)
    const write = !isJson && FIELDS[path.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())]
    if (!write) throw invalid(`read_mask: ${path} is not a field that is simulated`)
    return write
  })
}

// SearchAllResourcesResponse: results = 1, next_page_token = 2.
function encode(items: readonly Item[], fields: readonly Write[], next: string | null): Buffer {
  const writer = protobuf.Writer.create()
  for (const item of items) {
    writer.uint32(10).fork()
    for (const write of fields) write(writer, item)
    writer.ldelim()
  }
  if (next !== null) writer.uint32(18).string(next)
  return Buffer.from(writer.finish())
}
