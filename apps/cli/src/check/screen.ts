import { PROVIDER_NAMES, type ProviderName } from '@cae/core'
import type { CheckEstimate, DestinationCheck, PreflightDetail, ProviderCheck } from '../api/views.ts'
import { checkMatrix } from './matrix.ts'
import { problemLines } from './problems.ts'
import { PROVIDER_LABELS } from '../text/labels.ts'
import { count, counted, duration, rate } from '../text/quantity.ts'
import { isNarrowed } from '../text/request-text.ts'
import type { Colors, Terminal } from '../text/terminal.ts'
import { wrapped } from '../text/wrapped.ts'

/** A preflight, for people: what was tried where, what is missing and what to do, and what a full run takes. */
export function checkScreen(preflight: PreflightDetail, terminal: Terminal): string[] {
  const shown = PROVIDER_NAMES.filter((name) => preflight.providers[name])
  return [
    ...shown.flatMap((name) => [
      ...providerLines(name, preflight.providers[name]!, isNarrowed(preflight.request), terminal),
      '',
    ]),
    ...destinationLines(preflight.destination, terminal),
    verdict(preflight, terminal.colors),
  ]
}

function providerLines(name: ProviderName, check: ProviderCheck, narrowed: boolean, terminal: Terminal): string[] {
  const { colors } = terminal
  const { untried, estimate, checks } = check
  return [
    `${colors.bold(colors.cyan(PROVIDER_LABELS[name].padEnd(6)))} ${headline(check, colors)}`,
    ...checkMatrix(name, checks, terminal),
    ...problemLines(name, checks, terminal),
    ...untriedLines(untried, terminal),
    ...(estimate ? estimateLines(estimate, narrowed, colors) : []),
  ]
}

function headline({ status, message, checks }: ProviderCheck, colors: Colors): string {
  if (status !== 'done') return colors.red(`not checked: ${message ?? status}`)
  if (checks.length === 0) return colors.yellow('nothing was checked: unknown, not ready')
  const named = (wanted: string) =>
    new Set(checks.filter((group) => group.status === wanted).map((group) => group.check)).size
  const [missing, warnings] = [named('missing'), named('warning')]
  const parts = [
    ...(missing > 0 ? [colors.red(`${count(missing)} missing`)] : []),
    ...(warnings > 0 ? [colors.yellow(counted(warnings, 'warning'))] : []),
  ]
  return parts.length > 0 ? parts.join(', ') : colors.green('ready')
}

function untriedLines(untried: readonly string[], terminal: Terminal): string[] {
  if (untried.length === 0) return []
  const { dim } = terminal.colors
  const why = `${counted(untried.length, 'permission')}, which the settings do not need, or for what is missing:`
  return [
    ...wrapped(`${dim('·')} Not tried  `, why, terminal),
    ...wrapped('             ', untried.join(', '), terminal, dim),
  ]
}

/** Quotas decide; below that, how long the clouds take to answer does. */
const BY_QUOTA_FROM_SECONDS = 60

function timeText(seconds: number, atLeast: boolean): string {
  if (atLeast) return `at least ${duration(seconds)}`
  return seconds < BY_QUOTA_FROM_SECONDS
    ? `${duration(seconds)} of quota, and what the clouds take to answer`
    : `about ${duration(seconds)}`
}

function estimateLines(estimate: CheckEstimate, narrowed: boolean, colors: Colors): string[] {
  const { calls, resources, seconds, decided_by, at_least, limits } = estimate
  const amounts = [counted(calls, 'call'), ...(resources === null ? [] : [counted(resources, 'resource')])].join(', ')
  const slowest = limits.find(({ name }) => name === decided_by)
  const time = seconds === null ? 'no limit decides' : timeText(seconds, at_least)
  const speed = rate(slowest?.rate_per_second ?? 0)
  return [
    `${colors.dim('·')} ${narrowed ? 'This run  ' : 'Full run  '} ${amounts}: ${time}`,
    ...(slowest
      ? [colors.dim(`             ${slowest.name} decides: ${counted(slowest.busiest, 'call')} at ${speed}/s`)]
      : []),
    ...(at_least ? [colors.dim('             What is missing hides what it would add.')] : []),
  ]
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
