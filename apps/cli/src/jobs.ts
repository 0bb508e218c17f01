import { isFinal } from '@cae/runtime'
import type { ApiClient } from './api/client.ts'
import type { JobDetail, JobSummary } from './api/views.ts'
import { filesOf } from './stack/artifacts-folder.ts'
import { EXIT } from './exit-code.ts'
import { hintOf, type Hint } from './hint.ts'
import type { Host } from './host.ts'
import { count, duration, relative } from './text/quantity.ts'
import { gapsOf } from './text/reasons.ts'
import { isNarrowed, requestText } from './text/request-text.ts'
import type { ShowOptions } from './show-options.ts'
import { coloured } from './text/status-color.ts'
import { secondsOf, summary } from './text/summary.ts'
import { table } from './text/table.ts'
import type { Terminal } from './text/terminal.ts'
import { waitLine } from './text/waiting.ts'
import { wrapped } from './text/wrapped.ts'

export interface ListOptions extends ShowOptions {
  readonly limit: number
  readonly status?: string
}

/** The newest jobs. */
export async function listJobs(client: ApiClient, options: ListOptions, host: Host): Promise<number> {
  const { limit, status, json } = options
  const { stdout: terminal } = host
  const { total, jobs } = await client.jobs({ limit, status })
  if (json) terminal.say(JSON.stringify({ total, jobs }))
  else if (jobs.length === 0) terminal.say(noJobs(status, hintOf(host, options)))
  else for (const line of jobsTable(jobs, terminal, Date.now())) terminal.say(line)
  if (!json && total > jobs.length) terminal.say(terminal.colors.dim(`${count(total - jobs.length)} more: --limit`))
  return EXIT.complete
}

function noJobs(status: string | undefined, hint: Hint): string {
  return status === undefined
    ? `No jobs. Submit one with: ${hint('extract')}`
    : `No job is ${status}. All: ${hint('jobs')}`
}

export function jobsTable(jobs: readonly JobSummary[], terminal: Terminal, now: number): string[] {
  const columns = [
    { head: 'Job', whole: true },
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
  const wanted = jobs.map((job) => wantedLines(job, terminal))
  return table(columns, rows, terminal, wanted)
}

/** What was asked for, where that is not everything, and by whom, where nobody did. */
function wantedLines({ request, schedule }: JobSummary, terminal: Terminal): string[] {
  const wanted = [
    ...(isNarrowed(request) ? [requestText(request)] : []),
    ...(schedule === null ? [] : [`by schedule ${schedule}`]),
  ]
  return wanted.length > 0 ? wrapped('  ', wanted.join('; '), terminal, terminal.colors.dim) : []
}

// How many there will be nobody knows before all is planned.
function slicesOf({ status, progress }: JobSummary): string {
  return isFinal(status) || progress.planned ? count(progress.slices) : '…'
}

/** One job with what it found. */
export async function showJob(client: ApiClient, id: string, options: ShowOptions, host: Host): Promise<number> {
  const { stdout: terminal } = host
  const job = await client.job(id)
  const lines = options.json ? [JSON.stringify(job)] : await jobScreen(client, job, options, host)
  for (const line of lines) terminal.say(line)
  return EXIT.complete
}

async function jobScreen(client: ApiClient, job: JobDetail, options: ShowOptions, host: Host): Promise<string[]> {
  const { stdout: terminal } = host
  const gaps = await gapsOf(client, job)
  const files = filesOf(job.job_id, host)
  return [
    ...facts(job, terminal, Date.now()),
    ...(files ? [`Files      ${files}`] : []),
    '',
    ...summary(job, terminal, { gaps, hint: hintOf(host, options) }),
  ]
}

export function facts(job: JobDetail, terminal: Terminal, now: number): string[] {
  const { colors } = terminal
  const { job_id, status, schedule, request, waiting, timing } = job
  return [
    `Job        ${colors.bold(job_id)}`,
    `Status     ${coloured(status, colors)}${howFar(job, now)}`,
    `Created    ${timing.created_at}${schedule ? ` by schedule ${schedule}` : ''}`,
    // The summary says what it was narrowed to.
    ...(isNarrowed(request) ? [] : [`Requested  ${requestText(request)}`]),
    ...waiting.flatMap((wait) => wrapped('Waiting    ', waitLine(wait), terminal)),
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
