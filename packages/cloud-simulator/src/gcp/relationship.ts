import { itemsOf, TYPES, type Estate } from '../estate/estate.ts'
import { textTemplate } from '../estate/hole.ts'
import type { EstateSlice, Item } from '../estate/resource-type.ts'
import { pageOf, runsOf } from '../estate/selection.ts'

interface Relation {
  /** Aliases of the types at both ends. */
  readonly from: string
  readonly to: string
  readonly type: string
}

/** What RELATIONSHIP gives: one row for each resource of the type and each relation of it. */
export const RELATIONS: readonly Relation[] = [
  { from: 'instance', to: 'network', type: 'COMPUTE_INSTANCE_USE_NETWORK' },
  { from: 'instance', to: 'subnetwork', type: 'COMPUTE_INSTANCE_USE_SUBNETWORK' },
  { from: 'subnetwork', to: 'network', type: 'COMPUTE_SUBNETWORK_USE_NETWORK' },
  { from: 'subscription', to: 'topic', type: 'PUBSUB_SUBSCRIPTION_USE_TOPIC' },
]

export interface RelationRow {
  readonly item: Item
  /** Position in `RELATIONS`. */
  readonly relation: number
}

/** Rows from a position on, and the position of the next. */
export function rowsAt(slices: readonly EstateSlice[], wanted: ReadonlySet<number>, position: number, limit: number) {
  const rows: RelationRow[] = []
  let start = 0
  for (const [relation, { from }] of RELATIONS.entries()) {
    const alias = TYPES.gcp.byAlias.get(from)!
    const runs = runsOf(slices, (_, type) => type === alias && wanted.has(type))
    const count = runs.reduce((sum, run) => sum + run.count, 0)
    if (position < start + count) {
      if (rows.length === limit) return { items: rows, next: start }
      const { items, next } = pageOf({ runs }, Math.max(0, position - start), limit - rows.length)
      for (const item of items) rows.push({ item, relation })
      if (next !== null) return { items: rows, next: start + next }
    }
    start += count
  }
  return { items: rows, next: null }
}

const NAME = textTemplate('{{fullName}}')

/** The truth about relationships: full names of both ends and the type between them. */
export function* gcpRelationships({ tables }: Estate): Iterable<readonly [from: string, type: string, to: string]> {
  const targets = RELATIONS.map(({ to }) => textTemplate(`{{ref ${to} fullName}}`))
  for (const slice of tables.gcp) {
    for (const item of itemsOf(slice)) {
      const { alias } = TYPES.gcp.types[item.type]!
      for (const [n, { from, type }] of RELATIONS.entries()) {
        if (from === alias) yield [NAME(item), type, targets[n]!(item)]
      }
    }
  }
}
