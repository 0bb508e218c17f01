import { TYPES } from '../estate/estate.ts'
import { combine } from '../estate/hash.ts'
import { textTemplate, type Text } from '../estate/hole.ts'
import { KqlError, type KqlQuery, type Predicate } from './kql.ts'
import type { EstateSlice, Item } from '../estate/resource-type.ts'
import { runsOf, type Selection } from '../estate/selection.ts'
import { jsonTemplate } from '../estate/template.ts'

/** Columns of `resources` and `resourcecontainers`, in the order in which they come where nothing is projected. */
export const COLUMNS = Object.keys(TYPES.azure.types[0]!.columns)

export const BY_TYPE = new Set(['subscriptionId', 'type', 'tenantId'])
const BY_RESOURCE: Readonly<Record<string, Text>> = {
  id: textTemplate('{{id}}'),
  name: textTemplate('{{name}}'),
  location: textTemplate('{{location}}'),
  resourceGroup: textTemplate('{{group}}'),
}

export function selectRows(query: KqlQuery, slices: readonly EstateSlice[]): Selection {
  const where = query.where.reduce<Predicate | null>((left, right) => (left ? { op: 'and', left, right } : right), null)
  if (where) refuseUnknown(where)
  const ofTable = (slice: EstateSlice, type: number) => slice.types.types[type]!.table === query.table
  if (!where) return { runs: runsOf(slices, ofTable) }
  // What a type alone can't decide is left to the test of each resource.
  const maybe = (slice: EstateSlice, type: number) =>
    ofTable(slice, type) && decide(where, (column) => typeValue(slice, type, column), null) !== false
  const runs = runsOf(slices, maybe)
  if (!perResource(where)) return { runs }
  return { runs, accepts: (item) => decide(where, (column) => valueOf(item, column), item) === true }
}

/** Three-valued: null where it depends on more than is known. */
function decide(predicate: Predicate, value: (column: string) => string | null, item: Item | null): boolean | null {
  switch (predicate.op) {
    case 'and':
    case 'or': {
      const decisive = predicate.op === 'or'
      const left = decide(predicate.left, value, item)
      if (left === decisive) return decisive
      const right = decide(predicate.right, value, item)
      if (right === decisive) return decisive
      return left === null || right === null ? null : !decisive
    }
    case 'not': {
      const inner = decide(predicate.of, value, item)
      return inner === null ? null : !inner
    }
    case 'hash':
      return item ? partitionHash(item) % predicate.modulus === predicate.rest : null
    case 'compare': {
      const actual = value(predicate.column)
      return actual === null ? null : predicate.test(actual)
    }
  }
}

// Kusto hashes the id's text. Any hash that is the resource's own partitions as well, and this one needs no text.
export function partitionHash({ hash }: Item): number {
  return combine(hash, 77)
}

export function typeValue(slice: EstateSlice, type: number, column: string): string | null {
  if (column === 'subscriptionId') return slice.scope
  if (column === 'tenantId') return slice.parent
  return column === 'type' ? slice.types.types[type]!.name : null
}

export function valueOf(item: Item, column: string): string {
  return BY_RESOURCE[column]?.(item) ?? typeValue(item.slice, item.type, column) ?? ''
}

function perResource(predicate: Predicate): boolean {
  if (predicate.op === 'hash') return true
  if (predicate.op === 'compare') return !BY_TYPE.has(predicate.column)
  if (predicate.op === 'not') return perResource(predicate.of)
  return perResource(predicate.left) || perResource(predicate.right)
}

function refuseUnknown(predicate: Predicate): void {
  if (predicate.op === 'and' || predicate.op === 'or') {
    refuseUnknown(predicate.left)
    refuseUnknown(predicate.right)
  } else if (predicate.op === 'not') refuseUnknown(predicate.of)
  else if (predicate.op === 'compare' && !isComparable(predicate.column)) throw unresolved(predicate.column)
}

export function isComparable(column: string): boolean {
  return BY_TYPE.has(column) || column in BY_RESOURCE
}

export function unresolved(column: string): KqlError {
  return new KqlError(0, column, `Failed to resolve column or scalar expression named '${column}'`)
}

const plans = new Map<string, readonly Text[]>()
const MAX_PLANS = 200

/** For each type, what writes a row: an object, or an array of values for the `table` format. */
export function rowWriters(columns: readonly string[], asTable: boolean): readonly Text[] {
  const key = `${asTable} ${columns.join(' ')}`
  const known = plans.get(key)
  if (known) return known
  for (const column of columns) if (!COLUMNS.includes(column)) throw unresolved(column)
  const writers = TYPES.azure.types.map((type) => {
    const values = columns.map((column) => type.columns[column] ?? null)
    return jsonTemplate(asTable ? values : Object.fromEntries(columns.map((column, n) => [column, values[n]!])))
  })
  if (plans.size >= MAX_PLANS) plans.clear()
  plans.set(key, writers)
  return writers
}
