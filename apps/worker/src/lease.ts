import { ExtractionError, type Clock } from '@cae/core'
import type { Job, Processor } from 'bullmq'
import { STOP } from './task-job.ts'

/**
 * How long jobs are ours: for as long as their lock in Redis lasts, by our own clock. A worker that was paused, by its kernel
 * or with its machine, goes on with a page that another worker has delivered since, perhaps a newer one under the same batch
 * id, and Redis tells it so only after a round trip.
 */
export interface Leases {
  /** The same processor; the signal of a job whose lease nobody renews is aborted. */
  readonly held: (processor: Processor) => Processor
  readonly renew: (jobIds: readonly string[]) => void
  /** Throws `CHECKPOINT_FENCED` where the lease has ended: a process that goes on may come to its page before its timers. */
  readonly ensure: (job: Job) => void
}

interface Lease {
  until: number
  readonly timer: NodeJS.Timeout
}

/** `duration`: of a lock, in milliseconds. */
export function leases(duration: number, clock: Clock, lost: (job: Job) => void): Leases {
  // A job may come a second time while the first is not over yet; it is the newest that has the lock.
  const leaseOf = new WeakMap<Job, Lease>()
  const newest = new Map<string, Lease>()
  return {
    held: (processor) => async (job, token, signal) => {
      const ended = new AbortController()
      const timer = setTimeout(() => {
        lost(job)
        ended.abort(STOP.lockLost)
      }, duration)
      const lease = { until: clock.now() + duration, timer }
      leaseOf.set(job, lease)
      newest.set(job.id!, lease)
      try {
        return (await processor(job, token, AbortSignal.any([ended.signal, ...(signal ? [signal] : [])]))) as unknown
      } finally {
        clearTimeout(timer)
        if (newest.get(job.id!) === lease) newest.delete(job.id!)
      }
    },
    renew(jobIds) {
      for (const id of jobIds) {
        const lease = newest.get(id)
        if (!lease) continue
        lease.until = clock.now() + duration
        lease.timer.refresh()
      }
    },
    ensure(job) {
      const lease = leaseOf.get(job)
      if (lease && clock.now() > lease.until) {
        throw new ExtractionError('CHECKPOINT_FENCED', 'the lock of the task was not renewed in time')
      }
    },
  }
}
