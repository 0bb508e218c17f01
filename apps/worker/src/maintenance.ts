import type { Clock, Log } from '@cae/core'
import type { Ledger, Schedules, Settings } from '@cae/runtime'
import type { Queue } from 'bullmq'

const EVERY_MS = 60_000
const ORPHAN_AFTER_MS = 60_000
const DAY_MS = 24 * 3600 * 1000

export interface MaintenanceDependencies {
  readonly ledger: Ledger
  readonly schedules: Schedules
  readonly runs: Queue
  readonly clock: Clock
  readonly log: Log
  readonly retention: Settings['ledger']
}

/** At start and every minute: schedules to job schedulers, runs that no queue holds, runs past their retention. */
export function startMaintenance(dependencies: MaintenanceDependencies): { stop(): Promise<void> } {
  const { clock, log, schedules } = dependencies
  const stopping = new AbortController()
  const round = async () => {
    const mended = await schedules.reconcile(clock.now())
    if (mended > 0) log.info('schedules reconciled', { mended })
    await endOrphans(dependencies)
    await applyRetention(dependencies)
  }
  const loop = async () => {
    while (!stopping.signal.aborted) {
      await round().catch((error: unknown) => log.warn('maintenance failed', { error }))
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
 * A run that is queued in the ledger only: its client was answered 503 between the two writes, or the queue lost it.
 * Nobody was promised that it runs, so it ends as failed.
 */
export async function endOrphans({ ledger, runs, clock, log }: MaintenanceDependencies): Promise<void> {
  for (const runId of await ledger.runIdsBefore(clock.now() - ORPHAN_AFTER_MS, 'queued')) {
    if (await runs.getJob(runId)) continue
    log.error('a run is in no queue', { runId })
    await ledger.finishRun(runId, 'failed', clock.now())
  }
}

export async function applyRetention({ ledger, clock, retention }: MaintenanceDependencies): Promise<void> {
  const old = await ledger.runIdsBefore(clock.now() - retention.retention_days * DAY_MS)
  const surplus = await ledger.runIds(1000, undefined, retention.retention_runs)
  for (const runId of new Set([...old, ...surplus])) {
    const run = await ledger.run(runId)
    if (run && run.finishedAt === null) continue
    await ledger.deleteRun(runId)
  }
}
