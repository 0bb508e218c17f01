import { HOME_REGION, TYPES } from '../estate/estate.ts'
import { textTemplate, type Text } from '../estate/hole.ts'
import { isDeleted } from '../estate/item.ts'
import type { EstateSlice, Item } from '../estate/resource-type.ts'
import type { Run, Selection } from '../estate/selection.ts'
import { SqlError, type Condition } from './sql.ts'
import { isVariable, jsonTemplate, type Tree } from '../estate/template.ts'

/** What `SELECT *` gives. Source: AWS Config developer guide. */
const SCALARS = [
  'accountId',
  'awsRegion',
  'arn',
  'availabilityZone',
  'configurationItemCaptureTime',
  'resourceCreationTime',
  'resourceId',
  'resourceName',
  'resourceType',
  'version',
] as const

/** Columns whose value is the same for all resources of a type in a slice. */
const BY_TYPE = new Set(['resourceType', 'accountId', 'awsRegion', 'version'])
const BY_RESOURCE = new Set(['resourceId', 'resourceName', 'arn', 'configurationItemStatus'])
const KNOWN = new Set(['resourceName', ...Object.keys(TYPES.aws.types[0]!.columns)])

const plans = new Map<string, readonly Text[]>()
const MAX_PLANS = 200

/** For each type, what writes a row of these columns as a JSON string. */
export function rowWriters(columns: readonly string[]): readonly Text[] {
  const names = [...new Set(columns.flatMap((column) => (column === '*' ? SCALARS : [column])))]
  const key = names.join(' ')
  const known = plans.get(key)
  if (known) return known
  for (const name of names) {
    if (!KNOWN.has(name.split('.')[0]!)) throw new SqlError(`Property ${name} is not supported`)
  }
  const writers = TYPES.aws.types.map((type) => {
    const row = jsonTemplate(project(type.columns, names), true)
    return (item: Item) => `"${row(item)}"`
  })
  if (plans.size >= MAX_PLANS) plans.clear()
  plans.set(key, writers)
  return writers
}

const tagWriters = new Map<number, Text>()

/** The JSON of a resource's tags. */
export function tagsOf({ type, ...item }: Item): string {
  let writer = tagWriters.get(type)
  if (!writer) tagWriters.set(type, (writer = jsonTemplate(TYPES.aws.types[type]!.columns['tags']!)))
  return writer({ type, ...item })
}

function project(columns: Readonly<Record<string, Tree>>, names: readonly string[]): Tree {
  const row: { [key: string]: Tree } = {}
  for (const name of names) place(row, columns, name.split('.'))
  return row
}

// `configuration.instanceType` gives {"configuration":{"instanceType":…}}; what a type does not have is left out.
function place(row: { [key: string]: Tree }, from: Readonly<Record<string, Tree>>, [head, ...rest]: string[]): void {
  const value = from[head!]
  if (value === undefined) return
  if (rest.length === 0) {
    row[head!] = value
    return
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value) || isVariable(value)) return
  const inner = (row[head!] ?? {}) as { [key: string]: Tree }
  place(inner, value as Readonly<Record<string, Tree>>, rest)
  row[head!] = inner
}

/** The resources that a condition holds for. */
export function select(all: readonly Run[], where: Condition | null): Selection {
  if (!where) return { runs: all }
  const columns = columnsOf(where)
  const unknown = columns.find((column) => !BY_TYPE.has(column) && !BY_RESOURCE.has(column))
  if (unknown) throw new SqlError(`Property ${unknown} cannot be used in a WHERE clause here`)
  if (columns.every((column) => BY_TYPE.has(column))) {
    const runs = all.filter(({ slice, type }) => holds(where, (column) => typeValue(slice, type, column)))
    return { runs }
  }
  // Whole types that can't fit need not be looked through.
  const ofTypes = conjuncts(where).filter((one) => columnsOf(one).every((column) => BY_TYPE.has(column)))
  const runs = all.filter(({ slice, type }) =>
    ofTypes.every((one) => holds(one, (column) => typeValue(slice, type, column))),
  )
  return { runs, accepts: (item) => holds(where, valuesOf(item)) }
}

// Each is made when it is asked for, and alternatives ask for the same one.
function valuesOf(item: Item): (column: string) => string {
  let [known, value] = ['', '']
  return (column) => {
    if (column !== known) [known, value] = [column, valueOf(item, column)]
    return value
  }
}

function conjuncts(condition: Condition): Condition[] {
  return condition.op === 'and' ? [...conjuncts(condition.left), ...conjuncts(condition.right)] : [condition]
}

export function typeValue(slice: EstateSlice, type: number, column: string): string {
  const { name, global } = slice.types.types[type]!
  if (column === 'resourceType') return name
  if (column === 'accountId') return slice.scope
  if (column === 'awsRegion') return global ? 'global' : slice.region || HOME_REGION
  return column === 'version' ? '1.3' : 'OK'
}

const PARTS: Readonly<Record<string, Text>> = {
  resourceId: textTemplate('{{id}}'),
  resourceName: textTemplate('{{name}}'),
  arn: textTemplate('{{arn}}'),
  configurationItemStatus: (item) => (isDeleted(item) ? 'ResourceDeleted' : 'OK'),
}

/** What an item has in a column that conditions and orders may name. */
export function valueOf(item: Item, column: string): string {
  return PARTS[column]?.(item) ?? typeValue(item.slice, item.type, column)
}

function columnsOf(condition: Condition): string[] {
  if (condition.op === 'in' || condition.op === 'like') return [condition.column]
  if (condition.op === 'not') return columnsOf(condition.condition)
  return [...columnsOf(condition.left), ...columnsOf(condition.right)]
}

function holds(condition: Condition, valueOf: (column: string) => string): boolean {
  switch (condition.op) {
    case 'and':
      return holds(condition.left, valueOf) && holds(condition.right, valueOf)
    case 'or':
      return holds(condition.left, valueOf) || holds(condition.right, valueOf)
    case 'not':
      return !holds(condition.condition, valueOf)
    case 'in':
      return condition.values.includes(valueOf(condition.column))
    case 'like':
      return condition.pattern.test(valueOf(condition.column))
  }
}
