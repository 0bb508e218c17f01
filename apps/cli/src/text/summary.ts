import { PROVIDER_NAMES, type ProviderName } from '@cae/core'
import { isFinal } from '@cae/runtime'
import type { JobDetail, Outcomes, ResourceCount } from '../api/views.ts'
import { PROVIDER_LABELS } from './labels.ts'
import { outcomeText, stillPlans, WHOLE, type Expected } from './progress.ts'
import type { Hint } from '../hint.ts'
import { bytes, count, counted, duration } from './quantity.ts'
import { gapHints, reasonLines, type Gap } from './reasons.ts'
import { isNarrowed, requestText } from './request-text.ts'
import { table } from './table.ts'
import type { Terminal } from './terminal.ts'
import { wrapped } from './wrapped.ts'

const SHOWN_ROWS = 5

export interface SummaryOptions {
  /** How many resources there are, where that is known. */
  readonly expected?: Expected
  readonly gaps?: readonly Gap[]
  readonly hint: Hint
  /** Whether its API is gone with it, so that it can't be asked for more. */
  readonly over?: boolean
  readonly now?: number
}

/** A job, for people: what was found where, and what could not be seen. Of one that goes on, no more than so far. */
export function summary(job: JobDetail, terminal: Terminal, options: SummaryOptions): string[] {
  const { expected = {}, gaps = [], hint, over = false, now = Date.now() } = options
  const reasons = reasonLines(job.errors, gaps, hint, terminal)
  // Of one that goes on, also a provider that nothing is known of yet.
  const requested = isFinal(job.status) ? [] : job.request.providers
  const shown = PROVIDER_NAMES.filter((name) => job.by_provider[name] ?? requested.includes(name))
  return [
    ...shown.flatMap((name) => [
      providerLine(name, job, expected[name], terminal),
      ...providerTable(
        job.resources.filter(({ provider }) => provider === name),
        terminal,
      ),
      '',
    ]),
    ...reasons,
    ...(over ? [] : gapHints(job.errors, job.job_id, hint)),
    ...(reasons.length > 0 ? [''] : []),
    ...requestLines(job, terminal),
    coverageLine(job, terminal),
    totalLine(job, terminal, now),
  ]
}

/** Seconds that a job took, or has taken by now; null where it has not begun. */
export function secondsOf({ status, timing }: JobDetail, now: number): number | null {
  if (isFinal(status)) return timing.duration_seconds
  return timing.started_at === null ? null : Math.max(0, (now - Date.parse(timing.started_at)) / 1000)
}

function providerLine(name: ProviderName, job: JobDetail, expected: number | undefined, { colors }: Terminal): string {
  const { artifacts = 0, read = 0, slices: number = 0, ended = 0, outcomes = {} } = job.by_provider[name] ?? {}
  const planning = stillPlans(job, name)
  const soFar = planning || ended < number ? ' so far' : ''
  const amount =
    soFar === '' && readNothing(read, outcomes) ? '– resources' : amountText(job, read, artifacts, expected)
  const states = [outcomeText(outcomes), ...underWay(job, number - ended, planning)].filter((text) => text !== '')
  const slices = `${counted(number, 'slice')}: ${states.join(', ') || 'none ended'}`
  const { complete = 0, skipped = 0 } = outcomes
  const whole = complete > 0 && complete + skipped === number && !planning
  return `${colors.bold(colors.cyan(PROVIDER_LABELS[name].padEnd(6)))} ${colors.bold(amount + soFar)}  ${whole ? colors.green(slices) : colors.yellow(slices)}`
}

function amountText({ request }: JobDetail, read: number, artifacts: number, expected: number | undefined): string {
  if (request.filters) return `${count(read)} read, ${count(artifacts)} match the filters`
  return `${count(artifacts)}${expected === undefined ? '' : ` of ${count(expected)}`} resources`
}

/** Where no slice was read to its end, and none gave anything, nobody knows how much there is: that is no zero. */
function readNothing(read: number, { complete = 0 }: Outcomes): boolean {
  return read === 0 && complete === 0
}

/** `13 still running` and `still planning`, as far as they are so. */
function underWay({ status }: JobDetail, open: number, planning: boolean): string[] {
  if (isFinal(status)) return []
  return [...(open > 0 ? [`${count(open)} still running`] : []), ...(planning ? ['still planning'] : [])]
}

/** Services on the left, regions on the right, the largest of each. */
function providerTable(resources: readonly ResourceCount[], terminal: Terminal): string[] {
  if (resources.length === 0) return []
  const services = ranked(resources, ({ service }) => service)
  const regions = ranked(resources, ({ region }) => region)
  const rows = Array.from({ length: Math.max(services.length, regions.length) }, (_, index) => {
    const service = services[index]
    const region = regions[index]
    return [
      service?.name ?? '',
      service?.parts ?? '',
      service ? count(service.artifacts) : '',
      '',
      region?.name ?? '',
      region ? count(region.artifacts) : '',
    ].map((cell, column) => cell.padEnd(MIN_WIDTHS[column]!))
  })
  return table(COLUMNS, rows, { ...terminal, columns: terminal.columns - 2 }).map((line) => `  ${line}`)
}

const COLUMNS = [
  { head: 'Service' },
  { head: 'Regions', align: 'right' },
  { head: 'Resources', align: 'right' },
  { head: '' },
  { head: 'Region' },
  { head: 'Resources', align: 'right' },
] as const

// So that the tables of the three providers stand under each other.
const MIN_WIDTHS = [20, 0, 0, 1, 20, 0] as const

interface Ranked {
  readonly name: string
  readonly artifacts: number
  /** How many regions a service was found in. */
  readonly parts: string
}

function ranked(resources: readonly ResourceCount[], key: (resource: ResourceCount) => string): Ranked[] {
  const groups = new Map<string, { artifacts: number; regions: Set<string> }>()
  for (const resource of resources) {
    const group = groups.get(key(resource)) ?? { artifacts: 0, regions: new Set() }
    group.artifacts += resource.artifacts
    group.regions.add(resource.region)
    groups.set(key(resource), group)
  }
  const all = [...groups]
    .map(([name, { artifacts, regions }]) => ({ name: shortened(name), artifacts, parts: count(regions.size) }))
    .toSorted((a, b) => b.artifacts - a.artifacts || a.name.localeCompare(b.name))
  if (all.length <= SHOWN_ROWS) return all
  const rest = all.slice(SHOWN_ROWS - 1)
  const artifacts = rest.reduce((sum, group) => sum + group.artifacts, 0)
  return [...all.slice(0, SHOWN_ROWS - 1), { name: `+ ${rest.length} more`, artifacts, parts: '' }]
}

function shortened(name: string): string {
  const longest = MIN_WIDTHS[0]
  return name.length <= longest ? name : `${name.slice(0, longest - 1)}…`
}

/** What was requested, where that is not everything; an empty answer to it is no empty cloud. */
function requestLines({ request, status, totals, outcomes }: JobDetail, terminal: Terminal): string[] {
  if (!isNarrowed(request)) return []
  const { colors } = terminal
  const nothing = outcomes.complete
    ? 'fits what was requested, in what could be read'
    : 'was read of what was requested'
  return [
    ...wrapped(`${colors.dim('·')} Requested  `, requestText(request), terminal),
    ...(isFinal(status) && totals.artifacts === 0 ? [`${colors.yellow('!')} Nothing    ${nothing}`] : []),
  ]
}

function coverageLine(job: JobDetail, { colors }: Terminal): string {
  const { progress, outcomes, status } = job
  const { complete = 0, skipped = 0 } = outcomes
  const slices = progress.slices - skipped
  const text = `${count(complete)} of ${counted(slices, 'slice')} complete${skipped > 0 ? `, ${count(skipped)} skipped` : ''}`
  const problems = outcomeText(outcomes, WHOLE)
  if (!isFinal(status)) {
    const open = underWay(job, progress.slices - progress.ended, !progress.planned)
    const soFar = [`${text} so far`, ...open].join(', ')
    if (problems === '') return `${colors.dim('·')} Coverage   ${soFar}`
    return `${colors.yellow('!')} Coverage   ${soFar}; ${problems}: unknown, not empty`
  }
  if (complete === slices && complete > 0) return `${colors.green('✔')} Coverage   ${text}`
  return `${colors.yellow('!')} Coverage   ${text}; ${problems || 'nothing was planned'}: unknown, not empty`
}

function totalLine(job: JobDetail, { colors }: Terminal, now: number): string {
  const { totals, status } = job
  const seconds = secondsOf(job, now)
  const parts = [
    counted(totals.artifacts, 'artifact'),
    counted(totals.batches, 'batch').replace('batchs', 'batches'),
    bytes(totals.bytes),
    ...(seconds === null ? [] : [`${duration(seconds)}${isFinal(status) ? '' : ' so far'}`]),
    ...(seconds ? [`${count(totals.artifacts / seconds)} artifacts/s`] : []),
  ]
  return `${colors.dim('·')} Total      ${parts.join(', ')}`
}
