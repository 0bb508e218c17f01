import { extract, START, toExtractionError, toTask, verifyCount } from '@cae/core'
import type { Artifact, Checkpoint, Context, ErrorCode, Expectation, Gap, Provider, Slice, Target } from '@cae/core'
import { testContext } from '@cae/core/testing'

/** How one slice of a run ended. */
export interface Ended {
  readonly slice: Slice
  readonly code: ErrorCode | 'complete'
  readonly artifacts: readonly Artifact[]
  readonly expected: Expectation | null
  readonly freshness: string | undefined
}

export interface Ran {
  readonly slices: readonly Ended[]
  readonly gaps: readonly Gap[]
  /** Of all slices, those that were planned on the way too. */
  readonly artifacts: readonly Artifact[]
  readonly codes: ReadonlySet<string>
}

/** A whole run, by the engine's own loop, each slice once. */
export async function run(
  provider: Provider,
  target: Partial<Target> = {},
  context: Context = testContext(),
): Promise<Ran> {
  const asOf = target.asOf ?? new Date().toISOString()
  const { slices, gaps } = await provider.plan({ ...target, asOf }, context)
  const pending = [...slices]
  const known = new Map<string, Gap>(gaps.map((gap) => [gap.partition, gap]))
  const ended: Ended[] = []
  for (let slice = pending.shift(); slice; slice = pending.shift()) {
    const task = toTask('run1', 'gcp', asOf, slice)
    const artifacts: Artifact[] = []
    let freshness: string | undefined
    let last: Checkpoint = { ...START, expected: slice.expected ?? null }
    let code: Ended['code'] = 'complete'
    const reader = await provider.open(task, context)
    try {
      await extract(last, {
        task,
        reader,
        batchSize: 500,
        select: () => true,
        signal: context.signal,
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
        spawn: async (plan) => {
          pending.push(...plan.slices)
          for (const gap of plan.gaps) known.set(`${gap.scope} ${gap.partition}`, gap)
        },
        commit: async (next, record) => {
          last = next
          freshness = record.freshness ?? freshness
        },
      })
      verifyCount(last)
    } catch (thrown) {
      code = toExtractionError(thrown).code
    } finally {
      await reader.close()
    }
    ended.push({ slice, code, artifacts, expected: last.expected, freshness })
  }
  return {
    slices: ended,
    gaps: [...known.values()],
    artifacts: ended.flatMap((one) => one.artifacts),
    codes: new Set(ended.map(({ code }) => code)),
  }
}
