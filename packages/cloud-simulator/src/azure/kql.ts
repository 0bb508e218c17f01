/**
 * The Kusto queries that an inventory sends to Azure Resource Graph:
 * `table | where … | project … | order by … | summarize count() by … | extend name = 'text' | count | take n`, and
 * `… | union (…)` of what is summarized.
 */
export interface KqlQuery {
  readonly table: string
  readonly where: readonly Predicate[]
  readonly project: readonly string[] | null
  readonly summarize: { readonly as: string; readonly by: readonly Grouping[] } | null
  readonly take: number | null
  /** Columns that say the same in every row. */
  readonly extend: Readonly<Record<string, string>>
  /** Further legs of a union. */
  readonly union: readonly KqlQuery[]
}

/** What rows are counted by: a column, or the hash of the id modulo a number. */
export type Grouping = { readonly as: string } & ({ readonly column: string } | { readonly modulus: number })

export type Predicate =
  | { readonly op: 'and' | 'or'; readonly left: Predicate; readonly right: Predicate }
  | { readonly op: 'not'; readonly of: Predicate }
  | { readonly op: 'compare'; readonly column: string; readonly test: (value: string) => boolean }
  | { readonly op: 'hash'; readonly modulus: number; readonly rest: number }

/** `position` is the character where the query stops making sense. */
export class KqlError extends Error {
  readonly position: number
  readonly token: string

  constructor(position: number, token: string, message = `Query is invalid near '${token}'`) {
    super(message)
    this.position = position
    this.token = token
  }
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] }
type Draft = Mutable<KqlQuery>

export function parseKql(text: string): KqlQuery {
  const parser = tokens(text)
  const query = pipeline(parser)
  parser.end()
  refuseUnion(query)
  if (!query.summarize && Object.keys(query.extend).length > 0) throw new KqlError(0, 'extend')
  return query
}

function pipeline(parser: Parser): KqlQuery {
  const table = parser.word().toLowerCase()
  const draft: Draft = { table, where: [], project: null, summarize: null, take: null, extend: {}, union: [] }
  while (parser.take('|')) stage(parser, draft)
  return draft
}

/** Source: Resource Graph documentation, query language: three legs, and no table twice. */
const MAX_LEGS = 3

function refuseUnion({ table, union }: KqlQuery): void {
  const tables = [table, ...union.map((leg) => leg.table)]
  if (union.some((leg) => leg.union.length > 0)) throw new KqlError(0, 'union', 'A union in a union is not supported')
  if (tables.length > MAX_LEGS || new Set(tables).size < tables.length) {
    throw new KqlError(0, 'union', `A query may have ${MAX_LEGS} legs of a union, of different tables`)
  }
}

type Parser = ReturnType<typeof tokens>

function stage(parser: Parser, draft: Draft): void {
  if (parser.take('union')) draft.union = [...draft.union, leg(parser)]
  // What comes behind a union would be about all of its legs.
  else if (draft.union.length > 0) parser.fail()
  else if (parser.take('extend')) draft.extend = { ...draft.extend, ...constant(parser) }
  else if (parser.take('where')) draft.where = [...draft.where, disjunction(parser)]
  else if (parser.take('project')) draft.project = commaSeparated(parser)
  else if (parser.take('order') || parser.take('sort')) ordering(parser)
  else if (parser.take('summarize')) draft.summarize = summary(parser)
  else if (parser.take('count')) draft.summarize = { as: 'Count', by: [] }
  else if (parser.take('take') || parser.take('limit')) draft.take = parser.number()
  else parser.fail()
}

function leg(parser: Parser): KqlQuery {
  parser.expect('(')
  const query = pipeline(parser)
  parser.expect(')')
  return query
}

function constant(parser: Parser): Record<string, string> {
  const name = parser.word()
  parser.expect('=')
  return { [name]: parser.text() }
}

function commaSeparated(parser: Parser): string[] {
  const words = [parser.word()]
  while (parser.take(',')) words.push(parser.word())
  return words
}

// Any order is a stable one here; it is read to refuse what Kusto would refuse.
function ordering(parser: Parser): void {
  parser.expect('by')
  do {
    parser.word()
    if (!parser.take('asc')) parser.take('desc')
  } while (parser.take(','))
}

function summary(parser: Parser): { as: string; by: Grouping[] } {
  let as = 'count_'
  if (!parser.take('count')) {
    as = parser.word()
    parser.expect('=')
    parser.expect('count')
  }
  parser.expect('(')
  parser.expect(')')
  return { as, by: parser.take('by') ? groupings(parser) : [] }
}

/** `subscriptionId, bucket = hash(tolower(id)) % N` */
function groupings(parser: Parser): Grouping[] {
  const found = []
  do {
    const name = parser.word()
    found.push(parser.take('=') ? { as: name, modulus: hashOfId(parser) } : { as: name, column: name })
  } while (parser.take(','))
  return found
}

function disjunction(parser: Parser): Predicate {
  let left = conjunction(parser)
  while (parser.take('or')) left = { op: 'or', left, right: conjunction(parser) }
  return left
}

function conjunction(parser: Parser): Predicate {
  let left = term(parser)
  while (parser.take('and')) left = { op: 'and', left, right: term(parser) }
  return left
}

function term(parser: Parser): Predicate {
  if (parser.take('not')) return { op: 'not', of: parenthesised(parser) }
  if (parser.peek() === '(') return parenthesised(parser)
  if (parser.take('hash')) return partition(parser)
  if (parser.take('isempty')) return emptiness(parser, true)
  if (parser.take('isnotempty')) return emptiness(parser, false)
  const lower = parser.take('tolower') && parser.expect('(')
  const column = parser.word()
  if (lower) parser.expect(')')
  const test = comparison(parser)
  return { op: 'compare', column, test: lower ? (value) => test(value.toLowerCase()) : test }
}

function emptiness(parser: Parser, wanted: boolean): Predicate {
  parser.expect('(')
  const column = parser.word()
  parser.expect(')')
  return { op: 'compare', column, test: (value) => (value === '') === wanted }
}

function parenthesised(parser: Parser): Predicate {
  parser.expect('(')
  const inner = disjunction(parser)
  parser.expect(')')
  return inner
}

/** `hash(tolower(id)) % N == i`, or `hash(id, N) == i` */
function partition(parser: Parser): Predicate {
  const modulus = modulusOf(parser)
  parser.expect('==')
  return { op: 'hash', modulus, rest: parser.number() }
}

function hashOfId(parser: Parser): number {
  parser.expect('hash')
  return modulusOf(parser)
}

/** What follows `hash`. */
function modulusOf(parser: Parser): number {
  parser.expect('(')
  const lower = parser.take('tolower') && parser.expect('(')
  parser.expect('id')
  if (lower) parser.expect(')')
  const inside = parser.take(',')
  let modulus = inside ? parser.number() : 0
  parser.expect(')')
  if (!inside) {
    parser.expect('%')
    modulus = parser.number()
  }
  if (modulus < 1) parser.fail()
  return modulus
}

function comparison(parser: Parser): (value: string) => boolean {
  const operator = parser.operator()
  const negated = operator.startsWith('!')
  const name = negated ? operator.slice(1) : operator
  const test = name.startsWith('in') ? membership(parser, name === 'in~') : textTest(name, parser.text())
  return negated ? (value) => !test(value) : test
}

function membership(parser: Parser, ignoreCase: boolean): (value: string) => boolean {
  parser.expect('(')
  const values = [parser.text()]
  while (parser.take(',')) values.push(parser.text())
  parser.expect(')')
  const set = new Set(ignoreCase ? values.map((value) => value.toLowerCase()) : values)
  return (value) => set.has(ignoreCase ? value.toLowerCase() : value)
}

function textTest(name: string, wanted: string): (value: string) => boolean {
  const lower = wanted.toLowerCase()
  switch (name) {
    case '==':
    case '=':
      return (value) => value === wanted
    case '=~':
    case '~':
      return (value) => value.toLowerCase() === lower
    case 'startswith':
      return (value) => value.toLowerCase().startsWith(lower)
    case 'endswith':
      return (value) => value.toLowerCase().endsWith(lower)
    default:
      return (value) => value.toLowerCase().includes(lower)
  }
}

const TOKEN =
  /\s*(?:('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")|(\d+)|(!?(?:in~?|startswith|endswith|contains)(?![\w])|==|=~|!=|!~)|([A-Za-z_$][\w]*)|([|(),%=]))/y
const OPERATOR = /^(==|=~|!=|!~|!?(in~?|startswith|endswith|contains))$/

function tokens(text: string) {
  const all = scan(text)
  let at = 0
  const fail = (): never => {
    throw new KqlError(all[at]?.position ?? text.length, all[at]?.text ?? '<EOF>')
  }
  const peek = () => all[at]?.text ?? ''
  const next = (pattern: RegExp): string => (pattern.test(peek()) ? all[at++]!.text : fail())
  const take = (word: string): boolean => {
    if (peek().toLowerCase() !== word) return false
    at++
    return true
  }
  return {
    fail,
    peek,
    take,
    expect: (word: string): true => take(word) || fail(),
    word: () => next(/^[A-Za-z_$]\w*$/),
    number: () => Number(next(/^\d+$/)),
    operator: () => next(OPERATOR),
    text: () => next(/^['"]/).slice(1, -1).replace(/\\(.)/g, '$1'),
    end: (): true => at === all.length || fail(),
  }
}

function scan(text: string): { readonly text: string; readonly position: number }[] {
  const found: { text: string; position: number }[] = []
  const trimmed = text.trimEnd()
  TOKEN.lastIndex = 0
  while (TOKEN.lastIndex < trimmed.length) {
    const before = TOKEN.lastIndex
    const match = TOKEN.exec(trimmed)
    if (!match) throw new KqlError(before, trimmed.slice(before).trim().slice(0, 1))
    const token = match[0].trimStart()
    found.push({ text: token, position: TOKEN.lastIndex - token.length })
  }
  return found
}
