import {
  errorRow,
  ExtractionError,
  toExtractionError,
  toTarget,
  type Context,
  type Gap,
  type Limiter,
  type Log,
  type Provider,
  type ProviderName,
} from '@cae/core'
import { OWN_REFUSAL, type Added, type RunView } from '@cae/runtime'
import { delayOf, forgetAfter } from './backoff.ts'
import { spawn, type SpawnDependencies } from './spawn.ts'

const ELSEWHERE = 'ELSEWHERE'
const ELSEWHERE_DELAY_MS = 500
const ELSEWHERE_PATIENCE_MS = 60_000
const THROTTLE_DELAY_MS = 2000

export interface PlanDependencies extends SpawnDependencies {
  readonly providers: ReadonlyMap<ProviderName, Provider>
  readonly limiter: Limiter
  readonly log: Log
  /** Those of the providers that no worker has which is up. */
  readonly without: (providers: readonly ProviderName[]) => Promise<readonly ProviderName[]>
  /** How often planning a provider may fail, and milliseconds before the second try; doubled each time. */
  readonly attempts: number
  readonly backoff: number
  /** Milliseconds that a provider may refuse planning. */
  readonly throttlePatience: number
}

/** What is not planned, and when to try again, in milliseconds since the epoch. */
interface Later {
  readonly until: number
}

/** Plans what of a run is not planned yet. Gives null once all is; else when to go on, in milliseconds since the epoch. */
export async function planRun(
  run: RunView,
  signal: AbortSignal,
  dependencies: PlanDependencies,
): Promise<number | null> {
  const { ledger, clock, log, limiter } = dependencies
  await ledger.startPlanning(run.id, clock.now())
  const context: Context = { signal, clock, limiter, log: log.child({ runId: run.id }) }
  for (const name of run.request.providers) {
    if (await ledger.isProviderPlanned(run.id, name)) continue
    const planned = await planProvider(run, name, context, dependencies).catch((thrown: unknown) => {
      signal.throwIfAborted()
      return planningFailed(toExtractionError(thrown), run, name, dependencies)
    })
    if ('until' in planned) return planned.until
    await ledger.noteProviderPlanned(run.id, name, planned)
  }
  await ledger.finishPlanning(run.id, run.request.providers, clock.now())
  return null
}

async function planProvider(
  run: RunView,
  name: ProviderName,
  context: Context,
  dependencies: PlanDependencies,
): Promise<Added> {
  const provider = dependencies.providers.get(name)
  if (!provider) throw await elsewhere(run, name, dependencies)
  const origin = originOf(run, name)
  const plan = await provider.plan(toTarget(run.request, origin.asOf), context)
  if (plan.slices.length + plan.gaps.length === 0) {
    throw new ExtractionError('NOTHING_SELECTED', `the request leaves nothing of ${name} to read`)
  }
  return spawn(plan, origin, dependencies)
}

function originOf({ id, createdAt }: RunView, provider: ProviderName) {
  return { runId: id, provider, asOf: new Date(createdAt).toISOString() }
}

// Any worker may take a run, but not every worker has every provider: another one is given time to take it.
async function elsewhere(
  { id }: RunView,
  name: ProviderName,
  { ledger, without, clock }: PlanDependencies,
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
  run: RunView,
  name: ProviderName,
  dependencies: PlanDependencies,
): Promise<Added | Later> {
  const { ledger, clock, log, attempts, backoff, throttlePatience } = dependencies
  const { action } = errorRow(error.code)
  log.warn('planning failed', { runId: run.id, provider: name, code: error.code, error })
  // Only the provider's own refusals try our patience.
  const isElsewhere = error.nativeCode === ELSEWHERE
  const isOurs = error.nativeCode === OWN_REFUSAL || isElsewhere
  // It waits as for quota, and what to do is another thing.
  const code = isElsewhere ? 'SETTINGS_MISSING' : error.code
  const now = clock.now()
  const later = async (delay: number): Promise<Later> => {
    const until = now + delay
    await ledger.noteWait(run.id, name, { code, message: error.message, until })
    return { until }
  }
  if (action === 'wait') {
    const delay = error.retryAfter ?? THROTTLE_DELAY_MS
    const forget = forgetAfter(delay, throttlePatience)
    const since = isOurs ? now : await ledger.noteProvider(run.id, name, 'throttled', now, forget)
    if (now - since <= throttlePatience) return later(delay)
  }
  // Counted for each provider: what one fails at is not another's last straw.
  if (action === 'retry') {
    const failures = await ledger.notePlanningFailure(run.id, name)
    if (failures < attempts) return later(delayOf(error, failures, backoff))
  }
  const gap: Gap = { scope: 'all', region: 'global', partition: 'plan', code: error.code, message: error.message }
  return spawn({ slices: [], gaps: [gap] }, originOf(run, name), dependencies)
}
