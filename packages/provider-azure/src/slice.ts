import { fnv1a, type JsonObject, type Slice } from '@cae/core'
import type { GraphScope } from './client/graph.ts'
import type { Rows } from './kql.ts'
import type { Table } from './tables.ts'

/** Whose rows: of subscriptions, or what stands above them in management groups (none named: in the tenant). */
export interface Owner {
  readonly subscriptions?: readonly string[]
  readonly groups?: readonly string[]
}

/** What `Slice.query` of ours holds: which rows, and how they are read. */
export interface SliceQuery extends Rows, Owner {
  /**
   * `count`: counts the rows by subscription, and plans slices that read them. `parts`: counts them by `parts`, and plans
   * a slice for each. Absent: reads them.
   */
  readonly step?: 'count' | 'parts'
  /** Tables that are counted together with this one. */
  readonly also?: readonly Table[]
  /** No slice of the run counts what every subscription has, so that this one has to see who is still there. */
  readonly unproven?: true
  /** How many rows each of several subscriptions had when they were counted, in the same order. */
  readonly counts?: readonly number[]
  /** Pages that the rows are spread over by their hash; 1 where absent. */
  readonly pages?: number
  readonly parts?: number
  /** The slice has those of the rows whose hash leaves `part` when divided by `parts`. */
  readonly part?: number
  /** How many rows all parts had when they were counted together. */
  readonly count?: number
}

export function readQuery(query: JsonObject): SliceQuery {
  return query as unknown as SliceQuery
}

export function writeQuery(query: SliceQuery): JsonObject {
  return query as unknown as JsonObject
}

export function graphScope({ subscriptions, groups }: Owner): GraphScope {
  if (subscriptions) return { subscriptions }
  return groups && groups.length > 0 ? { managementGroups: groups } : {}
}

/** A slice that counts, of one table or of several at once. */
export function countSlice(query: SliceQuery): Slice {
  const { table, also = [] } = query
  return {
    scope: ownerName(query),
    region: 'global',
    partition: `${table}${also.length > 0 ? `+${also.length}` : ''}-count`,
    query: writeQuery(query),
    plans: true,
  }
}

/** The tables that a slice counts. */
export function countedTables({ table, also = [] }: SliceQuery): readonly Table[] {
  return [table, ...also]
}

/**
 * One subscription or management group by its name; several by the first, how many more there are, and a hash of all:
 * when what counts them is read again after a crash, it may share them out otherwise, and must not take one group for another.
 */
export function ownerName({ subscriptions, groups }: Owner): string {
  const names = subscriptions ?? groups ?? []
  const [first = 'tenant', ...more] = names
  return more.length === 0 ? first : `${first}+${more.length}-${fnv1a(names.toSorted().join())}`
}
