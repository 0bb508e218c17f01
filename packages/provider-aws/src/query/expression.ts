import { DELETED } from '../translate/item-status.ts'

// `SELECT *` would leave out all but ten scalars.
const COLUMNS = [
  'resourceId',
  'resourceName',
  'resourceType',
  'arn',
  'accountId',
  'awsRegion',
  'availabilityZone',
  'resourceCreationTime',
  'configurationItemCaptureTime',
  'configurationItemStatus',
  'configuration',
  'supplementaryConfiguration',
  'tags',
  'relationships',
]

/** What an expression may have. Source: API reference of SelectResourceConfig. */
export const MAX_EXPRESSION = 4096

/** Column → the values that it must have, or must not have. All must hold; without columns, every resource does. */
export interface Condition {
  readonly in?: Readonly<Record<string, readonly string[]>>
  readonly except?: Readonly<Record<string, readonly string[]>>
  /** What `resourceId` must begin with, one of them; or none of them. */
  readonly like?: readonly string[]
  readonly unlike?: readonly string[]
}

/** The same, and deleted. */
export function andDeleted(condition: Condition): Condition {
  return { ...condition, in: { ...condition.in, configurationItemStatus: DELETED } }
}

export function selectRows(condition: Condition): string {
  return `SELECT ${COLUMNS.join(', ')}${where(condition)}`
}

/** Ascending by a column, so that what is the same in it is adjacent. */
export function selectRowsBy(column: string, condition: Condition): string {
  return `${selectRows(condition)} ORDER BY ${column}`
}

export function selectCount(condition: Condition): string {
  return `SELECT COUNT(*)${where(condition)}`
}

/** Counts for each combination of values; at most three columns. */
export function selectCountBy(columns: readonly string[], condition: Condition): string {
  return `SELECT ${columns.join(', ')}, COUNT(*)${where(condition)} GROUP BY ${columns.join(', ')}`
}

export function selectIds(condition: Condition): string {
  return `SELECT resourceId, awsRegion, configurationItemStatus${where(condition)}`
}

function where({ in: within = {}, except = {}, like, unlike }: Condition): string {
  const terms = [
    ...Object.entries(within).map(([column, values]) => term(column, '=', 'IN', values)),
    ...Object.entries(except)
      .filter(([, values]) => values.length > 0)
      .map(([column, values]) => term(column, '!=', 'NOT IN', values)),
    ...(like ? [beginsWith(like)] : []),
    ...(unlike ? [`NOT ${beginsWith(unlike)}`] : []),
  ]
  return terms.length === 0 ? '' : ` WHERE ${terms.join(' AND ')}`
}

function term(column: string, one: string, several: string, values: readonly string[]): string {
  if (values.length === 1) return `${column} ${one} ${quoted(values[0]!)}`
  return `${column} ${several} (${values.map(quoted).join(', ')})`
}

function beginsWith(prefixes: readonly string[]): string {
  return `(${prefixes.map((prefix) => `resourceId LIKE ${quoted(`${prefix}%`)}`).join(' OR ')})`
}

function quoted(value: string): string {
  return `'${value.replaceAll("'", "''")}'`
}
