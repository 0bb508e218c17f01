import { OUTCOMES, PROVIDER_NAMES, type Outcome, type ProviderName } from '@cae/core'
import { isFinal } from '@cae/runtime'
import type { JobDetail, Outcomes, ProviderDetail } from '../api/views.ts'
import type { Hint } from '../hint.ts'
import { PROVIDER_LABELS } from './labels.ts'
import { count, duration } from './quantity.ts'
import type { Colors, Terminal } from './terminal.ts'
import { waitingReasons } from './waiting.ts'

/** How far one provider is, at one moment. */
export interface ProviderProgress {
  readonly provider: ProviderName
  /** Delivered; where the request chooses among them, read. */
  readonly resources: number
  /** How many of them fit the request; null where all do. */
  readonly matching: number | null
  /** How many there will be, where that is known beforehand. */
  readonly expected: number | null
  readonly ended: number
  /** Known so far. */
  readonly slices: number
  /** Further slices may come: what has ended says nothing of how much there is. */
  readonly planning: boolean
  readonly outcomes: Outcomes
  /** Resources per second, over the last `seconds`. */
  readonly rate: number
  readonly seconds: number
}

/** Shows a job as it goes on. */
export interface ProgressView {
  show(job: JobDetail): void
  /** A line between the progress: something has happened. */
  note(line: string): void
  stop(): void
}

export type Expected = Readonly<Partial<Record<ProviderName, number>>>

/** Bars where a person watches, else a line every two seconds while it changes; between them why nothing moves. */
export function progressView(
  terminal: Terminal,
  hint: Hint,
  expected: Expected = {},
  now: () => number = Date.now,
): ProgressView {
  const measure = progressMeter(expected)
  const view = terminal.interactive ? bars(terminal, measure, now) : lines(terminal, measure, now)
  return withReasons(view, terminal, hint, now)
}

/** For programs, which read the result: what happens and why nothing moves, no progress. */
export function notesView(terminal: Terminal, hint: Hint): ProgressView {
  return withReasons({ show() {}, note: (line) => terminal.say(line), stop() {} }, terminal, hint, Date.now)
}

function withReasons(view: ProgressView, terminal: Terminal, hint: Hint, now: () => number): ProgressView {
  const reasons = waitingReasons(hint)
  return {
    ...view,
    show(job) {
      for (const line of reasons(job, now())) view.note(`${terminal.colors.yellow('•')} ${line}`)
      view.show(job)
    },
  }
}

type Measure = (job: JobDetail, now: number) => readonly ProviderProgress[]

/** Several times as long as the clouds' own windows, such as Azure's five seconds: a wait for quota is a part of the rate. */
const RATE_WINDOW_MS = 30_000
/** From less than one such window nothing is said of what is left, unless that is little. */
const ESTIMATE_FROM_SECONDS = 5
const LITTLE = { fromSeconds: 2, secondsLeft: 10 }

/** Job → progress, with a rate over the last seconds. */
export function progressMeter(expected: Expected): Measure {
  const meters = new Map<ProviderName, ReturnType<typeof rateMeter>>()
  return (job, now) =>
    PROVIDER_NAMES.filter((name) => job.request.providers.includes(name)).map((provider) => {
      const detail = job.by_provider[provider]
      const planning = stillPlans(job, provider)
      const { slices = 0, ended = 0, outcomes = {}, artifacts = 0, read = 0 } = detail ?? {}
      // Whatever narrows the request may leave out what a slice has to be read with.
      const filtered = job.request.filters !== undefined || artifacts < read
      const resources = filtered ? read : artifacts
      const meter = meters.get(provider) ?? rateMeter()
      meters.set(provider, meter)
      return {
        provider,
        resources,
        matching: filtered ? artifacts : null,
        expected: expected[provider] ?? (planning ? null : countedBy(detail, resources)),
        ended,
        slices,
        planning,
        outcomes,
        ...meter(resources, now),
      }
    })
}

/** From when the first resources come: what was before is planning, and says nothing of how fast they are read. */
function rateMeter(): (resources: number, now: number) => Pick<ProviderProgress, 'rate' | 'seconds'> {
  const samples: { readonly at: number; readonly resources: number }[] = []
  return (resources, now) => {
    samples.push({ at: now, resources })
    while (samples.length > 2 && (samples[1]!.resources === 0 || now - samples[0]!.at > RATE_WINDOW_MS)) samples.shift()
    const before = samples[0]!
    const seconds = (now - before.at) / 1000
    return { rate: seconds > 0 ? Math.max(0, (resources - before.resources) / seconds) : 0, seconds }
  }
}

/** Whether a provider may still get further slices. */
export function stillPlans({ status, by_provider }: JobDetail, provider: ProviderName): boolean {
  if (isFinal(status)) return false
  // Until a run has left `planning`, the slices of a provider may be the first of them.
  return status !== 'running' || by_provider[provider]?.planning !== 0
}

/** What the provider says there is. A part of the slices has no count: where more was read than counted, nobody knows. */
function countedBy(detail: ProviderDetail | undefined, resources: number): number | null {
  return detail && detail.expected > 0 && resources <= detail.expected ? detail.expected : null
}

function isDone({ ended, slices, planning }: ProviderProgress): boolean {
  return slices > 0 && ended === slices && !planning
}

/** From 0 to 1: by resources where their number is known, else by slices. */
export function fractionOf(progress: ProviderProgress): number {
  const { resources, expected, ended, slices } = progress
  if (isDone(progress)) return 1
  const fraction = expected ? resources / expected : slices > 0 ? ended / slices : 0
  return Math.min(progress.planning ? MOST_WHILE_PLANNING : 1, fraction)
}

/** A full bar says that there is no more. */
const MOST_WHILE_PLANNING = 0.9

/** Seconds to go; null where nobody can say. */
export function secondsLeft(progress: ProviderProgress): number | null {
  const { resources, expected, rate, seconds } = progress
  if (expected === null || rate <= 0 || seconds < LITTLE.fromSeconds || isDone(progress)) return null
  const left = Math.max(0, expected - resources) / rate
  return seconds >= ESTIMATE_FROM_SECONDS || left <= LITTLE.secondsLeft ? left : null
}

/** `  AWS    ████████░░░░  6,120 / 10,000   3,400/s    2 s   18/40 slices` in exactly the width or less. */
export function barLine(progress: ProviderProgress, width: number, colors: Colors): string {
  const { provider, resources, expected, ended, slices, rate } = progress
  const done = isDone(progress)
  const amount = expected === null ? count(resources) : `${count(resources)} / ${count(expected)}`
  const problems = outcomeText(progress.outcomes, WHOLE)
  const eta = stateText(progress)
  const speed = done ? '' : `${count(rate)}/s`
  const text = `${amount.padStart(17)} ${speed.padStart(9)} ${eta.padStart(8)} ${`${ended}/${slices}`.padStart(7)}`
  const matching = progress.matching === null ? '' : ` ${count(progress.matching)} match`
  const bad = problems === '' ? '' : ` ${problems}`
  const room = Math.max(4, width - 9 - text.length - matching.length - bad.length)
  const filled = Math.floor(fractionOf(progress) * room)
  const bar = colors.cyan('█'.repeat(filled)) + colors.dim('░'.repeat(room - filled))
  return `  ${PROVIDER_LABELS[provider].padEnd(6)} ${bar}${done && problems === '' ? colors.green(text) : text}${matching}${colors.yellow(bad)}`
}

/** Outcomes that are no problem. */
export const WHOLE: readonly Outcome[] = ['complete', 'skipped']

/** `12 complete, 1 denied`, in the order of the glossary. */
export function outcomeText(outcomes: Outcomes, without: readonly Outcome[] = []): string {
  return OUTCOMES.filter((name) => outcomes[name] && !without.includes(name))
    .map((name) => `${count(outcomes[name]!)} ${name.replaceAll('_', ' ')}`)
    .join(', ')
}

/** `AWS 6,120 of 10,000 · Azure 3,000 so far · 4,321/s · 2 s left` */
export function plainLine(all: readonly ProviderProgress[]): string {
  const parts = all.map((progress) => {
    const { provider, resources, matching, expected, planning, outcomes } = progress
    const problems = outcomeText(outcomes, WHOLE)
    const of = expected === null ? (planning ? ' so far' : '') : ` of ${count(expected)}`
    const fit = matching === null ? '' : ` read, ${count(matching)} match`
    return `${PROVIDER_LABELS[provider]} ${count(resources)}${of}${fit}${problems && ` (${problems})`}`
  })
  const underWay = all.filter((progress) => !isDone(progress))
  if (underWay.length === 0) return parts.join(' · ')
  const rate = underWay.reduce((sum, progress) => sum + progress.rate, 0)
  const left = underWay.map(secondsLeft).filter((seconds) => seconds !== null)
  // The slowest decides, and it may be one of those that nobody can say it of.
  const eta = left.length === underWay.length ? [`${duration(Math.ceil(Math.max(...left)))} left`] : []
  const speed = rate < 1 ? [] : [`${count(rate)}/s`]
  return [...parts, ...speed, ...eta].join(' · ')
}

/** What a bar says of its end: `done`, `ended` where there are gaps, what is left, or that it is not known yet. */
function stateText(progress: ProviderProgress): string {
  if (isDone(progress)) return outcomeText(progress.outcomes, WHOLE) === '' ? 'done' : 'ended'
  const left = secondsLeft(progress)
  if (left !== null) return duration(Math.ceil(left))
  return progress.planning ? 'planning' : ''
}

const ESCAPE = {
  up: (lines: number) => `\u001b[${lines}A`,
  clearBelow: '\u001b[J',
  hide: '\u001b[?25l',
  show: '\u001b[?25h',
}
// A line of exactly the width makes some terminals wrap.
const MARGIN = 1

/** Bars that are drawn over in place. A note goes above them. */
function bars(terminal: Terminal, measure: Measure, now: () => number): ProgressView {
  let drawn: readonly string[] = []
  const draw = (above: string, lines: readonly string[]) => {
    const start = drawn.length === 0 ? ESCAPE.hide : ESCAPE.up(drawn.length) + ESCAPE.clearBelow
    terminal.stream.write(start + above + lines.map((line) => `${line}\n`).join(''))
    drawn = lines
  }
  return {
    show(job) {
      const width = terminal.columns - MARGIN
      draw(
        '',
        measure(job, now()).map((progress) => barLine(progress, width, terminal.colors)),
      )
    },
    note: (line) => draw(`${line}\n`, drawn),
    stop() {
      if (drawn.length > 0) terminal.stream.write(ESCAPE.show)
      drawn = []
    },
  }
}

const LINE_EVERY_MS = 2000
/** Of what stands still; some that watch a build give it up where it says nothing for minutes. */
const SAME_LINE_EVERY_MS = 60_000

function lines(terminal: Terminal, measure: Measure, now: () => number): ProgressView {
  let saidAt = 0
  let said: string | undefined
  let latest: string | undefined
  return {
    show(job) {
      const at = now()
      latest = `  ${plainLine(measure(job, at))}`
      const every = latest === said ? SAME_LINE_EVERY_MS : LINE_EVERY_MS
      if (at - saidAt < every || job.progress.slices === 0) return
      saidAt = at
      said = latest
      terminal.say(latest)
    },
    note: (line) => terminal.say(line),
    stop() {
      if (latest !== undefined && latest !== said) terminal.say(latest)
      latest = said = undefined
    },
  }
}
