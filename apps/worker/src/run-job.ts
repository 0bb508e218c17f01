import {
  errorRow,
  ExtractionError,
  toExtractionError,
  toTarget,
  type Context,
  type Gap,
  type Limiter,
  type Provider,
  type ProviderName,
} from '@cae/core'
import { isFinal, OWN_REFUSAL, validPayload, type Added, type RunPayload, type RunView } from '@cae/runtime'
import { DelayedError, WaitingChildrenError, WaitingError, type Job } from 'bullmq'
import { delayOf } from './backoff.ts'
import { isUndelivered } from './receiver.ts'
import { enqueueOrphans, spawn, type SpawnDependencies } from './spawn.ts'
import { endRun, type SummaryDependencies } from './summarise.ts'

const ELSEWHERE = 'ELSEWHERE'
const ELSEWHERE_DELAY_MS = 500
const THROTTLE_DELAY_MS = 2000
const ELSEWHERE_PATIENCE_MS = 60_000
/** A throttle that is older says nothing of the next one. */
const FORGET_MS = 15 * 60_000
const MANIFEST_DELAY_MS = 1000
const LONGEST_MANIFEST_DELAY_MS = 60_000

export interface RunJobDependencies extends SpawnDependencies, SummaryDependencies {
  readonly providers: ReadonlyMap<ProviderName, Provider>
  readonly limiter: Limiter
  /** Those of the providers that no worker has which is up. */
  readonly without: (providers: readonly ProviderName[]) => Promise<readonly ProviderName[]>
  /** How often planning a provider may fail, and milliseconds before the second try; doubled each time. */
  readonly attempts: number
  readonly backoff: number
  /** Milliseconds that a provider may refuse planning. */
  readonly throttlePatience: number
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
    if (run.plannedAt === null) {
      await untilStopped(job, token, signal, () => planRun(run, job, token, signal, dependencies))
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
      await untilStopped(job, token, signal, () =>
        endRun(runId, { isLast, nextTry, signal: signal ?? new AbortController().signal }, dependencies),
      )
    } catch (thrown) {
      const until = isUndelivered(thrown) ? nextTry(thrown) : null
      if (until === null) throw thrown
      await job.moveToDelayed(until, token)
      throw new DelayedError()
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
async function untilStopped(
  job: Job,
  token: string | undefined,
  signal: AbortSignal | undefined,
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work()
  } catch (thrown) {
    if (!signal?.aborted) throw thrown
    await job.moveToWait(token)
    throw new WaitingError()
  }
}

async function planRun(
  run: RunView,
  job: Job,
  token: string | undefined,
  signal: AbortSignal | undefined,
  dependencies: RunJobDependencies,
) {
  const { ledger, clock, log, limiter } = dependencies
  await ledger.startPlanning(run.id, clock.now())
  const context: Context = {
    signal: signal ?? new AbortController().signal,
    clock,
    limiter,
    log: log.child({ runId: run.id }),
  }
  const asOf = new Date(run.createdAt).toISOString()
  for (const name of run.request.providers) {
    if (await ledger.isProviderPlanned(run.id, name)) continue
    const added = await planProvider(run, name, asOf, context, dependencies).catch((thrown: unknown) => {
      signal?.throwIfAborted()
      return planningFailed(toExtractionError(thrown), name, asOf, run, job, token, dependencies)
    })
    await ledger.noteProviderPlanned(run.id, name, added)
  }
  await ledger.finishPlanning(run.id, run.request.providers, clock.now())
}

async function planProvider(
  run: RunView,
  name: ProviderName,
  asOf: string,
  context: Context,
  dependencies: RunJobDependencies,
): Promise<Added> {
  const provider = dependencies.providers.get(name)
  if (!provider) throw await elsewhere(run, name, dependencies)
  const plan = await provider.plan(toTarget(run.request, asOf), context)
  if (plan.slices.length + plan.gaps.length === 0) {
    throw new ExtractionError('NOTHING_SELECTED', `the request leaves nothing of ${name} to read`)
  }
  return spawn(plan, { runId: run.id, provider: name, asOf }, dependencies)
}

// Any worker may take a run, but not every worker has every provider: another one is given time to take it.
async function elsewhere(
  { id }: RunView,
  name: ProviderName,
  { ledger, without, clock }: RunJobDependencies,
): Promise<ExtractionError> {
  const message = `provider ${name} is not enabled on this worker`
  const now = clock.now()
  const isAbsent = (await without([name])).length > 0
  const since = isAbsent ? await ledger.noteProvider(id, name, 'absent', now, ELSEWHERE_PATIENCE_MS) : now
  return now - since < ELSEWHERE_PATIENCE_MS
    ? new ExtractionError('THROTTLED', message, { retryAfter: ELSEWHERE_DELAY_MS, nativeCode: ELSEWHERE })
    : new ExtractionError('SETTINGS_MISSING', `${message}, nor on any that is up`)
}

/** A provider that could not be planned is shown as one slice that ended, unless waiting or trying again may help. */
async function planningFailed(
  error: ExtractionError,
  name: ProviderName,
  asOf: string,
  run: RunView,
  job: Job,
  token: string | undefined,
  dependencies: RunJobDependencies,
): Promise<Added> {
  const { ledger, clock, log, attempts, backoff, throttlePatience } = dependencies
  const { action } = errorRow(error.code)
  log.warn('planning failed', { runId: run.id, provider: name, code: error.code, error })
  // Only the provider's own refusals try our patience.
  const isElsewhere = error.nativeCode === ELSEWHERE
  const isOurs = error.nativeCode === OWN_REFUSAL || isElsewhere
  // It waits as for quota, and what to do is another thing.
  const code = isElsewhere ? 'SETTINGS_MISSING' : error.code
  const now = clock.now()
  const later = async (delay: number): Promise<never> => {
    await ledger.noteWait(run.id, name, { code, message: error.message, until: now + delay })
    await job.moveToDelayed(now + delay, token)
    throw new DelayedError()
  }
  if (action === 'wait') {
    const delay = error.retryAfter ?? THROTTLE_DELAY_MS
    const forgetAfter = Math.max(FORGET_MS, 2 * delay)
    const since = isOurs ? now : await ledger.noteProvider(run.id, name, 'throttled', now, forgetAfter)
    if (now - since <= throttlePatience) return later(delay)
  }
  // Counted for each provider: what one fails at is not another's last straw.
  if (action === 'retry') {
    const failures = await ledger.notePlanningFailure(run.id, name)
    if (failures < attempts) return later(delayOf(error, failures, backoff))
  }
  const gap: Gap = { scope: 'all', region: 'global', partition: 'plan', code: error.code, message: error.message }
  return spawn({ slices: [], gaps: [gap] }, { runId: run.id, provider: name, asOf }, dependencies)
}
