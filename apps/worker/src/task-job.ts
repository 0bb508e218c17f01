import {
  errorRow,
  extract,
  ExtractionError,
  PROVIDER_NAMES,
  selector,
  toExtractionError,
  verifyCount,
  type Checkpoint,
  type ErrorCode,
  type Limiter,
  type Log,
  type Outcome,
  type Provider,
  type ProviderName,
  type Transport,
} from '@cae/core'
import { OWN_REFUSAL, partsOf, plansQueue, validPayload, type Added, type Claim } from '@cae/runtime'
import { DelayedError, UnrecoverableError, WaitingError, type Job } from 'bullmq'
import { delayOf, forgetAfter } from './backoff.ts'
import { isUndelivered, receiver, type Receiver, type Turn } from './receiver.ts'
import { providerOf } from './registry.ts'
import { spawn, type SpawnDependencies } from './spawn.ts'

const THROTTLE_DELAY_MS = 2000
const MIN_THROTTLE_DELAY_MS = 50
const TAKEN_OVER_DELAY_MS = 1000
const RESTART_DELAY_MS = 100
const MAX_RESTARTS = 3
/** Queues whose tasks read nothing that is delivered. */
const PLANNING: ReadonlySet<string> = new Set(PROVIDER_NAMES.map(plansQueue))

/** Why a running task is stopped from outside: the reasons that its abort signal carries. */
export const STOP = { shutdown: 'shutdown', lockLost: 'lock-lost' } as const

export interface TaskJobDependencies extends SpawnDependencies {
  readonly providers: ReadonlyMap<ProviderName, Provider>
  readonly transports: readonly Transport[]
  readonly limiter: Limiter
  readonly log: Log
  /** Share of the resources that a slice may lack of what the provider counts, 0 to 1. */
  readonly tolerance: number
  /** Milliseconds that a page may still take once the worker must stop. */
  readonly shutdownGrace: number
  /** How many workers a task may lose since its last page. */
  readonly maxStalled: number
  /** How often a task may fail since its last page, and milliseconds before the second try; doubled each time. */
  readonly attempts: number
  readonly backoff: number
  /** Milliseconds that a provider may refuse a task without a single page. */
  readonly throttlePatience: number
  /** Milliseconds that a task goes on trying to deliver a page. */
  readonly deliveryPatience: number
  /** Throws `CHECKPOINT_FENCED` where the job may be another worker's by now. */
  readonly ensureHeld: (job: Job) => void
}

/** A job that this worker has. */
interface Held {
  readonly job: Job
  readonly bullToken: string | undefined
  readonly log: Log
}

interface Running extends Held {
  readonly claim: Claim
}

const NO_TURN: Turn = { done() {} }

/** A task: claim it, extract from its checkpoint, write its outcome. */
export function taskJob(dependencies: TaskJobDependencies) {
  const { ledger, clock } = dependencies
  const receiving = receiver(clock, dependencies.deliveryPatience)
  const transports = dependencies.transports.map(receiving.watched)
  return async (job: Job, bullToken: string | undefined, signal: AbortSignal | undefined): Promise<void> => {
    const taskId = job.id!
    const { runId } = partsOf(taskId)
    const log = dependencies.log.child({ runId, taskId })
    try {
      validPayload('task', job.data)
    } catch (error) {
      const { message } = error as Error
      log.error('a task is refused', { error: message })
      // Not its end: it is given another job, once, which a worker of ours may have written.
      await ledger.noteWait(runId, taskId, { code: 'PAYLOAD_UNKNOWN', message, until: null })
      throw error
    }
    const stop = signal ?? new AbortController().signal
    const held = { job, bullToken, log }
    const turn = PLANNING.has(job.queueName) ? NO_TURN : await receiving.turn(stop).catch(() => stopped(held, stop))
    if ('refusal' in turn) {
      const { code, message } = turn.refusal
      await ledger.noteWait(runId, taskId, { code, message, until: turn.until })
      return giveBack(held, Math.max(turn.until - clock.now(), TAKEN_OVER_DELAY_MS), dependencies)
    }
    try {
      const claim = await ledger.claim(taskId, clock.now(), job.stalledCounter)
      if (claim === 'ended') return
      if (!claim) throw new UnrecoverableError('the task is not in the ledger any more')
      await runTask({ ...held, claim }, receiving, stop, { ...dependencies, transports })
    } finally {
      turn.done()
    }
  }
}

async function runTask(running: Running, receiving: Receiver, stop: AbortSignal, dependencies: TaskJobDependencies) {
  try {
    await extractTask(running, stop, dependencies)
  } catch (thrown) {
    // It is where it belongs already.
    if (thrown instanceof DelayedError) throw thrown
    if (stop.aborted) await stopped(running, stop)
    else await act(toExtractionError(thrown), running, receiving, dependencies)
  }
}

// One that kills whoever takes it up must not go round for ever. A long one may lose many, and gets on with each.
function refuseKiller({ lost }: Claim, maxStalled: number): void {
  if (lost <= maxStalled) return
  throw new ExtractionError(
    'WORKER_LOST',
    `${lost} workers died with this task, and none of them came to its next page`,
  )
}

async function extractTask(running: Running, stop: AbortSignal, dependencies: TaskJobDependencies) {
  const { claim, log } = running
  refuseKiller(claim, dependencies.maxStalled)
  const { task, request } = claim
  const { ledger, clock, limiter, transports } = dependencies
  const hard = hardSignal(stop, dependencies.shutdownGrace)
  try {
    const context = { signal: hard.signal, clock, limiter, log }
    const reader = await providerOf(dependencies.providers, task.provider).open(task, context)
    let last: Checkpoint
    let added: Added | undefined
    try {
      last = await extract(claim.checkpoint, {
        task,
        reader,
        transports,
        batchSize: request.batch_size,
        known: claim.known,
        select: selector(request),
        signal: hard.signal,
        stop,
        ensureHeld: () => dependencies.ensureHeld(running.job),
        spawn: async (plan) => {
          if (plan.slices.length + plan.gaps.length > 0) added = await spawn(plan, task, dependencies)
        },
        commit: async (next, record) => {
          await ledger.commit(task, claim.token, next.page - 1, next, record, clock.now(), added)
          added = undefined
        },
      })
    } finally {
      await reader.close()
    }
    verifyCount(last, dependencies.tolerance)
    await end(running, 'complete', undefined, dependencies)
  } finally {
    hard.release()
  }
}

/** Aborts when the grace after a stop is over; at once where the lock is lost, since another worker has the task then. */
function hardSignal(stop: AbortSignal, grace: number): { signal: AbortSignal; release(): void } {
  const controller = new AbortController()
  let timer: NodeJS.Timeout | undefined
  const onStop = () => {
    const abort = () => controller.abort(stop.reason)
    if (String(stop.reason).includes(STOP.shutdown)) timer = setTimeout(abort, grace)
    else abort()
  }
  if (stop.aborted) onStop()
  else stop.addEventListener('abort', onStop, { once: true })
  return {
    signal: controller.signal,
    release() {
      clearTimeout(timer)
      stop.removeEventListener('abort', onStop)
    },
  }
}

/** A task that was stopped goes back to the queue; no attempt is spent. */
async function stopped({ job, bullToken, log }: Held, stop: AbortSignal): Promise<never> {
  log.info('task stopped', { reason: String(stop.reason) })
  if (!String(stop.reason).includes(STOP.shutdown)) throw new Error('lock lost')
  await job.moveToWait(bullToken)
  throw new WaitingError()
}

/** Does what the table says about an error. */
async function act(
  error: ExtractionError,
  running: Running,
  receiving: Receiver,
  dependencies: TaskJobDependencies,
): Promise<void> {
  const { log } = running
  const { action, outcome } = errorRow(error.code)
  const fields = { code: error.code, nativeCode: error.nativeCode, error: error.message }
  switch (action) {
    case 'abandon':
      log.info('task taken over by another worker, or Redis has forgotten a commit', fields)
      return giveBack(running, TAKEN_OVER_DELAY_MS, dependencies)
    case 'wait':
      return waitForQuota(error, running, dependencies)
    case 'restart':
      return restart(error, running, dependencies)
    case 'retry':
      return isUndelivered(error)
        ? deliverLater(error, running, receiving, dependencies)
        : retry(error, running, dependencies)
    case 'skip':
    case 'fail':
      return end(running, outcome, error, dependencies)
  }
}

/** Back to the queue, and the run says why. */
async function wait(
  error: ExtractionError,
  running: Running,
  delay: number,
  dependencies: TaskJobDependencies,
): Promise<never> {
  const { task } = running.claim
  const { ledger, clock } = dependencies
  await ledger.noteWait(task.runId, task.id, { code: error.code, message: error.message, until: clock.now() + delay })
  return giveBack(running, delay, dependencies)
}

/**
 * Back to the queue for a while; no attempt of BullMQ's is spent. Where another worker holds the task by now, BullMQ
 * refuses that, and nothing is changed.
 */
async function giveBack({ job, bullToken }: Held, delay: number, { clock }: TaskJobDependencies): Promise<never> {
  await job.moveToDelayed(clock.now() + Math.ceil(delay * (1 + Math.random() / 2)), bullToken)
  throw new DelayedError()
}

// Failures are counted since the last committed page: a long slice may meet many, and none of them is the last straw.
async function retry(error: ExtractionError, running: Running, dependencies: TaskJobDependencies): Promise<void> {
  const { claim, log } = running
  const { task } = claim
  const { ledger, attempts, backoff } = dependencies
  const failures = await ledger.noteFailure(task.id, claim.token)
  if (failures === 0) return giveBack(running, TAKEN_OVER_DELAY_MS, dependencies)
  if (failures >= attempts) return end(running, errorRow(error.code).outcome, error, dependencies)
  const delay = delayOf(error, failures, backoff)
  const { code, nativeCode } = error
  log.warn('task failed and will be tried again', { code, nativeCode, failures, delay, error })
  return wait(error, running, delay, dependencies)
}

// A receiver that is away costs every slice that comes to a page meanwhile, so that it is given time beside attempts.
async function deliverLater(
  error: ExtractionError,
  running: Running,
  receiving: Receiver,
  dependencies: TaskJobDependencies,
): Promise<void> {
  const { claim, log } = running
  const { task } = claim
  const { ledger, clock, attempts, backoff, deliveryPatience } = dependencies
  const now = clock.now()
  // One that was refused long ago, while others were not, begins anew.
  const forget = receiving.isClosed() ? Infinity : forgetAfter(error.retryAfter ?? 0)
  const { refusals, since } = await ledger.noteRefusal(task.id, claim.token, now, forget)
  if (refusals === 0) return giveBack(running, TAKEN_OVER_DELAY_MS, dependencies)
  if (refusals >= attempts && now - since >= deliveryPatience)
    return end(running, errorRow(error.code).outcome, error, dependencies)
  const delay = delayOf(error, refusals, backoff)
  log.warn('a batch was not taken and will be delivered again', {
    nativeCode: error.nativeCode,
    refusals,
    delay,
    error,
  })
  return wait(error, running, delay, dependencies)
}

async function waitForQuota(
  error: ExtractionError,
  running: Running,
  dependencies: TaskJobDependencies,
): Promise<void> {
  const { claim } = running
  const { task } = claim
  const { ledger, clock, throttlePatience } = dependencies
  const delay = error.retryAfter ?? THROTTLE_DELAY_MS
  // Our own queue for the budget moves on, however long it is; only the provider's refusals try our patience.
  if (error.nativeCode === OWN_REFUSAL) return wait(error, running, delay, dependencies)
  const now = clock.now()
  const since = await ledger.noteThrottled(task.id, claim.token, now, forgetAfter(delay, throttlePatience))
  if (since === null) return giveBack(running, TAKEN_OVER_DELAY_MS, dependencies)
  if (now - since > throttlePatience) return end(running, 'throttled_out', error, dependencies)
  return wait(error, running, Math.max(delay, MIN_THROTTLE_DELAY_MS), dependencies)
}

async function restart(error: ExtractionError, running: Running, dependencies: TaskJobDependencies): Promise<void> {
  const { claim, log } = running
  const { task, token } = claim
  const { ledger } = dependencies
  if ((await ledger.restarts(task.id)) >= MAX_RESTARTS)
    return end(running, errorRow(error.code).outcome, error, dependencies)
  log.warn('task starts again from its first page', { code: error.code, error: error.message })
  await ledger.restart(task, token)
  return giveBack(running, RESTART_DELAY_MS, dependencies)
}

async function end(
  running: Running,
  outcome: Outcome,
  error: ExtractionError | undefined,
  dependencies: TaskJobDependencies,
) {
  const { claim, log } = running
  const { task, token } = claim
  const ending: { outcome: Outcome; code?: ErrorCode; message?: string } = error
    ? { outcome, code: error.code, message: error.message }
    : { outcome }
  const ended = await dependencies.ledger.end(task, token, ending, dependencies.clock.now())
  if (!ended) return giveBack(running, TAKEN_OVER_DELAY_MS, dependencies)
  if (error) log.warn('task ended', { outcome, code: error.code, nativeCode: error.nativeCode, error: error.message })
  else log.debug('task ended', { outcome })
}
