/**
 * The advanced queries of AWS Config, as far as an inventory asks them:
 * `SELECT columns | COUNT(*) [WHERE …] [GROUP BY columns] [ORDER BY column]` with =, !=, IN, NOT IN, LIKE 'prefix%', AND, OR, NOT, (); at most
 * three columns to group by, and `_` standing for any one character of what LIKE looks for.
 */
export interface Query {
  readonly columns: readonly string[]
  readonly counts: boolean
  readonly groupBy: readonly string[]
  readonly where: Condition | null
  /** Ascending. */
  readonly orderBy: string | null
}

export type Condition =
  | { readonly op: 'and' | 'or'; readonly left: Condition; readonly right: Condition }
  | { readonly op: 'not'; readonly condition: Condition }
  | { readonly op: 'in'; readonly column: string; readonly values: readonly string[] }
  | { readonly op: 'like'; readonly column: string; readonly pattern: RegExp }

/** What is wrong with an expression. */
export class SqlError extends Error {}

/** Source: AWS Config developer guide, limitations of advanced queries. */
const MAX_GROUPS = 3

const TOKEN = /\s*(?:('(?:[^']|'')*')|([A-Za-z_][\w.-]*)|(!=|<>|[=(),*]))/y

export function parseSql(text: string): Query {
  const parser = tokens(text)
  parser.expect('select')
  const columns: string[] = []
  let counts = false
  do {
    if (parser.take('*')) columns.push('*')
    else if (parser.take('count')) counts = parser.expect('(') && parser.expect('*') && parser.expect(')')
    else columns.push(parser.word())
  } while (parser.take(','))
  const where = parser.take('where') ? disjunction(parser) : null
  const groupBy: string[] = []
  if (parser.take('group')) {
    parser.expect('by')
    do groupBy.push(parser.word())
    while (parser.take(','))
  }
  const orderBy = parser.take('order') && parser.expect('by') ? parser.word() : null
  parser.end()
  const ungrouped = columns.find((column) => counts && !groupBy.includes(column))
  if (ungrouped) throw new SqlError(`Property ${ungrouped} must appear in the GROUP BY clause`)
  if (groupBy.length > MAX_GROUPS) throw new SqlError(`GROUP BY takes at most ${MAX_GROUPS} properties`)
  if (groupBy.length > 0 && !counts) throw new SqlError('GROUP BY needs an aggregate function')
  if (counts && orderBy !== null) throw new SqlError('ORDER BY over counts is not supported here')
  return { columns, counts, groupBy, where, orderBy }
}

type Parser = ReturnType<typeof tokens>

function disjunction(parser: Parser): Condition {
  let left = conjunction(parser)
  while (parser.take('or')) left = { op: 'or', left, right: conjunction(parser) }
  return left
}

function conjunction(parser: Parser): Condition {
  let left = term(parser)
  while (parser.take('and')) left = { op: 'and', left, right: term(parser) }
  return left
}

function term(parser: Parser): Condition {
  if (parser.take('not')) return { op: 'not', condition: term(parser) }
  if (parser.take('(')) {
    const inner = disjunction(parser)
    parser.expect(')')
    return inner
  }
  const column = parser.word()
  if (parser.take('=')) return { op: 'in', column, values: [parser.text()] }
  if (parser.take('!=') || parser.take('<>')) return not({ op: 'in', column, values: [parser.text()] })
  if (parser.take('not')) return not(membership(parser, column))
  return membership(parser, column)
}

function not(condition: Condition): Condition {
  return { op: 'not', condition }
}

function membership(parser: Parser, column: string): Condition {
  if (parser.take('like')) return likeness(column, parser.text())
  parser.expect('in')
  parser.expect('(')
  const values: string[] = []
  do values.push(parser.text())
  while (parser.take(','))
  parser.expect(')')
  return { op: 'in', column, values }
}

// Source: AWS Config developer guide, limitations of advanced queries.
function likeness(column: string, pattern: string): Condition {
  const value = pattern.slice(0, -1)
  if (!pattern.endsWith('%') || value.includes('%') || value.length < 3) {
    throw new SqlError('Only a suffix wildcard after at least 3 characters is supported by LIKE')
  }
  const literal = value.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  return { op: 'like', column, pattern: new RegExp(`^${literal.replaceAll('_', '.')}`, 's') }
}

function tokens(text: string) {
  const all = scan(text)
  let at = 0
  const fail = (): never => {
    throw new SqlError(`Unexpected ${all[at] === undefined ? 'end of expression' : `token ${all[at]}`}`)
  }
  const take = (token: string): boolean => {
    if (all[at]?.toLowerCase() !== token) return false
    at++
    return true
  }
  return {
    take,
    expect: (token: string): true => take(token) || fail(),
    word: (): string => (/^[A-Za-z_]/.test(all[at] ?? '') ? all[at++]! : fail()),
    text: (): string => (all[at]?.startsWith("'") ? all[at++]!.slice(1, -1).replaceAll("''", "'") : fail()),
    end: (): true => at === all.length || fail(),
  }
}

function scan(text: string): string[] {
  const found: string[] = []
  const trimmed = text.trim().replace(/;$/, '')
  TOKEN.lastIndex = 0
  while (TOKEN.lastIndex < trimmed.length) {
    const before = TOKEN.lastIndex
    const match = TOKEN.exec(trimmed)
    if (!match) throw new SqlError(`Unexpected character at position ${before}`)
    found.push(match[1] ?? match[2] ?? match[3]!)
  }
  return found
}
