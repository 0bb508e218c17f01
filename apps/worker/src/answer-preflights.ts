import {
  PROVIDER_NAMES,
  toExtractionError,
  toTarget,
  type Clock,
  type ExtractionRequest,
  type Limiter,
  type Log,
  type Provider,
  type ProviderName,
  type Transport,
} from '@cae/core'
import {
  BEAT_EVERY_MS,
  PAYLOAD_VERSION,
  type DestinationAnswer,
  type PreflightAnswer,
  type PreflightQuestion,
  type Preflights,
  type QuestionSource,
} from '@cae/runtime'
import { setMaxListeners } from 'node:events'
import { groupFindings } from './check-groups.ts'
import { estimateRun, type Allowed } from './run-estimate.ts'
import { untried } from './untried.ts'

/** Questions that one worker answers at a time, beside its tasks: all of one check, of each cloud and the destination. */
const LANES = PROVIDER_NAMES.length + 1
const LONGEST_CHECK_MS = 15 * 60_000
const TROUBLE_DELAY_MS = 1000

export interface PreflightDependencies {
  readonly preflights: Preflights
  readonly questions: QuestionSource
  readonly providers: ReadonlyMap<ProviderName, Provider>
  readonly transport: Transport
  readonly limiter: Limiter
  readonly allowed: Allowed
  readonly clock: Clock
  readonly log: Log
}

/** Takes questions of the API about this worker's providers and its destination, and answers them, until it is stopped. */
export function answerPreflights(dependencies: PreflightDependencies): { stop(): Promise<void> } {
  const { questions } = dependencies
  const stopping = new AbortController()
  const lanes = Array.from({ length: LANES }, () => lane(stopping.signal, dependencies))
  return {
    async stop() {
      stopping.abort(new Error('the worker that checked was stopped; check again'))
      questions.close()
      await Promise.all(lanes)
    },
  }
}

async function lane(stopping: AbortSignal, dependencies: PreflightDependencies): Promise<void> {
  const { questions, clock, log } = dependencies
  while (!stopping.aborted) {
    try {
      const question = await questions.take()
      if (question) await answerQuestion(question, stopping, dependencies)
    } catch (error) {
      if (stopping.aborted) return
      log.warn('a preflight could not be answered', { error })
      await clock.sleep(TROUBLE_DELAY_MS, stopping).catch(() => {})
    }
  }
}

async function answerQuestion(question: PreflightQuestion, stopping: AbortSignal, dependencies: PreflightDependencies) {
  const { preflights, providers, transport } = dependencies
  const { preflightId, subject } = question
  const request = await preflights.claim(question)
  if (!request) return
  const log = dependencies.log.child({ preflight: preflightId, subject })
  const limiter = countCalls(dependencies.limiter)
  const life = alive(question, stopping, () => limiter.calls, { ...dependencies, log })
  const { signal } = life
  try {
    const answer =
      subject === 'destination'
        ? await checkDestination(transport, signal)
        : await check(providers.get(subject)!, request, { ...dependencies, log, limiter }, signal)
    await preflights.answer(question, answer, limiter.calls)
  } catch (thrown) {
    const message = signal.aborted ? (signal.reason as Error).message : toExtractionError(thrown).message
    if (!signal.aborted) log.warn('a preflight failed', { error: thrown })
    await preflights.fail(question, message, limiter.calls)
  } finally {
    life.release()
  }
}

async function check(
  provider: Provider,
  request: ExtractionRequest,
  { limiter, allowed, clock, log }: PreflightDependencies,
  signal: AbortSignal,
): Promise<PreflightAnswer> {
  const target = toTarget(request, new Date(clock.now()).toISOString())
  const findings = await unlessAborted(provider.check(target, { signal, clock, limiter, log }), signal)
  return {
    v: PAYLOAD_VERSION,
    checks: groupFindings(findings),
    untried: untried(provider.permissions, findings),
    estimate: estimateRun(findings, allowed),
  }
}

async function checkDestination(transport: Transport, signal: AbortSignal): Promise<DestinationAnswer> {
  const answer: DestinationAnswer = { v: PAYLOAD_VERSION, transport: transport.name, tried: null, problem: null }
  if (!transport.check) return answer
  try {
    return { ...answer, tried: await unlessAborted(transport.check(signal), signal) }
  } catch (thrown) {
    signal.throwIfAborted()
    const { code, message } = toExtractionError(thrown)
    return { ...answer, problem: { code, message } }
  }
}

/** Tells Redis that we are at it. The signal aborts when nobody waits for the answer, or not for so long, or we stop. */
function alive(
  question: PreflightQuestion,
  stopping: AbortSignal,
  calls: () => number,
  { preflights, log }: PreflightDependencies,
): { readonly signal: AbortSignal; release(): void } {
  const controller = new AbortController()
  const beat = async () => {
    if (!(await preflights.beat(question, calls()))) controller.abort(new Error('nobody waits for the answer any more'))
  }
  const timer = setInterval(() => {
    beat().catch((error: unknown) => log.warn('a preflight could not give a sign of life', { error }))
  }, BEAT_EVERY_MS)
  const tooLong = () => controller.abort(new Error(`the check took longer than ${LONGEST_CHECK_MS / 60_000} minutes`))
  const deadline = setTimeout(tooLong, LONGEST_CHECK_MS)
  const signal = AbortSignal.any([stopping, controller.signal])
  // Each of the thousands of calls that a check has in flight listens to it.
  setMaxListeners(0, signal)
  return {
    signal,
    release() {
      clearInterval(timer)
      clearTimeout(deadline)
    },
  }
}

// A check that does not listen to its signal must not hold the worker.
function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason as Error)
    signal.addEventListener('abort', onAbort, { once: true })
    if (signal.aborted) onAbort()
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort))
  })
}

function countCalls(limiter: Limiter): Limiter & { readonly calls: number } {
  let calls = 0
  return {
    get calls() {
      return calls
    },
    run: (scope, call, signal) =>
      limiter.run(
        scope,
        (report) => {
          calls++
          return call(report)
        },
        signal,
      ),
  }
}
