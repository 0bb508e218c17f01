import { SelectResourceConfigCommand } from '@aws-sdk/client-config-service'
import { ExtractionError, type Context } from '@cae/core'
import type { Call } from '../client/call.ts'
import type { Place } from '../client/client.ts'
import { PAGE_SIZE, queriedCount, sum, type Counts } from '../query/counts.ts'
import { MAX_EXPRESSION, selectIds, selectRows, type Condition } from '../query/expression.ts'
import { idParts, type IdPart } from '../query/id-parts.ts'
import { parseRow } from '../query/parse-row.ts'

/** A part of a type, with how many resources it has. */
export type CountedPart = IdPart & { readonly count: number }
/** Native type → its parts. */
export type Parts = ReadonlyMap<string, readonly CountedPart[]>

/** A hundred pages, one after the other: half a minute and more at what AWS Config takes to answer. */
const SPLIT_FROM = 10_000
/** Enough for a part to be worth its own slice. */
const PART_RESOURCES = 2500
/** At a second for each page, as many as an account and region's quota of eight calls a second feeds. */
const MAX_PARTS = 8

/**
 * Types with so many resources that one chain of pages would be slower than the quota, in parts that are read at the same
 * time. Only where AWS Config's own counts of the parts sum to that of the whole, and no part is most of it.
 */
export async function splitTypes(call: Call, place: Place, queried: Counts, context: Context): Promise<Parts> {
  const large = [...queried].filter(([, count]) => count >= SPLIT_FROM).map(([type]) => type)
  const split = await Promise.all(large.map((type) => splitType(call, place, type, queried.get(type)!, context)))
  return new Map(large.flatMap((type, n) => (split[n] ? [[type, split[n]] as const] : [])))
}

async function splitType(call: Call, place: Place, type: string, count: number, context: Context) {
  try {
    const parts = idParts(
      await someIds(call, place, type, context),
      Math.min(MAX_PARTS, Math.floor(count / PART_RESOURCES)),
    )
    if (!parts || parts.some((part) => selectRows(partCondition(type, part)).length > MAX_EXPRESSION)) return undefined
    const [whole, ...counts] = await Promise.all(
      [{}, ...parts].map((part) => queriedCount(call, place, context, partCondition(type, part))),
    )
    // Fewer than a moment ago: what queries have lost sight of is in no part's count.
    if (whole === undefined || whole < count) return undefined
    if (sum(counts) !== whole || Math.max(...counts) > whole / 2) return undefined
    return parts.map((part, n): CountedPart => ({ ...part, count: counts[n]! }))
  } catch (thrown) {
    // What these queries can do is not needed: the type is read in one.
    if (thrown instanceof ExtractionError && thrown.code === 'REQUEST_INVALID') return undefined
    throw thrown
  }
}

async function someIds(call: Call, place: Place, type: string, context: Context): Promise<string[]> {
  const Expression = selectIds({ in: { resourceType: [type] } })
  const { Results = [] } = await call('SelectResourceConfig', place, context, (client, options) =>
    client.send(new SelectResourceConfigCommand({ Expression, Limit: PAGE_SIZE }), options),
  )
  return Results.map((row) => String(parseRow(row)['resourceId']))
}

function partCondition(type: string, part: Partial<Pick<Condition, 'like' | 'unlike'>>): Condition {
  return { in: { resourceType: [type] }, ...part }
}
