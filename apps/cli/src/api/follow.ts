import { setTimeout as sleep } from 'node:timers/promises'
import { isFinal } from '@cae/runtime'
import { ApiProblem, ApiUnreachable, type ApiClient } from './client.ts'
import type { JobDetail } from './views.ts'
import { Interrupted } from '../interrupted.ts'

/** An API that restarts, or a Redis, is back by then. */
const PATIENCE_MS = 60_000
const AWAY_MS = 1000

export interface Following {
  readonly client: ApiClient
  readonly jobId: string
  readonly everyMs: number
  readonly stop: AbortSignal
  readonly onJob: (job: JobDetail) => void
  /** The API is away for longer than a moment; told once each time. */
  readonly onAway?: () => void
}

/** Looks at a job until it has ended. Throws `Interrupted` when stopped; the job itself goes on. */
export async function follow({ client, jobId, everyMs, stop, onJob, onAway }: Following): Promise<JobDetail> {
  let lastSeen = Date.now()
  let away = false
  for (;;) {
    if (stop.aborted) throw new Interrupted()
    try {
      const job = await client.job(jobId)
      lastSeen = Date.now()
      away = false
      onJob(job)
      if (isFinal(job.status)) return job
    } catch (error) {
      const unseen = Date.now() - lastSeen
      if (!mayPass(error) || unseen > PATIENCE_MS) throw error
      if (!away && unseen > AWAY_MS) {
        away = true
        onAway?.()
      }
    }
    await sleep(everyMs, undefined, { signal: stop }).catch(() => {})
  }
}

function mayPass(error: unknown): boolean {
  return error instanceof ApiUnreachable || (error instanceof ApiProblem && error.status === 503)
}
