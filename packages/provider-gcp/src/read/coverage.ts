import type { Context, Gap, Page, Task } from '@cae/core'
import { CONTENT_TYPES, PAGE_SIZE, type Beside, type BesideContent } from './beside.ts'
import type { AssetApi } from '../client/call.ts'
import type { Tally } from '../plan/counts.ts'
import type { Position } from './cursor.ts'
import type { Held } from './held.ts'
import { isSupported } from './listing.ts'
import type { SliceQuery } from '../query.ts'

/** Types that the search knows and the listing has none of are asked for by name, up to so many. */
const MAX_PROBES = 10

/** What the last page of a slice says of all of them. */
export interface Coverage extends Pick<Page, 'missing'> {
  /** Types that cannot be listed, and resources that came without configuration. */
  readonly gaps: readonly Gap[]
}

/** `position`: after the last page. `held`: with all names claimed that have a resource, where some have none. */
export async function coverageOf(
  task: Task,
  query: SliceQuery,
  tally: Tally,
  position: Position,
  held: Held,
  api: AssetApi,
  context: Context,
): Promise<Coverage> {
  const absent = tally.absent(position.listed)
  const unsupported =
    position.unlisted && isOneType(query) ? absent : await unsupportedTypes(query, absent, api, context)
  const missing = tally.missing(position.listed, new Set(unsupported))
  const bare = position.rest === null ? 0 : await countBare(held, missing)
  const count = [...missing.values()].reduce((sum, one) => sum + one, 0) - bare
  const unknown = position.unlisted ? uncountedOf(query) : []
  const gaps = [
    ...unsupported.map((type) =>
      unsupportedGap(task, type, `SearchAllResources finds ${type}, which ListAssets does not support`),
    ),
    ...unknown.map((word) => unsupportedGap(task, word, `ListAssets supports no type of ${word}`)),
    ...(bare > 0 ? [bareGap(task, bare)] : []),
  ]
  return { ...(query.counts && { missing: { count, source: 'SearchAllResources' } }), gaps }
}

// A lost page's resources that have a policy are delivered by it: they are not missing, but neither are they whole.
async function countBare(held: Held, missing: ReadonlyMap<string, number>): Promise<number> {
  const left = new Map(missing)
  let bare = 0
  for (let from = 0; left.size > 0 && from < held.unclaimedNames(); from += PAGE_SIZE) {
    for (const [asset] of await held.unclaimed(from, PAGE_SIZE)) {
      const count = left.get(asset!.assetType) ?? 0
      if (count === 0) continue
      left.set(asset!.assetType, count - 1)
      bare++
    }
  }
  return bare
}

const NOUNS = { iam_policy: 'policies', relationship: 'relationships' } as const

/**
 * How old the slice is, and what of it is not counted: policies and relationships never are (docs/decisions/0014). Where
 * one type has no relationships, Google may refuse them for all: that none were given is said too.
 */
export function freshnessOf(query: SliceQuery, { uncounted }: Position, { none }: Beside): string {
  const { readTime, counts, note, content } = query
  const parts = [`snapshot of ${readTime}`]
  if (note) parts.push(note)
  else if (counts && uncounted > 0) parts.push(`${uncounted} of types that SearchAllResources does not count`)
  const beside = content.filter((one) => one !== 'resource')
  const counted = beside.filter((one) => !none.has(one)).map((one) => NOUNS[one])
  if (counted.length > 0) parts.push(`${counted.join(' and ')} are not counted`)
  const absent = beside.filter((one) => none.has(one)).map((one) => NOUNS[one])
  if (absent.length > 0) parts.push(`ListAssets says that its types have no ${absent.join(' and no ')}`)
  return parts.join('; ')
}

// Then the slice's own request has asked. What was said of several at once is no answer about each.
function isOneType({ only = [] }: SliceQuery): boolean {
  return only.length === 1 && only[0]!.includes('/')
}

// A type that is not listed at all may be one that cannot be listed, which says nothing about the others.
async function unsupportedTypes(
  query: SliceQuery,
  absent: readonly string[],
  api: AssetApi,
  context: Context,
): Promise<string[]> {
  const unsupported: string[] = []
  for (const type of absent.slice(0, MAX_PROBES)) {
    if (!(await isSupported(query, type, api, context))) unsupported.push(type)
  }
  return unsupported
}

/**
 * Content that is refused at the moment and not among the `told`, to which it is added. It is the same for every slice of the
 * scope, so that it is one gap, and it belongs to each reader whose pages lack it: who reads the next may be given it.
 */
export function refusals({ scope, region }: Task, { refused }: Beside, told: Set<BesideContent>): Gap[] {
  const untold = [...refused].filter(([content]) => !told.has(content))
  for (const [content] of untold) told.add(content)
  return untold.map(([content, { code, message }]) => ({
    scope,
    region,
    partition: content,
    code,
    message: `${CONTENT_TYPES[content]} is not given, resources are: ${message}`,
  }))
}

// Hosts of which the search has nothing either.
function uncountedOf({ only = [], counts = {} }: SliceQuery): string[] {
  return only.filter((word) => !Object.keys(counts).some((host) => word === host || word.startsWith(`${host}/`)))
}

function bareGap({ scope, region, partition }: Task, count: number): Gap {
  return {
    scope,
    region,
    partition: `bare-${partition}`,
    code: 'COUNT_MISMATCH',
    message: `ListAssets gave no configuration of ${count} resources that SearchAllResources counts, only what belongs beside it`,
  }
}

function unsupportedGap({ scope, region }: Task, assetType: string, message: string): Gap {
  return {
    scope,
    region,
    partition: `unsupported-${assetType.replace('.googleapis.com/', '-').replace(/[^A-Za-z0-9-]+/g, '_')}`,
    code: 'NOT_ENABLED',
    message,
  }
}
