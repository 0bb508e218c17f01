import type { JsonValue, Relationship } from '@cae/core'
import { parseArmId } from './arm-id.ts'
import type { Row } from './row.ts'

// A resource's properties have some hundred values; these bounds hold what does not.
const MAX_NODES = 5000
const MAX_DEPTH = 16

/**
 * Resource Graph tells no relationships. They are derived: what the resource is in, what manages it, and every ARM id
 * in its properties, named after the property. One of each target, and none to itself.
 */
export function relationshipsOf(row: Row, lowerId: string): readonly Relationship[] {
  const found = new Map<string, Relationship>()
  const add = (type: string, id: string) => {
    const target = id.toLowerCase()
    if (target !== lowerId && !found.has(target)) found.set(target, toRelationship(type, id, target))
  }
  const { parent } = parseArmId(row.id)
  if (parent) add('is contained in', parent)
  if (row.managedBy && isArmId(row.managedBy)) add('is managed by', row.managedBy)
  if (row.properties) walk(row.properties, add)
  return found.size === 0 ? [] : [...found.values()]
}

function toRelationship(type: string, id: string, target: string): Relationship {
  const { type: native_type } = parseArmId(id)
  return { type, target: { ...(native_type && { native_type }), native_id: id, resource_id: target } }
}

// Called for every value of every resource, hence no copies of paths: `keys` is joined only where an id is found.
function walk(root: JsonValue, add: (type: string, id: string) => void): void {
  const keys: string[] = []
  let left = MAX_NODES
  const visit = (value: JsonValue): void => {
    if (typeof value === 'string') {
      if (isArmId(value)) add(relationName(keys), value)
      return
    }
    if (value === null || typeof value !== 'object' || keys.length >= MAX_DEPTH || --left < 0) return
    if (Array.isArray(value)) {
      for (const element of value as readonly JsonValue[]) visit(element)
      return
    }
    const object = value as { readonly [key: string]: JsonValue }
    for (const key in object) {
      const child = object[key]!
      if (typeof child === 'string' ? child.charCodeAt(0) !== SLASH : typeof child !== 'object') continue
      keys.push(key)
      visit(child)
      keys.pop()
    }
  }
  visit(root)
}

const SLASH = 0x2f

function isArmId(text: string): boolean {
  return text.charCodeAt(0) === SLASH && text.length > 15 && text.slice(0, 15).toLowerCase() === '/subscriptions/'
}

// networkProfile.networkInterfaces.id → `refers to networkProfile.networkInterfaces`
function relationName(keys: readonly string[]): string {
  const path = keys.at(-1)?.toLowerCase() === 'id' ? keys.slice(0, -1) : keys
  return `refers to ${path.join('.')}`.trimEnd()
}
