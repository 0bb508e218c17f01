import type { ProviderName } from '@cae/core'
import type { CheckGroup, CheckPlace } from '@cae/runtime'
import { isPermission, nounOf, placeText } from './places.ts'
import { counted } from '../text/quantity.ts'
import type { Terminal } from '../text/terminal.ts'
import { wrapped } from '../text/wrapped.ts'

const SHOWN_PROBLEMS = 12

/** Checks that one refusal made fail: one account that denies us fails them all, with the same words but for their names. */
type Problem = CheckGroup[]

/** What is missing, then what is worth a warning: where, why, and what to do. */
export function problemLines(name: ProviderName, checks: readonly CheckGroup[], terminal: Terminal): string[] {
  const problems = problemsOf(checks)
  const shown = problems.slice(0, SHOWN_PROBLEMS).flatMap((problem) => blockOf(name, problem, terminal))
  const more = problems.length - SHOWN_PROBLEMS
  return more > 0 ? [...shown, `  and ${counted(more, 'more problem')}: --json shows all`] : shown
}

function problemsOf(checks: readonly CheckGroup[]): Problem[] {
  const names = [...new Set(checks.map(({ check }) => check))].toSorted((a, b) => b.length - a.length)
  const problems = new Map<string, Problem>()
  for (const status of ['missing', 'warning'] as const) {
    for (const group of checks.filter((one) => one.status === status)) {
      const scopes = new Set(group.places.map(({ scope }) => scope))
      const message = names.reduce((text, check) => text.replaceAll(check, '{check}'), group.message ?? group.check)
      const key = JSON.stringify([message, [...scopes].toSorted()])
      const problem = problems.get(key) ?? []
      problems.set(key, problem)
      problem.push(group)
    }
  }
  return [...problems.values()]
}

function blockOf(name: ProviderName, checks: Problem, terminal: Terminal): string[] {
  const { colors } = terminal
  const [first, ...others] = checks
  const { check, status, message, advice } = first!
  const places = mergedPlaces(checks)
  const mark = status === 'missing' ? colors.red('✘') : colors.yellow('!')
  const where = placeText(name, places, terminal)
  const fill = (text: string) => filled(name, text, places)
  const dim = colors.dim
  const end = message ? wrapped('  ', fill(message), terminal, dim) : []
  if (others.length === 0)
    return [`${mark} ${check}: ${where}`, ...end, ...(advice ? wrapped('  → ', fill(advice), terminal) : [])]
  const named = (wanted: CheckGroup['status']) => checks.filter((one) => one.status === wanted).map((one) => one.check)
  const optional = status === 'missing' ? named('warning') : []
  return [
    `${mark} ${counted(checks.length, 'check')}: ${where}`,
    ...wrapped('  ', named(status).join(', '), terminal),
    ...(optional.length > 0 ? wrapped('  a run can do without: ', optional.join(', '), terminal) : []),
    ...end,
    ...(advice ? wrapped('  → ', fill(advice.replaceAll(check, 'them')), terminal) : []),
    ...(isPermission(check) ? ['  → docs/permissions.md has the policies and roles to paste'] : []),
  ]
}

function mergedPlaces(checks: readonly CheckGroup[]): CheckPlace[] {
  const regions = new Map<string, Set<string>>()
  for (const { scope, regions: more } of checks.flatMap(({ places }) => places))
    regions.set(scope, new Set([...(regions.get(scope) ?? []), ...more]))
  return [...regions].map(([scope, names]) => ({ scope, regions: named(names) }))
}

// What is said of an account as a whole is told with what is said of its regions.
function named(regions: ReadonlySet<string>): string[] {
  const real = [...regions].filter((region) => region !== 'global')
  return real.length > 0 ? real : [...regions]
}

/** The worker leaves a gap in a text where places differ in their names only. */
function filled(name: ProviderName, text: string, places: readonly CheckPlace[]): string {
  const [place] = places
  const scope = places.length === 1 ? place!.scope : nounOf(name, places).toUpperCase()
  const region = places.length === 1 && place!.regions.length === 1 ? place!.regions[0]! : 'REGION'
  return text.replaceAll('{scope}', scope).replaceAll('{region}', region)
}
