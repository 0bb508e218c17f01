import { unitAt, type JsonValue, type Relationship } from '@cae/core'
import { parseArmId } from './arm-id.ts'
import type { Row } from './row.ts'

// A resource's properties have some hundred values; these bounds hold what does not.
const MAX_NODES = 5000
const MAX_DEPTH = 16
const SLASH = 0x2f
const LETTER_P = 0x70
const LOWER_CASE = 0x20
const SUBSCRIPTIONS = '/subscriptions/'
/** `/providers/{namespace}/{type}/{name}`: what is built in, and management groups. Each namespace has a dot. */
const OUTSIDE_SUBSCRIPTIONS = /^\/providers\/[^/.]+(?:\.[^/.]+)+(?:\/[^/]+\/[^/]+)+$/i

/** What was found so far while one resource is walked. */
interface Search {
  readonly found: Relationship[]
  /** The resource's own id, lower case: it needs no relationship to itself. */
  readonly self: string
  /** Targets that were found, lower case, once they are many. */
  known: Set<string> | undefined
  /** Where in the properties the walk is; joined only where an id is found. */
  readonly keys: string[]
  nodesLeft: number
}

/**
 * Resource Graph tells no relationships. They are derived: what the resource is in, what manages it, and every ARM id
 * in its properties, named after the property. One of each target, and none to itself.
 */
export function relationshipsOf(row: Row, lowerId: string): readonly Relationship[] {
  const search: Search = { found: [], self: lowerId, known: undefined, keys: [], nodesLeft: MAX_NODES }
  const { parent } = parseArmId(lowerId)
  if (parent) search.found.push(containment(parent))
  if (row.managedBy && isArmId(row.managedBy)) add(search, row.managedBy, 'is managed by')
  if (row.properties) visit(search, row.properties)
  return search.found
}

const containments = new Map<string, Relationship>()
const CONTAINMENTS_MAX = 1000

// A resource group has many resources, and they come one after another.
function containment(parent: string): Relationship {
  const known = containments.get(parent)
  if (known) return known
  if (containments.size >= CONTAINMENTS_MAX) containments.clear()
  const relationship = { type: 'is contained in', target: targetOf(parent, parent) }
  containments.set(parent, relationship)
  return relationship
}

// Named after where the walk is, if no name is given.
function add(search: Search, id: string, name?: string): void {
  const resource_id = id.toLowerCase()
  if (isKnown(search, resource_id)) return
  search.found.push({ type: name ?? relationName(search.keys), target: targetOf(id, resource_id) })
  search.known?.add(resource_id)
}

const FEW = 8

// Most resources have a handful, and a set for each of them costs more than it saves.
function isKnown(search: Search, id: string): boolean {
  const { found, self } = search
  if (id === self) return true
  if (found.length <= FEW) return found.some(({ target }) => target.resource_id === id)
  search.known ??= new Set(found.map(({ target }) => target.resource_id!))
  return search.known.has(id)
}

function targetOf(id: string, resource_id: string): Relationship['target'] {
  const native_type = parseArmId(resource_id).type
  return native_type ? { native_type, native_id: id, resource_id } : { native_id: id, resource_id }
}

function visit(search: Search, value: JsonValue): void {
  if (typeof value === 'string') {
    if (isArmId(value)) add(search, value)
  } else if (value !== null && typeof value === 'object' && search.keys.length < MAX_DEPTH && --search.nodesLeft >= 0) {
    if (Array.isArray(value)) visitList(search, value)
    else visitObject(search, value as { readonly [key: string]: JsonValue })
  }
}

// Lists in lists have no keys of their own, but count as depth all the same.
function visitList(search: Search, list: readonly JsonValue[]): void {
  search.keys.push('')
  for (const element of list) visit(search, element)
  search.keys.pop()
}

function visitObject(search: Search, object: { readonly [key: string]: JsonValue }): void {
  for (const key in object) {
    const value = object[key]!
    if (typeof value === 'string' ? unitAt(value, 0) !== SLASH : typeof value !== 'object') continue
    search.keys.push(key)
    visit(search, value)
    search.keys.pop()
  }
}

function isArmId(text: string): boolean {
  if (unitAt(text, 0) !== SLASH || text.length <= SUBSCRIPTIONS.length) return false
  if ((unitAt(text, 1) | LOWER_CASE) === LETTER_P) return OUTSIDE_SUBSCRIPTIONS.test(text)
  return text.startsWith(SUBSCRIPTIONS) || text.slice(0, SUBSCRIPTIONS.length).toLowerCase() === SUBSCRIPTIONS
}

// networkProfile.networkInterfaces.id → `refers to networkProfile.networkInterfaces`
function relationName(keys: readonly string[]): string {
  const last = keys.length - 1
  let path = ''
  for (let i = 0; i <= last; i++) {
    const key = keys[i]!
    if (key === '' || (i === last && key.toLowerCase() === 'id')) continue
    path = path === '' ? key : `${path}.${key}`
  }
  return `refers to ${path}`.trimEnd()
}
