import { fnv1a, type Slice } from '@cae/core'
import { DISCOVERED, QUERIED, sum, type Counts } from '../query/counts.ts'
import { GLOBAL_TYPES } from './global-types.ts'
import { chunked, MAX_TYPES, pack, type Pack } from './pack.ts'
import type { Recorder } from './recorder.ts'
import type { CountedPart, Parts } from './split-types.ts'
import type { ReadListed, ReadRows, SliceQuery } from '../slice-query.ts'

/** What Config says that one account and region has. */
export interface Survey {
  readonly recorder: Recorder
  readonly discovered: Counts
  readonly queried: Counts
  /** Types that are read in parts. */
  readonly parts?: Parts
}

export interface Wanted {
  readonly scope: string
  readonly region: string
  readonly type: (type: string) => boolean
  /** All types but those that are read elsewhere: then one slice may take all that no other slice has. */
  readonly whole: boolean
}

type Kind = Pick<ReadRows, 'short' | 'daily' | 'since'>
type Rows = Pack & Kind

/**
 * Slices that together hold what is wanted, each resource once, whatever the two counts disagree on: queries read what
 * they can, and where Config has discovered more of a type, one more slice lists it and takes what queries do not have.
 */
export function regionSlices(survey: Survey, wanted: Wanted): Slice[] {
  const { discovered, queried } = survey
  const types = [...new Set([...queried.keys(), ...discovered.keys()])].filter(wanted.type).toSorted()
  const missing = types.filter((type) => (discovered.get(type) ?? 0) > (queried.get(type) ?? 0))
  const listed = missing.map((type) => listedSlice(type, survey, wanted))
  const rows = rowPacks(types, survey)
  if (wanted.whole) return [...withRest(rows, missing, survey, wanted), ...listed]
  if (rows.length + listed.length === 0) return [nothing(wanted)]
  return [...rows.flatMap((one) => inSlices(one, survey, wanted)), ...listed]
}

// Types that are recorded once a day, and types that queries know a part of, do not share a slice with others: its age
// and its count are said of the whole.
function rowPacks(types: readonly string[], { recorder, discovered, queried }: Survey): Rows[] {
  const groups = new Map<string, { kind: Kind; counts: Map<string, number> }>()
  for (const type of types) {
    const count = queried.get(type) ?? 0
    if (count === 0) continue
    const isShort = count < (discovered.get(type) ?? 0)
    const kind: Kind = { ...(isShort && { short: true }), ...(recorder.isDaily(type) && { daily: true }) }
    const key = JSON.stringify(kind)
    const group = groups.get(key) ?? { kind, counts: new Map<string, number>() }
    groups.set(key, group)
    group.counts.set(type, count)
  }
  return [...groups.values()].flatMap(({ kind, counts }) => pack(counts).map((one) => ({ ...one, ...kind })))
}

/** The pack with the most types becomes the rest: it also has what appears after it was counted. */
function withRest(rows: readonly Rows[], missing: readonly string[], survey: Survey, wanted: Wanted): Slice[] {
  const isSplit = ({ types }: Rows) => types.some((type) => survey.parts?.has(type))
  const candidates = rows.filter((one) => !one.short && !isSplit(one))
  const rest = candidates.reduce<Rows | undefined>((a, b) => (a && a.types.length > b.types.length ? a : b), undefined)
  const others = rows.filter((one) => one !== rest)
  const elsewhere = [...GLOBAL_TYPES].filter((type) => !wanted.type(type))
  const except = [...new Set([...elsewhere, ...others.flatMap(({ types }) => types), ...missing])].toSorted()
  const named = others.flatMap((one) => inSlices(one, survey, wanted))
  if (except.length > MAX_TYPES) return [...named, ...(rest ? inSlices(rest, survey, wanted) : [])]
  const alone = others.length + missing.length === 0
  const partition = alone ? 'all' : `rest-${fnv1a(except.join())}`
  const query: ReadRows = { kind: 'rows', except, ...(rest?.daily && { daily: true }), ...sinceOf(survey.recorder) }
  return [rowsSlice(partition, query, rest?.count ?? 0, wanted), ...named]
}

function inSlices({ short, daily, ...one }: Rows, { recorder, queried, parts }: Survey, wanted: Wanted): Slice[] {
  const kind: Kind = { ...(short && { short }), ...(daily && { daily }), ...sinceOf(recorder) }
  return chunked(one, queried).flatMap(({ types, count }) => {
    const split = types.length === 1 ? parts?.get(types[0]!) : undefined
    if (split) return split.map((part) => partSlice(types[0]!, part, kind, wanted))
    const partition = types.length === 1 ? safe(types[0]!) : `types-${fnv1a(types.join())}`
    return [rowsSlice(partition, { kind: 'rows', in: types, ...kind }, count, wanted)]
  })
}

function partSlice(type: string, { count, ...part }: CountedPart, kind: Kind, wanted: Wanted): Slice {
  const prefixes = 'like' in part ? part.like : ['others', ...part.unlike]
  const query: ReadRows = { kind: 'rows', in: [type], ...part, ...kind }
  return rowsSlice(`${safe(type)}-${fnv1a(prefixes.join())}`, query, count, wanted)
}

function rowsSlice(partition: string, query: ReadRows, count: number, { scope, region }: Wanted): Slice {
  return { scope, region, partition, query, expected: { count, source: QUERIED } }
}

function listedSlice(type: string, { recorder, discovered, queried }: Survey, { scope, region }: Wanted): Slice {
  const known = queried.get(type) ?? 0
  const daily = recorder.isDaily(type) && { daily: true as const }
  const query: ReadListed = {
    kind: 'listed',
    type,
    ...(known > 0 && { beyond: known }),
    ...daily,
    ...sinceOf(recorder),
  }
  const partition = `${known > 0 ? 'beyond' : 'listed'}-${safe(type)}`
  const expected = { count: (discovered.get(type) ?? 0) - known, source: DISCOVERED }
  return { scope, region, partition, query, expected }
}

function sinceOf({ since }: Recorder): Pick<Kind, 'since'> {
  return since ? { since } : {}
}

function nothing({ scope, region }: Wanted): Slice {
  const query: SliceQuery = { kind: 'nothing' }
  return { scope, region, partition: 'nothing', query, expected: { count: 0, source: DISCOVERED } }
}

function safe(type: string): string {
  return type.replaceAll('::', '-')
}

/** Resources that the counts say are wanted, for estimates. */
export function surveyed({ discovered, queried }: Survey, isWanted: (type: string) => boolean): number {
  const types = [...new Set([...queried.keys(), ...discovered.keys()])].filter(isWanted)
  return sum(types.map((type) => Math.max(queried.get(type) ?? 0, discovered.get(type) ?? 0)))
}
