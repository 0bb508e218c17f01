import { randomUUID } from 'node:crypto'
import { errorRow, toTask, type Clock, type Gap, type Plan, type Task } from '@cae/core'
import {
  PAYLOAD_VERSION,
  plansQueue,
  RUNS_QUEUE,
  taskJobOptions,
  tasksOf,
  tasksQueue,
  validPayload,
  type Added,
  type Ledger,
} from '@cae/runtime'
import type { JobsOptions, Queue } from 'bullmq'

const CHUNK = 1000

export interface SpawnDependencies {
  readonly ledger: Ledger
  /** By name: of the tasks that extract and of those that plan, for every provider, whoever works on them. */
  readonly queues: ReadonlyMap<string, Queue>
  readonly clock: Clock
  readonly prefix: string
}

/** Of what run, provider and moment the slices are. */
export type Origin = Pick<Task, 'runId' | 'provider' | 'asOf'>

/**
 * Adds what was planned to a run: slices to the ledger and then to the queue, gaps as slices that have ended. Again after
 * a crash it adds what is missing: task ids are derived, and a task that has ended by then ends at once.
 */
export async function spawn({ slices, gaps }: Plan, origin: Origin, dependencies: SpawnDependencies): Promise<Added> {
  const { runId, provider, asOf } = origin
  const added = { mark: randomUUID(), tasks: slices.length + gaps.length }
  await addGaps(gaps, origin, added, dependencies)
  for (let start = 0; start < slices.length; start += CHUNK) {
    const tasks = slices.slice(start, start + CHUNK).map((slice) => toTask(runId, provider, asOf, slice))
    const turns = await dependencies.ledger.addTasks(runId, provider, tasks, added.mark)
    await enqueue(tasks, turns, origin, dependencies)
  }
  return added
}

/** Gives tasks of the ledger their jobs, by the turn that each has in its scope. */
async function enqueue(
  tasks: readonly Task[],
  turns: readonly number[],
  { runId, provider }: Pick<Origin, 'runId' | 'provider'>,
  { prefix, queues }: SpawnDependencies,
): Promise<void> {
  const parent = { id: runId, queue: `${prefix}:${RUNS_QUEUE}` }
  const jobs = tasks.map(({ id }, n) => ({
    name: 'extract',
    data: validPayload('task', { v: PAYLOAD_VERSION }),
    opts: taskJobOptions(id, turns[n]!, parent),
  }))
  const [planning, extracting] = [jobs.filter((_, n) => tasks[n]!.plans), jobs.filter((_, n) => !tasks[n]!.plans)]
  await addAll(queues.get(plansQueue(provider))!, planning)
  await addAll(queues.get(tasksQueue(provider))!, extracting)
}

// Most regions are planned into one slice, and a pipeline gets all of BullMQ's scripts as its own methods, also an empty one.
async function addAll(queue: Queue, jobs: readonly { name: string; data: object; opts: JobsOptions }[]): Promise<void> {
  const [first, ...others] = jobs
  if (others.length > 0) await queue.addBulk([...jobs])
  else if (first) await queue.add(first.name, first.data, first.opts)
}

/**
 * Once a run: jobs for tasks that have neither an outcome nor a job. A worker that dies between ledger and queue leaves such
 * tasks, where whoever plans after it slices otherwise, since counts have changed; so does a Redis that has forgotten a
 * task's end and not that of its job. Those that have lost more than `maxStalled` workers since their last page are left. Gives
 * how many there were.
 */
export async function enqueueOrphans(
  runId: string,
  maxStalled: number,
  dependencies: SpawnDependencies,
): Promise<number> {
  const { ledger } = dependencies
  const run = await ledger.run(runId)
  if (!run || run.ended >= run.tasks || (await ledger.isOrphansQueued(runId))) return 0
  let found = 0
  for await (const views of tasksOf(ledger, run)) {
    const orphans = views.filter(({ outcome, lost }) => outcome === null && lost <= maxStalled).map(({ task }) => task)
    for (const provider of new Set(orphans.map((task) => task.provider))) {
      const own = orphans.filter((task) => task.provider === provider)
      // Their turn has come and gone.
      await enqueue(
        own,
        own.map(() => 1),
        { runId, provider },
        dependencies,
      )
    }
    found += orphans.length
  }
  await ledger.noteOrphansQueued(runId)
  return found
}

/** Slices that could not be planned, as tasks that have ended with the outcome that their code says. */
async function addGaps(
  gaps: readonly Gap[],
  origin: Origin,
  { mark }: Added,
  dependencies: SpawnDependencies,
): Promise<void> {
  const { runId, provider, asOf } = origin
  await dependencies.ledger.addGaps(
    gaps.map(({ scope, region, partition, code, message }) => ({
      task: toTask(runId, provider, asOf, { scope, region, partition, query: {} }),
      ending: { outcome: errorRow(code).outcome, code, message },
    })),
    dependencies.clock.now(),
    mark,
  )
}
