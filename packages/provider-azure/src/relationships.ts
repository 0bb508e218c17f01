import type { JsonValue, Relationship } from '@cae/core'
import { parseArmId } from './arm-id.ts'
import type { Row } from './row.ts'

// A resource's properties have some hundred values; these bounds hold what does not.
const MAX_NODES = 5000
const MAX_DEPTH = 16
const SLASH = 0x2f
const SUBSCRIPTIONS = '/subscriptions/'

/** What was found so far while one resource is walked. */
interface Search {
  readonly found: Relationship[]
  /** Targets that need no further relationship, lower case: those found, and the resource itself. */
  readonly known: Set<string>
  /** Where in the properties the walk is; joined only where an id is found. */
  readonly keys: string[]
  nodesLeft: number
}

/**
 * Resource Graph tells no relationships. They are derived: what the resource is in, what manages it, and every ARM id
 * in its properties, named after the property. One of each target, and none to itself.
 */
export function relationshipsOf(row: Row, lowerId: string): readonly Relationship[] {
  const search: Search = { found: [], known: new Set([lowerId]), keys: [], nodesLeft: MAX_NODES }
  const { parent } = parseArmId(lowerId)
  if (parent) add(search, 'is contained in', parent)
  if (row.managedBy && isArmId(row.managedBy)) add(search, 'is managed by', row.managedBy)
  if (row.properties) visit(search, row.properties)
  return search.found
}

function add({ found, known }: Search, type: string, id: string): void {
  const resource_id = id.toLowerCase()
  if (known.has(resource_id)) return
  known.add(resource_id)
  const native_type = parseArmId(resource_id).type
  const target = native_type ? { native_type, native_id: id, resource_id } : { native_id: id, resource_id }
  found.push({ type, target })
}

function visit(search: Search, value: JsonValue): void {
  if (typeof value === 'string') {
    if (isArmId(value)) add(search, relationName(search.keys), value)
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
    if (typeof value === 'string' ? value.charCodeAt(0) !== SLASH : typeof value !== 'object') continue
    search.keys.push(key)
    visit(search, value)
    search.keys.pop()
  }
}

function isArmId(text: string): boolean {
  if (text.charCodeAt(0) !== SLASH || text.length <= SUBSCRIPTIONS.length) return false
  return text.startsWith(SUBSCRIPTIONS) || text.slice(0, SUBSCRIPTIONS.length).toLowerCase() === SUBSCRIPTIONS
}

// networkProfile.networkInterfaces.id → `refers to networkProfile.networkInterfaces`
function relationName(keys: readonly string[]): string {
  const path = keys.filter((key, i) => key !== '' && !(i === keys.length - 1 && key.toLowerCase() === 'id'))
  return `refers to ${path.join('.')}`.trimEnd()
}
