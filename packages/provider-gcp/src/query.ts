import type { JsonObject, Task } from '@cae/core'
import type { TypeSelection } from './asset-types.ts'
import type { BesideContent } from './read/beside.ts'
import type { Counts } from './plan/counts.ts'
import type { GcpContent } from './options.ts'

/** What a slice remembers. */
export interface SliceQuery extends TypeSelection {
  readonly parent: string
  /** ISO 8601, the same for all slices of a run. */
  readonly readTime: string
  readonly content: readonly GcpContent[]
  /** What SearchAllResources found; absent where it was not asked, or not allowed. */
  readonly counts?: Counts
  /** Why there are no counts. */
  readonly note?: string
}

/** What a slice that plans remembers. */
export interface PlanQuery {
  readonly parent: string
  readonly readTime: string
  readonly content: readonly GcpContent[]
  /** The hosts to plan; all where absent. */
  readonly hosts?: readonly string[]
  /** Hosts that another slice plans. */
  readonly except?: readonly string[]
  /** Content that is read as well where Google gives it: the slice only finds that out, and others count. */
  readonly optional?: BesideContent
}

export function toQuery(query: SliceQuery | PlanQuery): JsonObject {
  return query as unknown as JsonObject
}

export function sliceQueryOf({ query }: Task): SliceQuery {
  return query as unknown as SliceQuery
}

export function planQueryOf({ query }: Task): PlanQuery {
  return query as unknown as PlanQuery
}

/** As requests take it. */
export function timestampOf(readTime: string): { readonly seconds: number } {
  return { seconds: Math.floor(Date.parse(readTime) / 1000) }
}
