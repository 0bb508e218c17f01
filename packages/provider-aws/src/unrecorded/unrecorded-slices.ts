import { fnv1a, type JsonObject, type Slice } from '@cae/core'
import type { Place } from '../client/client.ts'

/** Where AWS Config is off: some types by Cloud Control. */
export type ReadCloudControl = {
  readonly kind: 'cloud-control'
  /** CloudFormation's names. */
  readonly types: readonly string[]
  /** How many of each Resource Explorer's index has. */
  readonly counts?: readonly number[]
  /** What of Resource Explorer shows by identity what can't be listed. */
  readonly index?: Index
}

/** A part of Resource Explorer's index. */
export type Index = {
  readonly view: string
  /** A region, or `global`. */
  readonly area: string
}

/** Where AWS Config is off: what Resource Explorer has and Cloud Control does not list. */
export type ReadExplorer = Index & {
  readonly kind: 'explorer'
  /** These types alone, by CloudFormation's names; what Cloud Control lists is otherwise left to it. */
  readonly only?: readonly string[]
}

/** How a slice of either kind is asked for in a request, as planning slices carry it. */
export type Asked = JsonObject

/** A planning count, and where it is from. */
export const INDEXED = 'resource-explorer-2:ListResources'

const MAX_TYPES = 20
/** A type with more than this has a slice of its own. */
const LARGE = 500

/** Slices of Cloud Control for types whose numbers are not known. */
export function uncountedSlices(place: Place, types: readonly string[]): Slice[] {
  const groups: string[][] = []
  for (let i = 0; i < types.length; i += MAX_TYPES) groups.push(types.slice(i, i + MAX_TYPES))
  return groups.map((group) => cloudControlSlice(place, { kind: 'cloud-control', types: group }))
}

/** Slices of Cloud Control for types that Resource Explorer has counted: small ones together, large ones alone. */
export function countedSlices(place: Place, counts: ReadonlyMap<string, number>, index: Index): Slice[] {
  const groups: { types: string[]; counts: number[]; sum: number }[] = []
  for (const [type, count] of [...counts].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    const fitting = groups.find((group) => group.types.length < MAX_TYPES && group.sum + count <= LARGE)
    if (!fitting) {
      groups.push({ types: [type], counts: [count], sum: count })
      continue
    }
    fitting.types.push(type)
    fitting.counts.push(count)
    fitting.sum += count
  }
  return groups.map((group) =>
    cloudControlSlice(place, { kind: 'cloud-control', types: group.types, counts: group.counts, index }),
  )
}

export function cloudControlSlice({ account, region }: Place, query: ReadCloudControl): Slice {
  const { types, counts } = query
  const count = counts?.reduce((sum, one) => sum + one, 0)
  const expected = count === undefined ? {} : { expected: { count, source: INDEXED } }
  return { scope: account.account_id, region, partition: `cloud-control-${label(types)}`, query, ...expected }
}

export function explorerSlice({ account, region }: Place, query: ReadExplorer, asked: Asked = {}): Slice {
  const partition = `explorer-${query.only ? label(query.only) : query.area}`
  return { scope: account.account_id, region, partition, query: { ...asked, ...query } }
}

/** Short, and the same for the same types. */
export function label(types: readonly string[]): string {
  return types.length === 1 ? types[0]!.replace(/^AWS::/, '').replaceAll('::', '-') : fnv1a(types.join())
}
