import { isFinal, validPayload, type RunPayload } from '@cae/runtime'
import type { ExtractionError } from '@cae/core'
import { DelayedError, WaitingChildrenError, WaitingError, type Job } from 'bullmq'
import { planRun, type PlanDependencies } from './plan-run.ts'
import { isUndelivered } from './receiver.ts'
import { enqueueOrphans } from './spawn.ts'
import { endRun, type SummaryDependencies } from './summarise.ts'

const MANIFEST_DELAY_MS = 1000
const LONGEST_MANIFEST_DELAY_MS = 60_000

export interface RunJobDependencies extends PlanDependencies, SummaryDependencies {
  /** Milliseconds that a receiver may refuse the manifest before attempts are spent on it. */
  readonly deliveryPatience: number
  /** How many workers a task may lose. */
  readonly maxStalled: number
}

/**
 * A run, step by step: plan and add the tasks, wait until all have ended, summarise. The job is entered again from the
 * top after waiting and after a crash; each step asks the ledger whether it is done and may be repeated.
 */
export function runJob(dependencies: RunJobDependencies) {
  const { ledger, clock, log, maxStalled, deliveryPatience } = dependencies
  return async (job: Job, token: string | undefined, signal: AbortSignal | undefined): Promise<void> => {
    const { runId } = await knownPayload(job, dependencies)
    const run = await ledger.run(runId)
    if (!run) return log.warn('a run is not in the ledger any more', { runId })
    if (isFinal(run.status)) return
    const stop = signal ?? new AbortController().signal
    if (run.plannedAt === null) {
      const until = await untilStopped(job, token, stop, () => planRun(run, stop, dependencies))
      if (until !== null) return later(job, token, until)
    }
    if (await job.moveToWaitingChildren(token!)) throw new WaitingChildrenError()
    const orphans = await enqueueOrphans(runId, maxStalled, dependencies)
    if (orphans > 0) {
      log.warn('tasks without a job have been given one', { runId, orphans })
      if (await job.moveToWaitingChildren(token!)) throw new WaitingChildrenError()
    }
    const waited = clock.now() - (run.updatedAt ?? run.createdAt)
    const isPatient = waited < deliveryPatience
    const isLast = !isPatient && job.attemptsMade + 1 >= (job.opts.attempts ?? 1)
    const nextTry = (refusal: ExtractionError) =>
      isPatient && isUndelivered(refusal) ? clock.now() + manifestDelay(waited, refusal) : null
    try {
      await untilStopped(job, token, stop, () => endRun(runId, { isLast, nextTry, signal: stop }, dependencies))
    } catch (thrown) {
      const until = isUndelivered(thrown) ? nextTry(thrown) : null
      if (until === null) throw thrown
      return later(job, token, until)
    }
  }
}

/** Milliseconds: longer each time, and never before the receiver says. */
function manifestDelay(waited: number, { retryAfter = 0 }: ExtractionError): number {
  const delay = Math.min(Math.max(MANIFEST_DELAY_MS, Math.round(waited / 2)), LONGEST_MANIFEST_DELAY_MS)
  return Math.max(delay, retryAfter)
}

/** Throws where it is of another release; the run says so, which maintenance will end. */
async function knownPayload({ id, data }: Job, { ledger, log }: RunJobDependencies): Promise<RunPayload> {
  try {
    return validPayload('run', data)
  } catch (error) {
    const { message } = error as Error
    log.error('a run is refused', { runId: id, error: message })
    if (await ledger.status(id!)) await ledger.noteRunError(id!, 'PAYLOAD_UNKNOWN', message)
    throw error
  }
}

/** Where the worker stops, the job goes back to the queue, and no attempt is spent. */
async function untilStopped<T>(
  job: Job,
  token: string | undefined,
  stop: AbortSignal,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work()
  } catch (thrown) {
    if (!stop.aborted) throw thrown
    await job.moveToWait(token)
    throw new WaitingError()
  }
}

/** Back to the queue until then, in milliseconds since the epoch; no attempt is spent. */
async function later(job: Job, token: string | undefined, until: number): Promise<never> {
  await job.moveToDelayed(until, token)
  throw new DelayedError()
}
