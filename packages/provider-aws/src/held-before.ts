import { errorRow, ExtractionError, type Context } from '@cae/core'
import { aggregate } from './aggregator.ts'
import type { Call } from './call.ts'
import { GLOBAL_TYPES } from './global-types.ts'
import type { AwsAggregator, AwsOptions } from './options.ts'

/** What is left to aggregators that the settings name earlier, since they have it too. */
export interface Held {
  readonly regions: ReadonlySet<string>
  /** Types that are one for all regions: which region records one is the type's own affair. */
  readonly globals: ReadonlySet<string>
  /** The aggregators, by name. */
  readonly by: readonly string[]
}

/**
 * What of an account the aggregators have that come before one in the settings. One that does not answer has nothing: what
 * it has all the same is then read twice, under the same ids, rather than not at all. Throws `THROTTLED`, since waiting
 * helps.
 */
export async function heldBefore(
  call: Call,
  { aggregators = [] }: AwsOptions,
  { name }: AwsAggregator,
  account: string,
  context: Context,
): Promise<Held> {
  const earlier = aggregators.slice(
    0,
    aggregators.findIndex((one) => one.name === name),
  )
  const answers = await Promise.all(
    earlier.map(async (one) => {
      const asked = aggregate(call, one, context)
      return asked.countBy(['awsRegion', 'resourceType'], { in: { accountId: [account] } }).catch(nothing)
    }),
  )
  const rows = answers.flat().map((row) => ({ region: String(row['awsRegion']), type: String(row['resourceType']) }))
  const isGlobal = ({ region, type }: (typeof rows)[number]) => region === 'global' || GLOBAL_TYPES.has(type)
  return {
    regions: new Set(rows.filter((row) => !isGlobal(row)).map(({ region }) => region)),
    globals: new Set(rows.filter(isGlobal).map(({ type }) => type)),
    by: earlier.filter((_, n) => answers[n]!.length > 0).map((one) => one.name),
  }
}

/** Of an aggregator that does not answer. Throws where waiting helps. */
export function nothing(thrown: unknown): [] {
  if (thrown instanceof ExtractionError && errorRow(thrown.code).action !== 'wait') return []
  throw thrown
}
