import { COLUMNS } from './translate/row.ts'
import type { Table } from './tables.ts'

/** The rows of a table that a slice is about. */
export interface Rows {
  readonly table: Table
  /** Lower case: types, and namespaces with their slash; absent: all. */
  readonly types?: readonly string[]
  /** Lower case; what has no place is read all the same. */
  readonly locations?: readonly string[]
  /** Only what belongs to no subscription. */
  readonly above?: true
}

/** Rows whose hash of the id leaves `rest` when divided by `modulus`. */
export interface Partition {
  readonly modulus: number
  readonly rest: number
}

const HASH = 'hash(tolower(id))'

/** Tables whose columns are documented. Of the others all are asked for: to name one that is not there is an error. */
const PROJECTED: ReadonlySet<Table> = new Set(['resources', 'resourcecontainers'])

/**
 * One page of rows, with `id` among the columns, since without it there is no skip token to say that the page is not all;
 * sorted, so that the same query gives the same page.
 */
export function pageKql(rows: Rows, { modulus, rest }: Partition): string {
  const partition = modulus === 1 ? [] : [`where ${HASH} % ${modulus} == ${rest}`]
  const columns = PROJECTED.has(rows.table) ? [`project ${COLUMNS.join(', ')}`] : []
  return [...source(rows), ...owned(rows), ...partition, ...columns, 'order by id asc'].join(' | ')
}

/**
 * Rows of the answer: `subscriptionId`, empty for what belongs to none, `rows` and `source`, the table. A query may have
 * three legs of a union at most, and each table only once (learn.microsoft.com, "Understanding the Azure Resource Graph
 * query language").
 */
export function countKql(tables: readonly Table[], rows: Omit<Rows, 'table'>): string {
  const [first = '', ...others] = tables.map((table) =>
    [...source({ table, ...rows }), 'summarize rows = count() by subscriptionId', `extend source = '${table}'`].join(
      ' | ',
    ),
  )
  return [first, ...others.map((leg) => `union (${leg})`)].join(' | ')
}

/** Rows of the answer: `bucket`, from 0 to `parts` - 1, and `rows`. */
export function bucketKql(rows: Rows, parts: number): string {
  return [...source(rows), ...owned(rows), `summarize rows = count() by bucket = ${HASH} % ${parts}`].join(' | ')
}

/**
 * What stands above subscriptions, such as definitions that are built in, may come with every query that names some: it
 * would be read with each of them, and stand for rows of theirs that are missing.
 */
function owned({ above }: Rows): string[] {
  return above ? [] : ['where isnotempty(subscriptionId)']
}

export const READABLE_SUBSCRIPTIONS =
  "resourcecontainers | where type =~ 'microsoft.resources/subscriptions' | project id, subscriptionId | order by id asc"

export const READABLE_GROUPS =
  "resourcecontainers | where type =~ 'microsoft.management/managementgroups' | project id, name | order by id asc"

function source({ table, types, locations, above }: Rows): string[] {
  return [
    table,
    ...(types ? [`where ${typesOf(types)}`] : []),
    ...(locations ? [`where ${placesOf(locations)}`] : []),
    ...(above ? ['where isempty(subscriptionId)'] : []),
  ]
}

// Some of Azure's lists write `East US`; such rows are read from everywhere rather than left out.
function placesOf(locations: readonly string[]): string {
  return `location in~ (${[...locations, 'global', ''].map(quote).join(', ')}) or location contains ' '`
}

function typesOf(types: readonly string[]): string {
  const namespaces = types.filter((type) => type.endsWith('/'))
  const exact = types.filter((type) => !type.endsWith('/'))
  return [
    ...namespaces.map((namespace) => `type startswith ${quote(namespace)}`),
    ...(exact.length > 0 ? [`type in~ (${exact.map(quote).join(', ')})`] : []),
  ].join(' or ')
}

function quote(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
}
