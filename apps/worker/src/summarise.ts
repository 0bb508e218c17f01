import {
  errorRow,
  ExtractionError,
  MANIFEST_VERSION,
  manifestId,
  toExtractionError,
  type Clock,
  type Log,
  type Manifest,
  type Transport,
} from '@cae/core'
import {
  COVERAGE_PAGE,
  coverageOf,
  coverageTotals,
  outcomesOf,
  sliceCoverage,
  tasksOf,
  type FinalStatus,
  type Ledger,
  type RunView,
} from '@cae/runtime'

export interface SummaryDependencies {
  readonly ledger: Ledger
  readonly transports: readonly Transport[]
  readonly clock: Clock
  readonly log: Log
}

export interface EndRunOptions {
  /** It is not tried again. */
  readonly isLast: boolean
  /** When a manifest that was not taken is tried again, in milliseconds since the epoch; null where that is not known. */
  readonly nextTry?: (refusal: ExtractionError) => number | null
  /** Aborted when the worker stops: another one ends the run. */
  readonly signal: AbortSignal
}

/**
 * Ends a run whose tasks have all ended, or will not be worked on any more: delivers its manifest, then writes its end.
 * Throws what a transport threw where trying again may help; on the last try the run ends all the same, as `partial`, and
 * says why.
 */
export async function endRun(
  runId: string,
  { isLast, nextTry = () => null, signal }: EndRunOptions,
  dependencies: SummaryDependencies,
): Promise<void> {
  const { ledger, clock, log } = dependencies
  const run = await settled(runId, dependencies)
  let status = statusOf(run)
  try {
    await deliverManifest(run, status, signal, dependencies)
  } catch (thrown) {
    signal.throwIfAborted()
    const refusal = toExtractionError(thrown)
    const { code, message } = refusal
    if (!isLast && errorRow(code).action === 'retry') {
      await ledger.noteWait(runId, 'manifest', { code, message, until: nextTry(refusal) })
      throw refusal
    }
    log.error('the manifest could not be delivered', { runId, error: message })
    await ledger.noteRunError(runId, 'MANIFEST_UNDELIVERED', message)
    if (status === 'completed') status = 'partial'
  }
  await ledger.finishRun(runId, status, clock.now())
  log.info('run ended', { runId, status })
}

/** The run, once every task of it has an outcome. */
async function settled(runId: string, dependencies: SummaryDependencies): Promise<RunView> {
  const { ledger } = dependencies
  const run = (await ledger.run(runId))!
  if (run.ended >= run.tasks) return run
  await endLostTasks(run, dependencies)
  return (await ledger.run(runId))!
}

/** `completed` only where every slice is complete, but for those that are skipped. */
function statusOf(run: RunView): FinalStatus {
  const { slices, artifacts } = coverageTotals(run)
  const { complete = 0, skipped = 0, cancelled = 0 } = outcomesOf(run)
  if (complete > 0 && complete + skipped === slices) return 'completed'
  if (cancelled > 0) return 'cancelled'
  return complete > 0 || artifacts > 0 ? 'partial' : 'failed'
}

async function deliverManifest(
  run: RunView,
  status: FinalStatus,
  signal: AbortSignal,
  { ledger, transports }: SummaryDependencies,
) {
  const totals = coverageTotals(run)
  const parts = Math.max(1, Math.ceil(run.tasks / COVERAGE_PAGE))
  const head = {
    schema_version: MANIFEST_VERSION,
    run_id: run.id,
    parts,
    status,
    // Not the clock's: a manifest that is delivered again is the same.
    created_at: new Date(run.updatedAt ?? run.createdAt).toISOString(),
    totals,
    outcomes: outcomesOf(run),
    reasons: await ledger.errors(run.id),
  } as const
  let part = 0
  const deliver = async (slices: Manifest['slices']) => {
    part++
    const manifest: Manifest = { ...head, id: manifestId(run.id, part), part, slices }
    await Promise.all(transports.map((transport) => deliverOnce(transport, manifest, signal)))
  }
  for await (const views of coverageOf(ledger, run)) await deliver(views.map(sliceCoverage))
  if (part === 0) await deliver([])
}

async function deliverOnce(transport: Transport, manifest: Manifest, signal: AbortSignal): Promise<void> {
  try {
    await transport.deliverManifest(manifest, signal)
  } catch (thrown) {
    signal.throwIfAborted()
    const { code, message, retryAfter } = toExtractionError(thrown)
    const more = { cause: thrown, ...(retryAfter !== undefined && { retryAfter }) }
    throw new ExtractionError(code, `${transport.name}: ${message}`, more)
  }
}

// Tasks that no worker knew how to take up, or whose workers died too often: BullMQ gave up on them, so nobody has written
// their outcome.
async function endLostTasks(run: RunView, { ledger, clock, log }: SummaryDependencies): Promise<void> {
  const waits = await ledger.waits(run.id)
  for await (const views of tasksOf(ledger, run)) {
    for (const { task, outcome } of views) {
      if (outcome !== null) continue
      const wait = waits.get(task.id)
      const { code, message } = wait?.code === 'PAYLOAD_UNKNOWN' ? wait : LOST
      log.error('a task has no outcome', { runId: run.id, taskId: task.id, code, error: message })
      await ledger.end(task, null, { outcome: 'failed', code, message }, clock.now())
    }
  }
}

const LOST = { code: 'WORKER_LOST', message: 'the workers that held this task died too often' } as const
