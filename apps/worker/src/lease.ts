import type { Processor } from 'bullmq'

/**
 * How long jobs are ours: for as long as their lock in Redis lasts, by our own clock. A worker that was paused, with its
 * machine or by the kernel, goes on with a page that another worker has delivered since, perhaps a newer one under the same
 * batch id, and Redis tells it so only after a round trip. Timers are first when a paused process goes on.
 */
export interface Leases {
  /** The same processor, whose job ends with `lost` where nobody renews its lease. */
  readonly held: (processor: Processor) => Processor
  readonly renew: (jobIds: readonly string[]) => void
}

/** `duration`: of a lock, in milliseconds. */
export function leases(duration: number, lost: (jobId: string) => void): Leases {
  const timers = new Map<string, NodeJS.Timeout>()
  return {
    held: (processor) => async (job, token, signal) => {
      const id = job.id!
      const timer = setTimeout(lost, duration, id)
      timers.set(id, timer)
      try {
        return (await processor(job, token, signal)) as unknown
      } finally {
        clearTimeout(timer)
        if (timers.get(id) === timer) timers.delete(id)
      }
    },
    renew(jobIds) {
      for (const id of jobIds) timers.get(id)?.refresh()
    },
  }
}
