import { sum, type Counts } from '../query/counts.ts'

/** Types that one slice reads together. */
export interface Pack {
  readonly types: readonly string[]
  readonly count: number
}

/** About a minute at what AWS Config allows: short enough to lose little, long enough to waste few half pages. */
const RESOURCES = 2000
/** A slice's list of types is kept in Redis and stands in a query of at most 4,096 characters. */
export const MAX_TYPES = 30

/**
 * Divides types so that few slices have what fits into one, the largest first; a type that is larger than a slice has
 * one for itself. Each slice ends with a page that is not full, which costs a call all the same.
 */
export function pack(counts: Counts): Pack[] {
  const open: { types: string[]; count: number }[] = []
  // By name where counts are equal, lest the order of the answer decide.
  const ordered = [...counts].toSorted(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
  for (const [type, count] of ordered) {
    const fit = open.find((one) => one.count + count <= RESOURCES)
    if (!fit) {
      open.push({ types: [type], count })
      continue
    }
    fit.types.push(type)
    fit.count += count
  }
  return open
}

/** The same types in packs whose lists are not too long. */
export function chunked({ types }: Pack, counts: Counts): Pack[] {
  const parts: Pack[] = []
  for (let start = 0; start < types.length; start += MAX_TYPES) {
    const part = types.slice(start, start + MAX_TYPES)
    parts.push({ types: part, count: sum(part.map((type) => counts.get(type) ?? 0)) })
  }
  return parts
}
