import { errorRow, PROVIDER_NAMES, type ProviderName, type Reason } from '@cae/core'
import {
  isFinal,
  nextRun,
  outcomesOf,
  partsOf,
  sliceCoverage,
  type ProviderTotals,
  type RunView,
  type Schedule,
  type TaskView,
  type Wait,
} from '@cae/runtime'

export const iso = (time: number | null) => (time === null ? null : new Date(time).toISOString())

/** What the list of jobs shows of a run. */
export function jobSummary(run: RunView) {
  const totals = sum(Object.values(run.providers))
  return {
    job_id: run.id,
    status: run.status,
    schedule: run.schedule,
    providers: run.request.providers,
    request: run.request,
    progress: progress(run, totals),
    totals: { artifacts: totals.artifacts, batches: totals.batches, bytes: totals.bytes },
    outcomes: outcomesOf(run),
    created_at: iso(run.createdAt),
    finished_at: iso(run.finishedAt),
  }
}

/** What the ledger has of a run beside it. */
export interface JobParts {
  readonly counts: Readonly<Record<string, number>>
  readonly errors: readonly Reason[]
  readonly waits: ReadonlyMap<string, Wait>
  /** Providers that no worker has which is up. */
  readonly absent: readonly ProviderName[]
}

/** `now`: milliseconds since the epoch, for how long a run that goes on has taken. */
export function jobDetail(run: RunView, { counts, errors, waits, absent }: JobParts, now: number) {
  const totals = sum(Object.values(run.providers))
  const seconds = run.startedAt ? Math.max(0, (run.finishedAt ?? now) - run.startedAt) / 1000 : null
  return {
    job_id: run.id,
    status: run.status,
    schedule: run.schedule,
    request: run.request,
    progress: progress(run, totals),
    totals: {
      artifacts: totals.artifacts,
      read: totals.read,
      pages: totals.pages,
      batches: totals.batches,
      bytes: totals.bytes,
    },
    outcomes: outcomesOf(run),
    by_provider: Object.fromEntries(Object.entries(run.providers).map(([name, total]) => [name, providerView(total)])),
    resources: Object.entries(counts)
      .map(([key, artifacts]) => {
        const [provider, service, region] = key.split('|') as [ProviderName, string, string]
        return { provider, service, region, artifacts }
      })
      .toSorted((a, b) => a.provider.localeCompare(b.provider) || b.artifacts - a.artifacts),
    errors: errors.map((reason) => ({ ...reason, advice: errorRow(reason.code).advice })),
    waiting: [...waitingOf(waits), ...waitingForWorkers(run, absent)],
    timing: {
      created_at: iso(run.createdAt),
      started_at: iso(run.startedAt),
      planned_at: iso(run.plannedAt),
      updated_at: iso(run.updatedAt),
      finished_at: iso(run.finishedAt),
      duration_seconds: seconds,
      artifacts_per_second: seconds ? Math.round(totals.artifacts / seconds) : null,
    },
  }
}

/** Why something of a run does not go on, and what to do, grouped: how often, and what is tried again first. */
function waitingOf(waits: ReadonlyMap<string, Wait>) {
  const groups = new Map<string, { readonly what: string; readonly wait: Wait; count: number }>()
  for (const [what, wait] of [...waits].toSorted(([, a], [, b]) => (a.until ?? 0) - (b.until ?? 0))) {
    const key = `${providerOf(what)} ${wait.code}`
    const group = groups.get(key)
    if (group) group.count++
    else groups.set(key, { what, wait, count: 1 })
  }
  return [...groups.values()].map(({ what, wait, count }) => ({
    provider: providerOf(what),
    code: wait.code,
    count,
    message: wait.message,
    advice: errorRow(wait.code).advice,
    until: iso(wait.until),
    example_task_id: isTaskId(what) ? what : null,
  }))
}

// Slices of a provider that no worker has stay in its queue, and nothing else would say so.
function waitingForWorkers({ status, plannedAt, request, providers }: RunView, absent: readonly ProviderName[]) {
  const isOver = (name: ProviderName) => {
    const { slices = 0, ended = 0, planning = 0 } = providers[name] ?? {}
    return isFinal(status) || (plannedAt !== null && planning === 0 && ended === slices)
  }
  return request.providers
    .filter((name) => absent.includes(name) && !isOver(name))
    .map((provider) => ({
      provider,
      code: 'SETTINGS_MISSING' as const,
      count: 1,
      message: `no worker that is up has ${provider} in its enabled_providers`,
      advice: 'Start one: it goes on with what is left.',
      until: null,
      example_task_id: null,
    }))
}

function isTaskId(what: string): boolean {
  return what.includes('-')
}

/** Null for what is no provider's, such as the manifest. */
function providerOf(what: string): ProviderName | null {
  const name = isTaskId(what) ? partsOf(what).provider : what
  return PROVIDER_NAMES.find((one) => one === name) ?? null
}

/** A task, one slice of a job. */
export function taskDetail(view: TaskView, wait: Wait | undefined) {
  const { task } = view
  return {
    task_id: task.id,
    provider: task.provider,
    scope: task.scope,
    region: task.region,
    partition: task.partition,
    status: view.outcome ? 'ended' : view.startedAt ? 'running' : 'queued',
    outcome: view.outcome,
    code: view.code,
    message: view.message,
    waiting: wait ? { ...wait, advice: errorRow(wait.code).advice, until: iso(wait.until) } : null,
    plans: task.plans ?? false,
    coverage: sliceCoverage(view).coverage,
    artifacts: view.artifacts,
    pages: view.pages,
    batches: view.batches,
    restarts: view.restarts,
    claims: view.claims,
    started_at: iso(view.startedAt),
    ended_at: iso(view.endedAt),
  }
}

export function scheduleDetail(schedule: Schedule, now: number) {
  return {
    name: schedule.name,
    cron_expression: schedule.cron_expression,
    timezone: schedule.timezone,
    request: schedule.request,
    paused: schedule.paused,
    created_at: iso(schedule.createdAt),
    next_run: iso(nextRun(schedule, now)),
    last_run: iso(schedule.lastRunAt),
    last_job_id: schedule.lastRun,
    skipped: schedule.skipped,
  }
}

function providerView({ slices, ended, planning, ...totals }: ProviderTotals) {
  const { read, expected, artifacts, pages, batches, bytes, outcomes } = totals
  return { slices, ended, planning, read, expected, artifacts, pages, batches, bytes, outcomes }
}

type Totals = ReturnType<typeof sum>

function progress(run: RunView, { slices, ended, planning, read, expected }: Totals) {
  return {
    slices,
    ended,
    planned: run.plannedAt !== null && planning === 0,
    percent: percentOf(run),
    read,
    expected,
  }
}

/** Of each provider's slices, those that still plan among them; all of it only once the run has ended. */
function percentOf({ status, request, providers }: RunView): number {
  if (isFinal(status)) return 100
  const shares = request.providers.map((name) => {
    const { slices = 0, planning = 0, ended = 0 } = providers[name] ?? {}
    return slices + planning > 0 ? ended / (slices + planning) : 0
  })
  const mean = shares.reduce((sum, share) => sum + share, 0) / shares.length
  return Math.min(99, Math.floor(mean * 1000) / 10)
}

const SUMS = ['slices', 'ended', 'planning', 'artifacts', 'read', 'expected', 'pages', 'batches', 'bytes'] as const

function sum(all: readonly ProviderTotals[]) {
  const totals = Object.fromEntries(SUMS.map((key) => [key, 0])) as Record<(typeof SUMS)[number], number>
  for (const one of all) for (const key of SUMS) totals[key] += one[key]
  return totals
}
