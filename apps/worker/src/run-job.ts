import {
  errorRow,
  toExtractionError,
  toTarget,
  toTask,
  type Clock,
  type Context,
  type ExtractionError,
  type Gap,
  type Limiter,
  type Log,
  type Provider,
  type ProviderName,
  type Task,
} from '@cae/core'
import {
  isFinal,
  PAYLOAD_VERSION,
  RUNS_QUEUE,
  taskJobOptions,
  tasksQueue,
  validPayload,
  type Ledger,
  type RunStatus,
  type RunView,
  type TaskAttempts,
} from '@cae/runtime'
import { DelayedError, WaitingChildrenError, WaitingError, type Job, type Queue } from 'bullmq'
import { providerOf } from './registry.ts'

const SPAWN_CHUNK = 1000
const SUMMARY_CHUNK = 1000

export interface RunJobDependencies {
  readonly ledger: Ledger
  readonly providers: ReadonlyMap<ProviderName, Provider>
  readonly taskQueues: ReadonlyMap<ProviderName, Queue>
  readonly limiter: Limiter
  readonly clock: Clock
  readonly log: Log
  readonly prefix: string
  readonly attempts: TaskAttempts
}

/**
 * A run, step by step: plan and add the tasks, wait until all have ended, summarise. The job is entered again from the
 * top after waiting and after a crash; each step asks the ledger whether it is done and may be repeated.
 */
export function runJob(dependencies: RunJobDependencies) {
  const { ledger, clock, log } = dependencies
  return async (job: Job, token: string | undefined, signal: AbortSignal | undefined): Promise<void> => {
    const { runId } = validPayload('run', job.data)
    const run = await ledger.run(runId)
    if (!run) return log.warn('a run is not in the ledger any more', { runId })
    if (isFinal(run.status)) return
    if (run.plannedAt === null) {
      try {
        await planRun(run, job, token, signal, dependencies)
      } catch (thrown) {
        if (!signal?.aborted) throw thrown
        await job.moveToWait(token)
        throw new WaitingError()
      }
    }
    if (await job.moveToWaitingChildren(token!)) throw new WaitingChildrenError()
    const status = await summarise(runId, dependencies)
    await ledger.finishRun(runId, status, clock.now())
    log.info('run ended', { runId, status })
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
    try {
      const plan = await providerOf(dependencies.providers, name).plan(toTarget(run.request, asOf), context)
      await addGaps(run.id, name, asOf, plan.gaps, dependencies)
      await spawn(
        run.id,
        name,
        plan.slices.map((slice) => toTask(run.id, name, asOf, slice)),
        job,
        dependencies,
      )
    } catch (thrown) {
      signal?.throwIfAborted()
      await planningFailed(toExtractionError(thrown), name, asOf, run, job, token, dependencies)
    }
  }
  await ledger.finishPlanning(run.id, clock.now())
}

async function spawn(
  runId: string,
  name: ProviderName,
  tasks: readonly Task[],
  job: Job,
  dependencies: RunJobDependencies,
) {
  const { ledger, prefix, attempts, taskQueues } = dependencies
  const parent = { id: runId, queue: `${prefix}:${RUNS_QUEUE}` }
  for (let start = 0; start < tasks.length; start += SPAWN_CHUNK) {
    const chunk = tasks.slice(start, start + SPAWN_CHUNK)
    await ledger.addTasks(runId, name, chunk)
    await taskQueues.get(name)!.addBulk(
      chunk.map(({ id }) => ({
        name: 'extract',
        data: validPayload('task', { v: PAYLOAD_VERSION, runId, taskId: id }),
        opts: taskJobOptions(id, attempts, parent),
      })),
    )
    await job.updateProgress({ planned: start + chunk.length, of: tasks.length, queue: tasksQueue(name) })
  }
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
): Promise<void> {
  const { action } = errorRow(error.code)
  dependencies.log.warn('planning failed', { runId: run.id, provider: name, code: error.code, error })
  if (action === 'wait') {
    await job.moveToDelayed(dependencies.clock.now() + (error.retryAfter ?? 5000), token)
    throw new DelayedError()
  }
  if (action === 'retry' && job.attemptsMade + 1 < (job.opts.attempts ?? 1)) throw error
  const gap: Gap = { scope: 'all', region: 'global', partition: 'plan', code: error.code, message: error.message }
  await addGaps(run.id, name, asOf, [gap], dependencies)
}

async function addGaps(
  runId: string,
  name: ProviderName,
  asOf: string,
  gaps: readonly Gap[],
  { ledger, clock }: RunJobDependencies,
) {
  await ledger.addGaps(
    gaps.map(({ scope, region, partition, code, message }) => ({
      task: toTask(runId, name, asOf, { scope, region, partition, query: {} }),
      ending: { outcome: errorRow(code).outcome, code, message },
    })),
    clock.now(),
  )
}

/** `completed` only where every slice is complete. */
async function summarise(runId: string, dependencies: RunJobDependencies): Promise<RunStatus> {
  const { ledger } = dependencies
  const counted = (await ledger.run(runId))!
  if (counted.ended < counted.tasks) await endLostTasks(runId, counted.tasks, dependencies)
  const { tasks, providers } = (await ledger.run(runId))!
  const totals = Object.values(providers)
  const outcomes = (name: 'complete' | 'cancelled') =>
    totals.reduce((sum, total) => sum + (total.outcomes[name] ?? 0), 0)
  const artifacts = totals.reduce((sum, total) => sum + total.artifacts, 0)
  if (outcomes('complete') === tasks) return 'completed'
  if (outcomes('cancelled') > 0) return 'cancelled'
  return outcomes('complete') > 0 || artifacts > 0 ? 'partial' : 'failed'
}

// Tasks whose workers died too often: BullMQ gave up on them, so nobody has written their outcome.
async function endLostTasks(runId: string, tasks: number, { ledger, clock, log }: RunJobDependencies): Promise<void> {
  for (let offset = 0; offset < tasks; offset += SUMMARY_CHUNK) {
    const views = await ledger.tasks(await ledger.taskIds(runId, offset, SUMMARY_CHUNK))
    for (const { task, outcome } of views) {
      if (outcome !== null) continue
      log.error('a task has no outcome', { runId, taskId: task.id })
      const message = 'the workers that held this task died too often'
      await ledger.end(task, null, { outcome: 'failed', code: 'WORKER_LOST', message }, clock.now())
    }
  }
}
