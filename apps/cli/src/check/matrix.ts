import type { ProviderName } from '@cae/core'
import type { CheckGroup, CheckPlace } from '@cae/runtime'
import { isPermission, placeText } from './places.ts'
import { count, counted } from '../text/quantity.ts'
import { table } from '../text/table.ts'
import type { Colors, Terminal } from '../text/terminal.ts'
import { wrapped } from '../text/wrapped.ts'

const SHOWN_ROWS = 12

type Status = CheckGroup['status']

/** Places in which every check came out the same. */
interface Row {
  readonly statuses: readonly (Status | undefined)[]
  readonly places: readonly CheckPlace[]
}

/** Checks that came out the same in every place. */
interface Column {
  readonly checks: string[]
  readonly statuses: readonly (Status | undefined)[]
}

/** Places by checks. Rows that are equal are one, and so are columns: an estate of thousands has few kinds of places. */
export function checkMatrix(name: ProviderName, checks: readonly CheckGroup[], terminal: Terminal): string[] {
  if (checks.length === 0) return []
  const { colors } = terminal
  const names = [...new Set(checks.map(({ check }) => check))]
  const rows = rowsOf(names, checks)
  const columns = columnsOf(names, rows)
  const shown = rows.slice(0, SHOWN_ROWS)
  const tenants = tenantsOf(name, checks)
  const cells = shown.map((row, y) => [
    (isTenant(row, tenants) ? 'tenant ' : '') + placeText(name, row.places, terminal),
    ...columns.map(({ statuses }) => symbol(statuses[y], colors)),
  ])
  const heading = headings(columns, Math.max(...cells.map(([where]) => where!.length)), terminal)
  const heads = [{ head: 'Where' }, ...heading.map((head) => ({ head }))]
  const hidden = rows.slice(SHOWN_ROWS).reduce((sum, row) => sum + sizeOf(row), 0)
  return [
    ...table(heads, cells, { ...terminal, columns: terminal.columns - INDENT }),
    ...(hidden > 0 ? [colors.dim(`+ ${counted(hidden, 'more place')}: --json shows all`)] : []),
    ...columns.flatMap(({ checks: of }, n) =>
      // A name of its own says it all.
      of.length === 1 && of[0]!.endsWith(heading[n]!) ? [] : legend(heading[n]!, name, of, terminal),
    ),
    ...(cells.some((row) => row.some((cell) => cell.includes(NOT_ASKED)))
      ? [colors.dim(`${NOT_ASKED} is not asked there`)]
      : []),
  ].map((line) => `  ${line}`)
}

function rowsOf(names: readonly string[], checks: readonly CheckGroup[]): Row[] {
  const statuses = new Map<string, { readonly place: readonly [string, string]; readonly of: (Status | undefined)[] }>()
  for (const { check, status, places } of checks) {
    const column = names.indexOf(check)
    for (const { scope, regions } of places) {
      for (const region of regions) {
        const key = `${scope} ${region}`
        const cell = statuses.get(key) ?? { place: [scope, region], of: names.map(() => undefined) }
        statuses.set(key, cell)
        cell.of[column] = worse(cell.of[column], status)
      }
    }
  }
  const rows = new Map<string, { statuses: Row['statuses']; scopes: Map<string, string[]> }>()
  for (const { place, of } of statuses.values()) {
    const [scope, region] = place
    const key = of.join()
    const { scopes } = rows.get(key) ?? { scopes: new Map<string, string[]>() }
    rows.set(key, { statuses: of, scopes })
    scopes.set(scope, [...(scopes.get(scope) ?? []), region])
  }
  return [...rows.values()]
    .map((row) => ({
      statuses: row.statuses,
      places: [...row.scopes].map(([scope, regions]) => ({ scope, regions })),
    }))
    .toSorted((a, b) => severity(b) - severity(a) || sizeOf(b) - sizeOf(a))
}

function sizeOf({ places }: Row): number {
  return places.reduce((sum, { regions }) => sum + regions.length, 0)
}

function columnsOf(names: readonly string[], rows: readonly Row[]): Column[] {
  const columns = new Map<string, Column>()
  names.forEach((check, n) => {
    const statuses = rows.map((row) => row.statuses[n])
    const column = columns.get(statuses.join()) ?? { checks: [], statuses }
    columns.set(statuses.join(), column)
    column.checks.push(check)
  })
  return [...columns.values()]
}

const SEVERITY: Readonly<Record<Status, number>> = { ok: 0, warning: 1, missing: 2 }

function worse(a: Status | undefined, b: Status): Status {
  return a !== undefined && SEVERITY[a] > SEVERITY[b] ? a : b
}

function severity({ statuses }: Row): number {
  return Math.max(...statuses.map((status) => (status === undefined ? 0 : SEVERITY[status])))
}

function symbol(status: Status | undefined, colors: Colors): string {
  switch (status) {
    case 'ok':
      return colors.green('✔')
    case 'missing':
      return colors.red('✘')
    case 'warning':
      return colors.yellow('!')
    case undefined:
      return colors.dim(NOT_ASKED)
  }
}

const LONGEST_HEAD = 16

/** Names of columns; numbers where they leave no room in a window. */
function headings(columns: readonly Column[], where: number, terminal: Terminal): string[] {
  const names = columns.map(({ checks }) => columnName(checks))
  const width = names.reduce((sum, name) => sum + 2 + name.length, INDENT + where)
  return terminal.interactive && width > terminal.columns ? names.map((_, n) => String(n + 1)) : names
}

const INDENT = 2

/** `recorder +2`: the first that is no permission, and how many more came out the same; or `6 permissions`. */
function columnName(checks: readonly string[]): string {
  const [first] = checks
  if (checks.length === 1) return shortName(first!)
  const state = checks.find((check) => !isPermission(check))
  return state === undefined
    ? `${count(checks.length)} permissions`
    : `${shortName(state)} +${count(checks.length - 1)}`
}

// `config:SelectResourceConfig` → `SelectResourceC…`, `Microsoft.ResourceGraph registration` → `registration`
function shortName(check: string): string {
  const short = /[: ](\w+)$/.exec(check)?.[1] ?? check
  return short.length <= LONGEST_HEAD ? short : `${short.slice(0, LONGEST_HEAD - 1)}…`
}

/** Azure's tenants have ids of the same form as its subscriptions; we sign in to the one, and read the others. */
function tenantsOf(name: ProviderName, checks: readonly CheckGroup[]): ReadonlySet<string> {
  const signIns = name === 'azure' ? checks.filter(({ check }) => check === 'credentials') : []
  return new Set(signIns.flatMap(({ places }) => places.map(({ scope }) => scope)))
}

function isTenant({ places }: Row, tenants: ReadonlySet<string>): boolean {
  return places.length === 1 && tenants.has(places[0]!.scope)
}

/** `recorder +2: ` and what they are, in lines that fit. */
function legend(head: string, name: ProviderName, checks: readonly string[], terminal: Terminal): string[] {
  const { dim } = terminal.colors
  const narrower = { ...terminal, columns: terminal.columns - INDENT }
  return wrapped(dim(`${head}: `), together(name, checks).join(', '), narrower, dim)
}

// One permission may be tried on many things: `…/read resources`, `…/read dnsresources` and 16 others are `…/read of 18`.
function together(name: ProviderName, checks: readonly string[]): string[] {
  const counts = new Map<string, number>()
  for (const check of checks) counts.set(actionOf(check), (counts.get(actionOf(check)) ?? 0) + 1)
  const names = checks.map((check) => {
    const times = counts.get(actionOf(check))!
    const things = name === 'azure' ? 'tables' : 'things'
    return times > SHOWN_THINGS ? `${actionOf(check)} (${count(times)} ${things})` : check
  })
  return [...new Set(names)]
}

const SHOWN_THINGS = 3
const NOT_ASKED = '–'

function actionOf(check: string): string {
  return check.split(' ')[0]!
}
