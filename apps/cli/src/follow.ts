import { setTimeout as sleep } from 'node:timers/promises'
import { isFinal } from '@cae/runtime'
import { ApiProblem, ApiUnreachable, type ApiClient } from './api-client.ts'
import type { JobDetail } from './api-views.ts'
import { Interrupted } from './interrupted.ts'

/** An API that restarts, or a Redis, is back by then. */
const PATIENCE_MS = 60_000

export interface Following {
  readonly client: ApiClient
  readonly jobId: string
  readonly everyMs: number
  readonly stop: AbortSignal
  readonly onJob: (job: JobDetail) => void
}

/** Looks at a job until it has ended. Throws `Interrupted` when stopped; the job itself goes on. */
export async function follow({ client, jobId, everyMs, stop, onJob }: Following): Promise<JobDetail> {
  let lastSeen = Date.now()
  for (;;) {
    if (stop.aborted) throw new Interrupted()
    try {
      const job = await client.job(jobId)
      lastSeen = Date.now()
      onJob(job)
      if (isFinal(job.status)) return job
    } catch (error) {
      if (!mayPass(error) || Date.now() - lastSeen > PATIENCE_MS) throw error
    }
    await sleep(everyMs, undefined, { signal: stop }).catch(() => {})
  }
}

function mayPass(error: unknown): boolean {
  return error instanceof ApiUnreachable || (error instanceof ApiProblem && error.status === 503)
}
