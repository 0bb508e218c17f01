import {
  errorRow,
  extract,
  START,
  toExtractionError,
  toTask,
  verifyCount,
  type Artifact,
  type Checkpoint,
  type Context,
  type ErrorCode,
  type Expectation,
  type ExtractionError,
  type Outcome,
  type Provider,
  type Slice,
  type Target,
} from '@cae/core'
import { testContext } from '@cae/core/testing'

export const asOf = new Date().toISOString()

/** How one slice of a run ended. */
export interface Ended {
  readonly slice: Pick<Slice, 'scope' | 'region' | 'partition' | 'plans'> & Partial<Pick<Slice, 'query'>>
  readonly outcome: Outcome
  readonly code?: ErrorCode
  readonly message?: string
  readonly artifacts: readonly Artifact[]
  readonly expected: Expectation | null
  readonly freshness?: string
}

export interface Run {
  readonly ended: readonly Ended[]
  readonly artifacts: readonly Artifact[]
  /** Slices that did not end as `complete`, but for those that are skipped. */
  readonly incomplete: readonly Ended[]
}

interface Options {
  readonly target?: Partial<Target>
  readonly context?: Context
  /** Called before a slice is read: where the world changes in the middle of a run. */
  readonly before?: (slice: Slice) => void
}

/** A run as the engine runs it, with its loop and its judgement, one slice after the other. */
export async function run(provider: Provider, options: Options = {}): Promise<Run> {
  const { context = testContext() } = options
  const plan = await provider.plan({ asOf, ...options.target }, context)
  const pending = [...plan.slices]
  const ended: Ended[] = plan.gaps.map(gapEnded)
  const taken = new Set<string>()
  for (let slice = pending.shift(); slice; slice = pending.shift()) {
    // As the ledger does: what was planned before is there.
    const { id } = toTask('run1', 'aws', asOf, slice)
    if (taken.has(id)) continue
    taken.add(id)
    options.before?.(slice)
    ended.push(await runSlice(provider, slice, pending, ended, context))
  }
  return {
    ended,
    artifacts: ended.flatMap(({ artifacts }) => artifacts),
    incomplete: ended.filter(({ outcome }) => outcome !== 'complete' && outcome !== 'skipped'),
  }
}

async function runSlice(
  provider: Provider,
  slice: Slice,
  pending: Slice[],
  ended: Ended[],
  context: Context,
): Promise<Ended> {
  const artifacts: Artifact[] = []
  let checkpoint: Checkpoint = { ...START, expected: slice.expected ?? null }
  let freshness: string | undefined
  const summary = () => ({ slice, artifacts, expected: checkpoint.expected, ...(freshness && { freshness }) })
  // The queue tries again from the checkpoint; one second try is enough here.
  for (let tries = 0; ; tries++) {
    try {
      const task = toTask('run1', 'aws', asOf, slice)
      const reader = await provider.open(task, context)
      await extract(checkpoint, {
        task,
        reader,
        transports: [
          {
            name: 'memory',
            deliver: async (batch) => {
              artifacts.push(...batch.artifacts)
              return { bytes: 0 }
            },
            deliverManifest: async () => ({ bytes: 0 }),
            close: async () => {},
          },
        ],
        batchSize: 500,
        select: () => true,
        signal: context.signal,
        spawn: async (plan) => {
          pending.push(...plan.slices)
          ended.push(...plan.gaps.map(gapEnded))
        },
        commit: async (next, record) => {
          checkpoint = next
          freshness = record.freshness ?? freshness
        },
      })
      verifyCount(checkpoint)
      return { ...summary(), outcome: 'complete' }
    } catch (thrown) {
      const error = toExtractionError(thrown)
      const { action } = errorRow(error.code)
      if (tries === 0 && (action === 'retry' || action === 'wait')) continue
      return { ...summary(), ...ending(error, artifacts.length > 0) }
    }
  }
}

function ending({ code, message }: ExtractionError, some: boolean) {
  const { action, outcome } = errorRow(code)
  return { outcome: action === 'fail' && some ? ('partial' as const) : outcome, code, message }
}

function gapEnded({ code, message, ...slice }: { code: ErrorCode; message: string } & Ended['slice']): Ended {
  return { slice, outcome: errorRow(code).outcome, code, message, artifacts: [], expected: null }
}
