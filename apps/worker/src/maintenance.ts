import { errorRow, PROVIDER_NAMES, type ProviderName } from '@cae/core'
import {
  PAYLOAD_VERSION,
  plansQueue,
  runJobOptions,
  tasksOf,
  tasksQueue,
  validPayload,
  type RunView,
  type Schedules,
  type Settings,
} from '@cae/runtime'
import type { Queue } from 'bullmq'
import { endRun, type SummaryDependencies } from './summarise.ts'

const EVERY_MS = 60_000
const ORPHAN_AFTER_MS = 60_000
const DAY_MS = 24 * 3600 * 1000
/** How long no worker may have a provider before its slices end: workers may be scaled to none, and back. */
const ABSENT_PATIENCE_MS = 3600 * 1000
const ABSENT_FORGET_MS = 5 * EVERY_MS

export interface MaintenanceDependencies extends SummaryDependencies {
  readonly schedules: Schedules
  readonly runs: Queue
  /** By name: of the tasks that extract and of those that plan, for every provider. */
  readonly queues: ReadonlyMap<string, Queue>
  /** Those of the providers that no worker has which is up. */
  readonly without: (providers: readonly ProviderName[]) => Promise<readonly ProviderName[]>
  readonly retention: Settings['ledger']
}

/**
 * At start and every minute: the limits and settings that are applied, runs past their retention, schedules to job schedulers,
 * slices that no worker can read, runs that no queue holds.
 */
export function startMaintenance(
  dependencies: MaintenanceDependencies,
  publishApplied: () => Promise<void>,
): { stop(): Promise<void> } {
  const { clock, log, schedules } = dependencies
  const stopping = new AbortController()
  // None is left out for want of another: a Redis that is full takes nothing but deletions.
  const steps = {
    publish: publishApplied,
    retention: () => applyRetention(dependencies),
    schedules: async () => {
      const mended = await schedules.reconcile(clock.now())
      if (mended > 0) log.info('schedules reconciled', { mended })
    },
    absent: () => endAbsent(dependencies),
    orphans: () => endOrphans(dependencies, stopping.signal),
  }
  const loop = async () => {
    while (!stopping.signal.aborted) {
      for (const [step, run] of Object.entries(steps)) {
        await run().catch((error: unknown) => log.warn('maintenance failed', { step, error }))
      }
      await clock.sleep(EVERY_MS, stopping.signal).catch(() => {})
    }
  }
  const done = loop()
  return {
    async stop() {
      stopping.abort()
      await done
    },
  }
}

/**
 * A run that no queue works on any more. One of a schedule that is only queued is given its job: whoever made it died between
 * the two writes. Another one was promised to nobody: its client was answered 503 there. One that had begun lost its job: it
 * failed for good, or Redis lost it. Either ends with what its tasks have reached.
 */
export async function endOrphans(dependencies: MaintenanceDependencies, signal: AbortSignal): Promise<void> {
  const { ledger, runs, clock, log } = dependencies
  for (const status of ['queued', 'planning', 'running'] as const) {
    for (const runId of await ledger.runIdsBefore(clock.now() - ORPHAN_AFTER_MS, status)) {
      const state = await runs.getJobState(runId)
      if (!OVER.has(state)) continue
      // It may have ended between the two looks.
      const run = await ledger.run(runId)
      if (run?.status !== status) continue
      if (state === 'unknown' && status === 'queued' && run.schedule !== null) {
        log.warn('a run of a schedule is given its job', { runId, schedule: run.schedule })
        await runs.add('run', validPayload('run', { v: PAYLOAD_VERSION, runId }), runJobOptions(runId))
        continue
      }
      log.error('a run is in no queue any more', { runId, status, state })
      await endRun(runId, { isLast: true, signal }, dependencies)
    }
  }
}

/**
 * Slices of a provider that no worker has had for an hour, as where it was taken out of the settings: they would wait for ever,
 * and their run and its schedule with them. They end with the reason.
 */
export async function endAbsent(dependencies: MaintenanceDependencies): Promise<void> {
  const { ledger, without, clock, log } = dependencies
  const absent = await without(PROVIDER_NAMES)
  const queued = new Set<ProviderName>()
  for (const name of absent) if (await hasJobs(name, dependencies)) queued.add(name)
  const now = clock.now()
  for (const runId of await ledger.runIdsBefore(now, 'running')) {
    const run = await ledger.run(runId)
    for (const provider of run?.request.providers ?? []) {
      if (!absent.includes(provider)) {
        await ledger.forgetProvider(runId, provider, 'absent')
        continue
      }
      // Where a worker died between the end of a task and that of its job, the job alone is left.
      if (!isOpen(run!.providers[provider]) && !queued.has(provider)) continue
      const since = await ledger.noteProvider(runId, provider, 'absent', now, ABSENT_FORGET_MS)
      if (now - since < ABSENT_PATIENCE_MS) continue
      log.error('no worker has a provider any more; its slices end', { runId, provider })
      await endTasks(run!, provider, dependencies)
    }
  }
}

async function hasJobs(provider: ProviderName, { queues }: MaintenanceDependencies): Promise<boolean> {
  for (const name of [tasksQueue(provider), plansQueue(provider)]) {
    const count = await queues.get(name)?.getJobCountByTypes('waiting', 'prioritized', 'delayed', 'active')
    if (count) return true
  }
  return false
}

function isOpen(totals: RunView['providers'][ProviderName]): boolean {
  return totals !== undefined && (totals.ended < totals.slices || totals.planning > 0)
}

async function endTasks(run: RunView, provider: ProviderName, dependencies: MaintenanceDependencies): Promise<void> {
  const { ledger, queues, clock } = dependencies
  const code = 'SETTINGS_MISSING'
  const ending = {
    outcome: errorRow(code).outcome,
    code,
    message: `no worker has had provider ${provider} for an hour`,
  } as const
  for await (const views of tasksOf(ledger, run)) {
    for (const { task, outcome } of views) {
      if (task.provider !== provider) continue
      if (outcome === null) await ledger.end(task, null, ending, clock.now())
      // The last one that goes sets the run's own job going again.
      const queue = queues.get(task.plans ? plansQueue(provider) : tasksQueue(provider))!
      await queue.remove(task.id)
    }
  }
}

const OVER: ReadonlySet<string> = new Set(['unknown', 'failed', 'completed'])

export async function applyRetention({ ledger, clock, retention }: MaintenanceDependencies): Promise<void> {
  const old = await ledger.runIdsBefore(clock.now() - retention.retention_days * DAY_MS)
  const surplus = await ledger.runIds(1000, undefined, retention.retention_runs)
  for (const runId of new Set([...old, ...surplus])) {
    const run = await ledger.run(runId)
    if (run && run.finishedAt === null) continue
    await ledger.deleteRun(runId)
  }
}
