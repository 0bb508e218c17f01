import type { Outcome, ProviderName } from '@cae/core'
import {
  isFinal,
  nextRun,
  sliceCoverage,
  type ProviderTotals,
  type RunView,
  type Schedule,
  type TaskView,
} from '@cae/runtime'

const iso = (time: number | null) => (time === null ? null : new Date(time).toISOString())

/** What the list of jobs shows of a run. */
export function jobSummary(run: RunView) {
  const totals = sum(Object.values(run.providers))
  return {
    job_id: run.id,
    status: run.status,
    schedule: run.schedule,
    providers: run.request.providers,
    progress: progress(run, totals),
    totals: { artifacts: totals.artifacts, batches: totals.batches, bytes: totals.bytes },
    outcomes: totals.outcomes,
    created_at: iso(run.createdAt),
    finished_at: iso(run.finishedAt),
  }
}

export function jobDetail(run: RunView, counts: Record<string, number>, errors: readonly unknown[]) {
  const totals = sum(Object.values(run.providers))
  const until = run.finishedAt ?? run.updatedAt
  const seconds = run.startedAt && until ? (until - run.startedAt) / 1000 : null
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
    outcomes: totals.outcomes,
    by_provider: Object.fromEntries(Object.entries(run.providers).map(([name, total]) => [name, providerView(total)])),
    resources: Object.entries(counts)
      .map(([key, artifacts]) => {
        const [provider, service, region] = key.split('|') as [ProviderName, string, string]
        return { provider, service, region, artifacts }
      })
      .toSorted((a, b) => a.provider.localeCompare(b.provider) || b.artifacts - a.artifacts),
    errors,
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

/** A task, one slice of a job. */
export function taskDetail(view: TaskView) {
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

function providerView({ tasks, ended, read, expected, artifacts, pages, batches, bytes, outcomes }: ProviderTotals) {
  return { tasks, ended, read, expected, artifacts, pages, batches, bytes, outcomes }
}

function progress(run: RunView, totals: { expected: number; read: number }) {
  const done = isFinal(run.status) ? 1 : run.tasks > 0 ? run.ended / run.tasks : 0
  return {
    tasks: run.tasks,
    ended: run.ended,
    planned: run.plannedAt !== null,
    percent: Math.round(done * 1000) / 10,
    read: totals.read,
    expected: totals.expected,
  }
}

function sum(all: readonly ProviderTotals[]) {
  const totals = {
    artifacts: 0,
    read: 0,
    expected: 0,
    pages: 0,
    batches: 0,
    bytes: 0,
    outcomes: {} as Partial<Record<Outcome, number>>,
  }
  for (const one of all) {
    for (const key of ['artifacts', 'read', 'expected', 'pages', 'batches', 'bytes'] as const) totals[key] += one[key]
    for (const [outcome, count] of Object.entries(one.outcomes) as [Outcome, number][]) {
      totals.outcomes[outcome] = (totals.outcomes[outcome] ?? 0) + count
    }
  }
  return totals
}
