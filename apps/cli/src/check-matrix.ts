import type { ProviderName } from '@cae/core'
import type { CheckGroup, CheckPlace } from '@cae/runtime'
import { count, counted } from './quantity.ts'
import { table } from './table.ts'
import type { Colors, Terminal } from './terminal.ts'

const SHOWN_ROWS = 12

type Status = CheckGroup['status']

/** Places in which every check came out the same. */
interface Row {
  readonly statuses: readonly (Status | undefined)[]
  readonly places: CheckPlace[]
  size: number
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
  const heads = [{ head: 'Where' }, ...columns.map((_, n) => ({ head: String(n + 1), align: 'right' as const }))]
  const cells = shown.map((row, y) => [
    placeText(name, row.places, terminal),
    ...columns.map(({ statuses }) => symbol(statuses[y], colors)),
  ])
  const hidden = rows.slice(SHOWN_ROWS).reduce((sum, { size }) => sum + size, 0)
  return [
    ...table(heads, cells, terminal),
    ...(hidden > 0 ? [colors.dim(`+ ${counted(hidden, 'more place')}: --json shows all`)] : []),
    ...columns.flatMap(({ checks }, n) => legend(n + 1, checks, terminal)),
  ].map((line) => `  ${line}`)
}

/** `123456789012 us-east-1`, `9 regions of 123456789012`, `1,980 regions of 200 accounts`. */
export function placeText(name: ProviderName, places: readonly CheckPlace[], terminal: Terminal): string {
  const regions = places.flatMap((place) => place.regions).filter((region) => region !== 'global')
  const [first] = places
  if (places.length === 1) {
    const scope = shortened(first!.scope, terminal)
    if (first!.regions.length === 1) return regions.length === 0 ? scope : `${scope} ${regions[0]}`
    return `${counted(first!.regions.length, 'region')} of ${scope}`
  }
  const scopes = `${count(places.length)} ${nounOf(name, places)}s`
  return regions.length === 0 ? scopes : `${counted(regions.length, 'region')} of ${scopes}`
}

const NOUNS: Readonly<Record<ProviderName, readonly [RegExp, string]>> = {
  aws: [/^\d{12}$/, 'account'],
  azure: [/^[\da-f-]{36}$/, 'subscription'],
  gcp: [/^[a-z][a-z0-9.:-]*$|^\d+$/, 'project'],
}

function nounOf(name: ProviderName, places: readonly CheckPlace[]): string {
  const [form, noun] = NOUNS[name]
  return places.every(({ scope }) => form.test(scope)) ? noun : 'scope'
}

// A subscription's UUID would push everything else out of an 80-column window.
function shortened(scope: string, { interactive }: Terminal): string {
  return interactive && scope.length > 24 ? `${scope.slice(0, 8)}…${scope.slice(-6)}` : scope
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
  const rows = new Map<string, Row & { readonly scopes: Map<string, string[]> }>()
  for (const { place, of } of statuses.values()) {
    const [scope, region] = place
    const key = of.join()
    const row = rows.get(key) ?? { statuses: of, places: [], size: 0, scopes: new Map<string, string[]>() }
    rows.set(key, row)
    const known = row.scopes.get(scope)
    if (known) known.push(region)
    else {
      const regions = [region]
      row.scopes.set(scope, regions)
      row.places.push({ scope, regions })
    }
    row.size++
  }
  return [...rows.values()].toSorted((a, b) => severity(b) - severity(a) || b.size - a.size)
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
      return colors.dim('–')
  }
}

/** `1 credentials` and what else came out the same, in lines that fit. */
function legend(number: number, checks: readonly string[], { interactive, columns, colors }: Terminal): string[] {
  const room = interactive ? Math.max(30, columns - 6) : Number.POSITIVE_INFINITY
  const lines = ['']
  const names = together(checks)
  for (const [n, name] of names.entries()) {
    const text = n < names.length - 1 ? `${name}, ` : name
    if (lines.at(-1)!.length + text.length > room && lines.at(-1) !== '') lines.push('')
    lines[lines.length - 1] += text
  }
  return lines.map((line, n) => colors.dim(`${n === 0 ? String(number).padStart(2) : '  '} ${line.trimEnd()}`))
}

// One permission may be tried on many things: `…/read resources`, `…/read dnsresources` and 16 others are `…/read of 18`.
function together(checks: readonly string[]): string[] {
  const counts = new Map<string, number>()
  for (const check of checks) counts.set(actionOf(check), (counts.get(actionOf(check)) ?? 0) + 1)
  const names = checks.map((check) => {
    const times = counts.get(actionOf(check))!
    return times > SHOWN_THINGS ? `${actionOf(check)} of ${count(times)}` : check
  })
  return [...new Set(names)]
}

const SHOWN_THINGS = 3

function actionOf(check: string): string {
  return check.split(' ')[0]!
}
