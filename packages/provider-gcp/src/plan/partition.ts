import { fnv1a, type Slice } from '@cae/core'
import { isKubernetes, listedAs } from '../asset-types.ts'
import { hostTotal, totalOf, type Counts } from './counts.ts'
import { toQuery, type PlanQuery, type SliceQuery } from '../query.ts'

/**
 * Assets that make up a slice: ten pages, so that the page which each slice wastes at its end is a tenth of it at most, and
 * what is held of it is small. A type of more has a slice of its own, whatever its size: ListAssets cannot divide one.
 */
export const SLICE_ASSETS = 10_000
/** Hosts that an organization plans by slices of their own. */
export const USUALLY_LARGE: readonly string[] = [
  'compute.googleapis.com',
  'bigquery.googleapis.com',
  'iam.googleapis.com',
]
/** A slice's counts are kept for each task; types beyond this length of JSON go to the next slice. */
const COUNTS_LENGTH = 1200

/** Hosts with the kinds that a search has counted in full. */
export type HostCounts = readonly [host: string, kinds: Readonly<Record<string, number>>]

/** What a planning slice knows when it makes slices of its own. */
export interface Ground {
  readonly scope: string
  readonly region: string
  readonly query: PlanQuery
}

/**
 * Slices for hosts that are counted: a large type has one of its own, the rest share them in the order of the hosts.
 * `planned`: the large types that have theirs already.
 */
export function slicesFor(ground: Ground, hosts: readonly HostCounts[], planned: readonly string[]): Slice[] {
  const large = hosts.flatMap(largeTypes)
  const rests = hosts.map((host) => without(host, large))
  return [
    ...large.filter((type) => !planned.includes(type)).map((type) => typeSlice(ground, type, hosts)),
    ...groups(rests).map((group) => groupSlice(ground, group, large)),
  ]
}

/** Slices for the large types among those that are counted, as soon as they are. */
export function largeSlices(ground: Ground, host: HostCounts, planned: readonly string[]): Slice[] {
  const types = largeTypes(host).filter((type) => !planned.includes(type))
  return types.map((type) => typeSlice(ground, type, [host]))
}

/** All of a host that is counted in part, but for the large types that have slices. */
export function restSlice(ground: Ground, host: HostCounts, planned: readonly string[], note: string): Slice {
  return groupSlice(ground, [without(host, planned)], planned, note)
}

/** What shares slices. */
export function smallOf(host: HostCounts): HostCounts {
  return without(host, largeTypes(host))
}

/** Everything in one slice, for a scope that is no larger than one. */
export function wholeSlice(ground: Ground, hosts: readonly HostCounts[]): Slice {
  const { hosts: only, except } = ground.query
  const types = { ...(only && { only }), ...(except && { except }) }
  return sliceOf(ground, only?.length === 1 ? short(only[0]!) : 'all', { ...types, counts: Object.fromEntries(hosts) })
}

/** All that no other slice of the scope has: types that the search does not know, or came upon too late. */
export function otherSlice(ground: Ground, done: readonly string[], note: string, counts?: Counts): Slice | null {
  const { hosts, except = [] } = ground.query
  const only = hosts?.filter((host) => !done.includes(host))
  if (only?.length === 0) return null
  const types = only ? { only } : { except: [...except, ...done] }
  const hash = fnv1a(JSON.stringify(types))
  return sliceOf(ground, `other-${hash}`, { ...types, ...(counts && totalOf(counts) > 0 && { counts }), note })
}

/** Without a search: what is usually large apart, in an organization or a folder. */
export function uncountedSlices(ground: Ground, note: string): Slice[] {
  const { parent, hosts, except = [] } = ground.query
  if (parent.startsWith('projects/')) return [sliceOf(ground, 'all', { ...(hosts && { only: hosts }), note })]
  const apart = USUALLY_LARGE.filter((host) => (hosts ? hosts.includes(host) : !except.includes(host)))
  const other = otherSlice(ground, apart, note)
  return [...apart.map((host) => sliceOf(ground, short(host), { only: [host], note })), ...(other ? [other] : [])]
}

// The groups of Kubernetes may be asked for by a pattern, from which no type can be taken out.
function largeTypes([host, kinds]: HostCounts): string[] {
  if (isKubernetes(host)) return []
  const large = Object.entries(kinds).filter(([, count]) => count >= SLICE_ASSETS)
  return large.map(([kind]) => `${host}/${kind}`)
}

function without([host, kinds]: HostCounts, types: readonly string[]): HostCounts {
  return [host, Object.fromEntries(Object.entries(kinds).filter(([kind]) => !types.includes(`${host}/${kind}`)))]
}

function groups(hosts: readonly HostCounts[]): HostCounts[][] {
  const made: HostCounts[][] = []
  let assets = Infinity
  for (const host of hosts) {
    const size = hostTotal(host[1])
    const last = made.at(-1)
    if (last && assets + size <= SLICE_ASSETS && JSON.stringify([...last, host]).length <= COUNTS_LENGTH) {
      last.push(host)
      assets += size
    } else {
      made.push([host])
      assets = size
    }
  }
  return made
}

function typeSlice(ground: Ground, type: string, hosts: readonly HostCounts[]): Slice {
  const [host, kind] = type.split('/') as [string, string]
  const count = hosts.find(([name]) => name === host)![1][kind]!
  return sliceOf(ground, `${short(host)}-${kind}`, { only: listedAs(type), counts: { [host]: { [kind]: count } } })
}

// The name holds what the slice is of: planned again after a crash, over a search that has changed, another slice must have
// another name, lest one of them be taken for both.
function groupSlice(ground: Ground, group: readonly HostCounts[], large: readonly string[], note?: string): Slice {
  const only = group.map(([host]) => host)
  const counted = new Set(group.flatMap(([host, kinds]) => Object.keys(kinds).map((kind) => `${host}/${kind}`)))
  const except = large
    .filter((type) => only.includes(type.split('/')[0]!))
    .flatMap(listedAs)
    .filter((type) => !counted.has(type))
  const names = only.length === 1 ? short(only[0]!) : `${short(only[0]!)}-to-${short(only.at(-1)!)}`
  const types = { only, ...(except.length > 0 && { except }) }
  const counts = Object.fromEntries(group)
  return sliceOf(ground, `${names}-${fnv1a(JSON.stringify(types))}`, {
    ...types,
    ...(totalOf(counts) > 0 && { counts }),
    ...(note && { note }),
  })
}

function sliceOf(ground: Ground, partition: string, more: Partial<SliceQuery>): Slice {
  const { parent, readTime, content } = ground.query
  const { counts } = more
  return {
    scope: ground.scope,
    region: ground.region,
    partition,
    query: toQuery({ parent, readTime, content, ...more }),
    ...(counts && { expected: { count: totalOf(counts), source: 'SearchAllResources' } }),
  }
}

function short(host: string): string {
  return host.replace(/\.googleapis\.com$/, '').replace(/[^A-Za-z0-9]+/g, '_')
}
