import type { Outcome, SliceCoverage } from '@cae/core'
import { isFinal } from '@cae/runtime'
import type { ApiClient } from './api-client.ts'
import type { CoverageDetail, JobDetail, JobSummary } from './api-views.ts'
import { EXIT } from './exit-code.ts'
import { hintOf, type Hint } from './hint.ts'
import type { Host } from './host.ts'
import { PROVIDER_LABELS } from './labels.ts'
import { count, counted, duration, relative } from './quantity.ts'
import { gapsOf, reasonLines } from './reasons.ts'
import { secondsOf, summary } from './summary.ts'
import { table } from './table.ts'
import type { Colors, Terminal } from './terminal.ts'

export interface JobsQuery {
  readonly limit: number
  readonly status?: string
}

/** The newest jobs. */
export async function listJobs(client: ApiClient, query: JobsQuery, json: boolean | undefined, terminal: Terminal) {
  const { total, jobs } = await client.jobs({ limit: query.limit, status: query.status })
  if (json) terminal.say(JSON.stringify({ total, jobs }))
  else if (jobs.length === 0) terminal.say('No jobs. Submit one with: cae extract')
  else for (const line of jobsTable(jobs, terminal, Date.now())) terminal.say(line)
  if (!json && total > jobs.length) terminal.say(terminal.colors.dim(`${count(total - jobs.length)} more: --limit`))
  return EXIT.complete
}

export function jobsTable(jobs: readonly JobSummary[], terminal: Terminal, now: number): string[] {
  const columns = [
    { head: 'Job' },
    { head: 'Status' },
    { head: 'Providers' },
    { head: 'Resources', align: 'right' },
    { head: 'Slices', align: 'right' },
    { head: 'Created', align: 'right' },
  ] as const
  const rows = jobs.map((job) => [
    job.job_id,
    coloured(job.status, terminal.colors),
    job.providers.join(' '),
    count(job.totals.artifacts),
    `${count(job.progress.ended)}/${slicesOf(job)}`,
    relative(job.created_at, now),
  ])
  return table(columns, rows, terminal)
}

// How many there will be nobody knows before all is planned.
function slicesOf({ status, progress }: JobSummary): string {
  return isFinal(status) || progress.planned ? count(progress.slices) : '…'
}

export interface ShowOptions {
  readonly api?: string
  readonly json?: boolean
}

/** One job with what it found. */
export async function showJob(client: ApiClient, id: string, options: ShowOptions, host: Host): Promise<number> {
  const { stdout: terminal } = host
  const job = await client.job(id)
  const lines = options.json ? [JSON.stringify(job)] : await jobScreen(client, job, hintOf(host, options), terminal)
  for (const line of lines) terminal.say(line)
  return EXIT.complete
}

async function jobScreen(client: ApiClient, job: JobDetail, hint: Hint, terminal: Terminal): Promise<string[]> {
  const gaps = await gapsOf(client, job)
  return [...facts(job, terminal, Date.now()), '', ...summary(job, terminal, { gaps, hint })]
}

export function facts(job: JobDetail, { colors }: Terminal, now: number): string[] {
  const { job_id, status, schedule, timing } = job
  return [
    `Job        ${colors.bold(job_id)}`,
    `Status     ${coloured(status, colors)}${howFar(job, now)}`,
    `Created    ${timing.created_at}${schedule ? ` by schedule ${schedule}` : ''}`,
  ]
}

/** ` in 3.0 s` of one that has ended, else `, 43 %, 12 s so far`; no share of what is not planned yet. */
function howFar(job: JobDetail, now: number): string {
  const { status, progress } = job
  const seconds = secondsOf(job, now)
  if (isFinal(status)) return seconds === null ? '' : ` in ${duration(seconds)}`
  const share = progress.planned ? `${Math.min(MOST_PERCENT, progress.percent)} %` : 'still planning'
  return `, ${share}${seconds === null ? '' : `, ${duration(seconds)} so far`}`
}

/** Of a run whose slices have all ended, but which has not: its manifest is still to be delivered. */
const MOST_PERCENT = 99

/** What a job covered: every slice with its outcome and the count that proves it, and why slices are not complete. */
export async function showCoverage(
  client: ApiClient,
  id: string,
  outcome: Outcome | undefined,
  json: boolean | undefined,
  terminal: Terminal,
): Promise<number> {
  const coverage = await client.coverage(id, outcome)
  const lines = json ? [JSON.stringify(coverage)] : coverageLines(coverage, outcome, terminal)
  for (const line of lines) terminal.say(line)
  return EXIT.complete
}

function coverageLines(coverage: CoverageDetail, outcome: Outcome | undefined, terminal: Terminal): string[] {
  const { slices, reasons, totals } = coverage
  if (slices.length === 0) return [outcome ? `No slice ended as ${outcome}.` : 'No slices are planned yet.']
  const total = `${count(totals.extracted)} read, ${count(totals.expected)} counted by the providers, in ${counted(totals.slices, 'slice')}`
  return [...coverageTable(slices, terminal), '', ...reasonLines(reasons, slices, terminal), terminal.colors.dim(total)]
}

export function coverageTable(slices: readonly SliceCoverage[], terminal: Terminal): string[] {
  const columns = [
    { head: 'Cloud' },
    { head: 'Scope' },
    { head: 'Region' },
    { head: 'Slice' },
    { head: 'Outcome' },
    { head: 'Read', align: 'right' },
    { head: 'Counted', align: 'right' },
    { head: 'Counted by' },
  ] as const
  const { interactive, colors } = terminal
  const rows = slices.map(({ provider, scope, region, partition, outcome, code, coverage }) => [
    PROVIDER_LABELS[provider],
    interactive ? shortened(scope) : scope,
    region,
    interactive ? shortened(partition) : partition,
    coloured(outcome ?? 'running', colors) + (code && !interactive ? ` ${code}` : ''),
    count(coverage.extracted),
    coverage.expected === null ? '–' : count(coverage.expected),
    coverage.source ?? 'nobody',
  ])
  return table(columns, rows, terminal)
}

// A subscription's UUID would push everything else out of an 80-column window.
function shortened(scope: string): string {
  return scope.length <= 20 ? scope : `${scope.slice(0, 8)}…${scope.slice(-6)}`
}

function coloured(word: string, colors: Colors): string {
  switch (word) {
    case 'completed':
    case 'complete':
      return colors.green(word)
    case 'failed':
      return colors.red(word)
    case 'partial':
    case 'denied':
    case 'not_enabled':
    case 'throttled_out':
    case 'cancelled':
      return colors.yellow(word)
    default:
      return word
  }
}
