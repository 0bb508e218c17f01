import type { Clock, Log } from '@cae/core'
import type { Ledger, RunStatus } from '@cae/runtime'

const SUMMARY_CHUNK = 1000

export interface SummaryDependencies {
  readonly ledger: Ledger
  readonly clock: Clock
  readonly log: Log
}

/** Writes the end of a run whose tasks have all ended, or will not be worked on any more. */
export async function endRun(runId: string, dependencies: SummaryDependencies): Promise<void> {
  const status = await summarise(runId, dependencies)
  await dependencies.ledger.finishRun(runId, status, dependencies.clock.now())
  dependencies.log.info('run ended', { runId, status })
}

/** `completed` only where every slice is complete. */
async function summarise(runId: string, dependencies: SummaryDependencies): Promise<RunStatus> {
  const { ledger } = dependencies
  const counted = (await ledger.run(runId))!
  if (counted.ended < counted.tasks) await endLostTasks(runId, counted.tasks, dependencies)
  const { tasks, providers } = (await ledger.run(runId))!
  const totals = Object.values(providers)
  const outcomes = (name: 'complete' | 'cancelled') =>
    totals.reduce((sum, total) => sum + (total.outcomes[name] ?? 0), 0)
  const artifacts = totals.reduce((sum, total) => sum + total.artifacts, 0)
  if (tasks > 0 && outcomes('complete') === tasks) return 'completed'
  if (outcomes('cancelled') > 0) return 'cancelled'
  return outcomes('complete') > 0 || artifacts > 0 ? 'partial' : 'failed'
}

// Tasks whose workers died too often: BullMQ gave up on them, so nobody has written their outcome.
async function endLostTasks(runId: string, tasks: number, { ledger, clock, log }: SummaryDependencies): Promise<void> {
  for (let offset = 0; offset < tasks; offset += SUMMARY_CHUNK) {
    const views = await ledger.tasks(await ledger.taskIds(runId, offset, SUMMARY_CHUNK))
    for (const { task, outcome } of views) {
      if (outcome !== null) continue
      log.error('a task has no outcome', { runId, taskId: task.id })
      const message = 'the workers that held this task died too often'
      await ledger.end(task, null, { outcome: 'failed', code: 'WORKER_LOST', message }, clock.now())
    }
  }
}
