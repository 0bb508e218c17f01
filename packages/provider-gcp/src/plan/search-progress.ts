import { hostAndKind, hostTotal } from './counts.ts'
import type { Found } from '../decode/decode-search.ts'
import type { HostCounts } from './partition.ts'

/** How far a search has come. Types come in order, so a host is complete when the next one appears. */
export interface Progress {
  readonly token: string
  /** Complete, and not planned yet. */
  readonly complete: readonly HostCounts[]
  /** The host at hand. */
  readonly current: HostCounts | null
  /** Hosts that have their slices. */
  readonly planned: readonly string[]
  /** Large types that have theirs, before their hosts. */
  readonly early: readonly string[]
  /** When the page at hand began to fail, in milliseconds; absent where it has not. */
  readonly failing?: number
}

export const NOT_BEGUN: Progress = { token: '', complete: [], current: null, planned: [], early: [] }

type Counting = [host: string, kinds: Record<string, number>]

/** Adds a page. What comes out of order once its host is planned is listed all the same, but not counted. */
export function countAll(progress: Progress, found: readonly Found[]): Progress {
  let { complete } = progress
  let current: Counting | null = progress.current && [progress.current[0], { ...progress.current[1] }]
  for (const { assetType } of found) {
    const [host, kind] = hostAndKind(assetType)
    if (progress.planned.includes(host)) continue
    if (current?.[0] !== host) {
      complete = closed(complete, current)
      current = [host, { ...complete.find(([name]) => name === host)?.[1] }]
      complete = complete.filter(([name]) => name !== host)
    }
    // Kinds stay in the order of their appearance, which tells the one at hand.
    const kinds = current[1]
    kinds[kind] = (kinds[kind] ?? 0) + 1
  }
  return { ...progress, complete, current }
}

/** All hosts that are not planned, at the end of a search. */
export function allOf({ complete, current }: Progress): readonly HostCounts[] {
  return closed(complete, current)
}

export function sizeOf(hosts: readonly HostCounts[]): number {
  return hosts.reduce((sum, [, kinds]) => sum + hostTotal(kinds), 0)
}

function closed(complete: readonly HostCounts[], current: HostCounts | null): readonly HostCounts[] {
  return current ? [...complete, current] : complete
}
