import { AwsError } from './error.ts'
import { distorted, isDistorted } from './pitfalls.ts'
import { rowWriters, select, typeValue, valueOf } from './rows.ts'
import { cursorOf, keyOf, type AwsService, type Call } from './service.ts'
import { listArray, listItems, type Listing } from '../listing.ts'
import type { EstateSlice, Item } from '../estate/resource-type.ts'
import { countOf, pageOf, type Cursor, type Run, type Selection } from '../estate/selection.ts'
import { parseSql, SqlError, type Query } from './sql.ts'

const MAX_EXPRESSION = 4096

interface Asked {
  readonly call: Call
  readonly query: Query
  readonly key: string
  readonly cursor: Cursor
  readonly limit: number
}

/** The answer to an advanced query over these resources. */
export function answerQuery(
  service: Pick<AwsService, 'cursor' | 'badCursor'>,
  call: Call,
  runs: readonly Run[],
  limit: number,
): string {
  const expression = call.input['Expression']
  if (typeof expression !== 'string' || expression.length === 0 || expression.length > MAX_EXPRESSION) {
    throw invalidExpression(`The expression must have 1 to ${MAX_EXPRESSION} characters`)
  }
  const key = keyOf(call, `select ${expression}`)
  const cursor = cursorOf(service, call, key)
  try {
    const query = parseSql(expression)
    const selection = select(runs, query.where)
    const asked = { call, query, key, cursor, limit }
    return query.counts ? counted(asked, selection) : rows(asked, selection)
  } catch (thrown) {
    throw thrown instanceof SqlError ? invalidExpression(thrown.message) : thrown
  }
}

function rows({ call, query, key, cursor, limit }: Asked, selection: Selection): string {
  const writers = rowWriters(query.columns)
  const { items, next } = query.orderBy
    ? listArray(ordered(selection, query.orderBy), key, cursor, limit, call.strike)
    : listItems(selection, key, cursor, limit, call.strike)
  const fields = query.columns.map((name) => `{"Name":${JSON.stringify(name)}}`).join(',')
  const token = next === null ? '' : `,"NextToken":"${next}"`
  return `{"QueryInfo":{"SelectFields":[${fields}]},"Results":[${items.map((item) => row(call, writers, item)).join(',')}]${token}}`
}

function ordered(selection: Selection, column: string): Listing<Item>['items'] {
  const { items } = pageOf(selection, 0, Infinity)
  const keyed = items.map((item) => ({ item, key: valueOf(item, column) }))
  return keyed.toSorted((a, b) => (a.key < b.key ? -1 : Number(a.key > b.key))).map(({ item }) => item)
}

function row({ world }: Call, writers: ReturnType<typeof rowWriters>, item: Item): string {
  const text = writers[item.type]!(item)
  if (!isDistorted(world, item)) return text
  return JSON.stringify(distorted(world, item, JSON.parse(text) as string, 'row'))
}

function counted({ call, query, key, cursor, limit }: Asked, selection: Selection): string {
  const groups = new Map<string, { values: Record<string, string>; count: number }>()
  for (const run of selection.runs) {
    const { slice, type } = run
    const count = countOf({ ...selection, runs: [run] })
    if (count === 0) continue
    const values = Object.fromEntries(query.groupBy.map((column) => [column, groupValue(slice, type, column)]))
    const name = JSON.stringify(values)
    const group = groups.get(name)
    if (group) group.count += count
    else groups.set(name, { values, count })
  }
  if (query.groupBy.length === 0 && groups.size === 0) groups.set('', { values: {}, count: 0 })
  const all = [...groups.values()].map(({ values, count }) => JSON.stringify({ 'COUNT(*)': count, ...values }))
  const { items, next } = listArray(all, key, cursor, limit, call.strike)
  const fields = [...query.columns, 'COUNT(*)'].map((Name) => ({ Name }))
  return JSON.stringify({ QueryInfo: { SelectFields: fields }, Results: items, ...(next && { NextToken: next }) })
}

function groupValue(slice: EstateSlice, type: number, column: string): string {
  if (['resourceType', 'accountId', 'awsRegion', 'configurationItemStatus'].includes(column)) {
    return typeValue(slice, type, column)
  }
  throw new SqlError(`GROUP BY ${column} is not supported`)
}

function invalidExpression(message: string): AwsError {
  return new AwsError('InvalidExpressionException', message)
}
