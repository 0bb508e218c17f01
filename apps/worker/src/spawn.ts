import { errorRow, toTask, type Clock, type Gap, type Plan, type Task } from '@cae/core'
import {
  PAYLOAD_VERSION,
  plansQueue,
  RUNS_QUEUE,
  taskJobOptions,
  tasksQueue,
  validPayload,
  type Ledger,
} from '@cae/runtime'
import type { Queue } from 'bullmq'

const CHUNK = 1000

export interface SpawnDependencies {
  readonly ledger: Ledger
  /** By name: of the tasks that extract and of those that plan, for each provider. */
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
export async function spawn({ slices, gaps }: Plan, origin: Origin, dependencies: SpawnDependencies): Promise<void> {
  const { runId, provider, asOf } = origin
  await addGaps(gaps, origin, dependencies)
  const { ledger, prefix, queues } = dependencies
  const parent = { id: runId, queue: `${prefix}:${RUNS_QUEUE}` }
  const toJob = ({ id }: Task, turn: number) => ({
    name: 'extract',
    data: validPayload('task', { v: PAYLOAD_VERSION }),
    opts: taskJobOptions(id, turn, parent),
  })
  for (let start = 0; start < slices.length; start += CHUNK) {
    const tasks = slices.slice(start, start + CHUNK).map((slice) => toTask(runId, provider, asOf, slice))
    const turns = await ledger.addTasks(runId, provider, tasks)
    const jobs = tasks.map((task, n) => toJob(task, turns[n]!))
    const [planning, extracting] = [jobs.filter((_, n) => tasks[n]!.plans), jobs.filter((_, n) => !tasks[n]!.plans)]
    await queues.get(plansQueue(provider))!.addBulk(planning)
    await queues.get(tasksQueue(provider))!.addBulk(extracting)
  }
}

/** Slices that could not be planned, as tasks that have ended with the outcome that their code says. */
export async function addGaps(gaps: readonly Gap[], origin: Origin, dependencies: SpawnDependencies): Promise<void> {
  const { runId, provider, asOf } = origin
  await dependencies.ledger.addGaps(
    gaps.map(({ scope, region, partition, code, message }) => ({
      task: toTask(runId, provider, asOf, { scope, region, partition, query: {} }),
      ending: { outcome: errorRow(code).outcome, code, message },
    })),
    dependencies.clock.now(),
  )
}
