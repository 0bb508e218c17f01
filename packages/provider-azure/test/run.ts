import {
  errorRow,
  ExtractionError,
  extract,
  START,
  toTask,
  verifyCount,
  type Artifact,
  type Checkpoint,
  type ErrorCode,
  type Outcome,
  type Provider,
  type Slice,
  type Target,
  type Task,
  type Transport,
} from '@cae/core'
import { testContext } from '@cae/core/testing'

/** How a slice or a gap ended. */
export interface Ending {
  readonly scope: string
  readonly partition: string
  readonly outcome: Outcome
  readonly code?: ErrorCode
  readonly read: number
  readonly expected: number | undefined
  readonly pages: number
}

export interface Run {
  readonly endings: readonly Ending[]
  /** By `resource_id`. */
  readonly artifacts: ReadonlyMap<string, Artifact>
  /** How many artifacts came, each as often as it came. */
  readonly delivered: number
}

const AS_OF = new Date(Date.now() - 3_600_000).toISOString()
const ATTEMPTS = 3

/**
 * A run as the engine makes it: slices are followed to those they plan, errors are acted on as the table says, and counts
 * compared. Waiting takes no time here, and is given up after a few times.
 */
export async function run(
  provider: Provider,
  target: Partial<Target> = {},
  onSlice: (slice: Slice) => void = () => {},
): Promise<Run> {
  const endings: Ending[] = []
  const artifacts = new Map<string, Artifact>()
  let delivered = 0
  const transport: Transport = {
    name: 'memory',
    deliver: async (batch) => {
      for (const artifact of batch.artifacts) artifacts.set(artifact.metadata.resource_id, artifact)
      delivered += batch.artifacts.length
      return { bytes: 0 }
    },
    deliverManifest: async () => ({ bytes: 0 }),
    close: async () => {},
  }
  const plan = await provider.plan({ asOf: AS_OF, ...target }, testContext())
  const gaps = [...plan.gaps]
  const pending = [...plan.slices]
  for (let slice = pending.shift(); slice; slice = pending.shift()) {
    onSlice(slice)
    const task = toTask('run1', 'azure', AS_OF, slice)
    endings.push(
      await runTask(provider, task, transport, async (more) => {
        pending.push(...more.slices)
        gaps.push(...more.gaps)
      }),
    )
  }
  for (const { scope, partition, code } of gaps) {
    endings.push({ scope, partition, outcome: errorRow(code).outcome, code, read: 0, expected: undefined, pages: 0 })
  }
  return { endings, artifacts, delivered }
}

async function runTask(
  provider: Provider,
  task: Task,
  transport: Transport,
  spawn: Parameters<typeof extract>[1]['spawn'],
): Promise<Ending> {
  let last: Checkpoint = START
  const ending = (outcome: Outcome, code?: ErrorCode): Ending => ({
    scope: task.scope,
    partition: task.partition,
    outcome,
    ...(code && { code }),
    read: last.read,
    expected: last.expected?.count ?? task.expected?.count,
    pages: last.page,
  })
  for (let attempt = 1; ; attempt++) {
    try {
      const reader = await provider.open(task, testContext())
      last = await extract(last, {
        task,
        reader,
        transports: [transport],
        batchSize: 500,
        select: () => true,
        signal: new AbortController().signal,
        spawn,
        commit: async (next) => {
          last = next
        },
      })
      verifyCount(last)
      return ending('complete')
    } catch (thrown) {
      if (!(thrown instanceof ExtractionError)) throw thrown
      const { action, outcome } = errorRow(thrown.code)
      if (action !== 'skip' && action !== 'fail' && attempt < ATTEMPTS) continue
      return ending(action === 'fail' && last.read > 0 ? 'partial' : outcome, thrown.code)
    }
  }
}
