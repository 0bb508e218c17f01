import type { Clock, Log } from '@cae/core'
import { newRunId, PAYLOAD_VERSION, runJobOptions, validPayload, type Ledger, type Schedules } from '@cae/runtime'
import type { Job, Queue } from 'bullmq'

export interface TickJobDependencies {
  readonly ledger: Ledger
  readonly schedules: Schedules
  readonly runs: Queue
  /** Whether Redis has no room for a further run. */
  readonly isFull: () => Promise<boolean>
  readonly clock: Clock
  readonly log: Log
}

/**
 * A tick only enqueues a run. The run's id is derived from schedule and tick, so a tick that is processed again after a
 * crash makes the same run; and none is made while the one before goes on.
 */
export function tickJob({ ledger, schedules, runs, isFull, clock, log }: TickJobDependencies) {
  return async (job: Job): Promise<void> => {
    const { schedule: name } = validPayload('tick', job.data)
    const schedule = await schedules.get(name)
    if (!schedule || schedule.paused) return
    // The scheduler's job id ends with the moment of the tick: repeat:{name}:{milliseconds}.
    const tick = Number(/:(\d+)$/.exec(job.id ?? '')?.[1] ?? job.timestamp + job.delay)
    const id = newRunId(tick, `${name}@${tick}`)
    // As the API does with what clients ask; the tick is tried again for a quarter of an hour.
    if (await isFull()) throw new Error('Redis is nearly full; no new runs until there is room')
    const made = await ledger.createRun({ id, createdAt: clock.now(), request: schedule.request, schedule: name })
    if (made === 'busy')
      return log.warn('a tick made no run: the one before goes on', { schedule: name, lastRun: schedule.lastRun })
    await runs.add('run', validPayload('run', { v: PAYLOAD_VERSION, runId: id }), runJobOptions(id))
    log.info('a schedule made a run', { schedule: name, runId: id })
  }
}
