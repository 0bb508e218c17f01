import { PROVIDER_NAMES, type ProviderName } from '@cae/core'
import type { CheckEstimate, DestinationCheck, PreflightDetail, ProviderCheck } from './api-views.ts'
import { checkMatrix, placeText } from './check-matrix.ts'
import { PROVIDER_LABELS } from './labels.ts'
import { count, counted, duration } from './quantity.ts'
import type { Colors, Terminal } from './terminal.ts'
import { wrapped } from './wrapped.ts'

const SHOWN_PROBLEMS = 12

/** A preflight, for people: what was tried where, what is missing and what to do, and what a full run takes. */
export function checkScreen(preflight: PreflightDetail, terminal: Terminal): string[] {
  const shown = PROVIDER_NAMES.filter((name) => preflight.providers[name])
  return [
    ...shown.flatMap((name) => [...providerLines(name, preflight.providers[name]!, terminal), '']),
    ...destinationLines(preflight.destination, terminal),
    verdict(preflight, terminal.colors),
  ]
}

function providerLines(name: ProviderName, check: ProviderCheck, terminal: Terminal): string[] {
  const { colors } = terminal
  const { untried, estimate, checks } = check
  return [
    `${colors.bold(colors.cyan(PROVIDER_LABELS[name].padEnd(6)))} ${headline(check, colors)}`,
    ...checkMatrix(name, checks, terminal),
    ...problemLines(name, check, terminal),
    ...(untried.length > 0 ? wrapped(`${colors.dim('·')} Not tried  `, untried.join(', '), terminal) : []),
    ...(estimate ? estimateLines(estimate, colors) : []),
  ]
}

function headline({ status, message, checks }: ProviderCheck, colors: Colors): string {
  if (status !== 'done') return colors.red(`not checked: ${message ?? status}`)
  if (checks.length === 0) return colors.yellow('nothing was checked: unknown, not ready')
  const places = (wanted: string) =>
    checks
      .filter((group) => group.status === wanted)
      .reduce((sum, group) => sum + group.places.reduce((all, { regions }) => all + regions.length, 0), 0)
  const [missing, warnings] = [places('missing'), places('warning')]
  const parts = [
    ...(missing > 0 ? [colors.red(`${count(missing)} missing`)] : []),
    ...(warnings > 0 ? [colors.yellow(counted(warnings, 'warning'))] : []),
  ]
  return parts.length > 0 ? parts.join(', ') : colors.green('ready')
}

function problemLines(name: ProviderName, { checks }: ProviderCheck, terminal: Terminal): string[] {
  const { colors } = terminal
  const problems = ['missing', 'warning'].flatMap((status) => checks.filter((group) => group.status === status))
  const lines = problems.slice(0, SHOWN_PROBLEMS).flatMap(({ check, status, message, advice, places }) => {
    const mark = status === 'missing' ? colors.red('✘') : colors.yellow('!')
    return [
      `${mark} ${check}: ${placeText(name, places, terminal)}`,
      ...(message ? wrapped('  ', message, terminal, colors.dim) : []),
      ...(advice ? wrapped('  → ', advice, terminal) : []),
    ]
  })
  const more = problems.length - SHOWN_PROBLEMS
  return more > 0 ? [...lines, `  and ${counted(more, 'more problem')}: --json shows all`] : lines
}

function estimateLines({ calls, resources, seconds, decided_by, at_least, limits }: CheckEstimate, colors: Colors) {
  const amounts = [counted(calls, 'call'), ...(resources === null ? [] : [counted(resources, 'resource')])].join(', ')
  const slowest = limits.find(({ name }) => name === decided_by)
  const time = seconds === null ? 'no limit decides' : `${at_least ? 'at least' : 'about'} ${duration(seconds)}`
  const rate = slowest?.rate_per_second ?? 0
  return [
    `${colors.dim('·')} Full run   ${amounts}: ${time}`,
    ...(slowest
      ? [colors.dim(`             ${slowest.name} decides: ${counted(slowest.busiest, 'call')} at ${rateText(rate)}/s`)]
      : []),
    ...(at_least ? [colors.dim('             What is missing hides what it would add.')] : []),
  ]
}

function rateText(rate: number): string {
  return rate >= 100 ? count(rate) : String(Number(rate.toPrecision(3)))
}

function destinationLines({ ready, transport, ...check }: DestinationCheck, terminal: Terminal): string[] {
  const { status, message, tried, advice } = check
  const { green, red } = terminal.colors
  if (ready) return wrapped(`${green('✔')} Destination  `, tried ?? `${transport}: nothing to try`, terminal)
  const problem = `${status === 'done' ? '' : 'not checked: '}${message ?? status}${advice ? ` → ${advice}` : ''}`
  return wrapped(`${red('✘')} Destination  `, problem, terminal)
}

function verdict({ ready, providers, destination }: PreflightDetail, colors: Colors): string {
  if (ready) return `${colors.green('✔')} Ready: nothing is missing`
  const names = PROVIDER_NAMES.filter((name) => providers[name]?.ready === false).map(
    (name) => `${PROVIDER_LABELS[name]} (${reason(providers[name]!)})`,
  )
  if (!destination.ready) names.push('the destination')
  return `${colors.red('✘')} Not ready: ${names.join(', ')}`
}

function reason({ status, checks }: ProviderCheck): string {
  if (status !== 'done') return 'not checked'
  return checks.length === 0 ? 'nothing was checked' : 'something is missing'
}
