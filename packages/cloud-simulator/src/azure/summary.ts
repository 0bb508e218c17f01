import { BY_TYPE, isComparable, partitionHash, typeValue, unresolved, valueOf } from './rows.ts'
import { itemOf } from '../estate/item.ts'
import type { Grouping } from './kql.ts'
import type { Item } from '../estate/resource-type.ts'
import { countOf, type Selection } from '../estate/selection.ts'

type Group = Record<string, string | number>

/** `summarize count() by …`, one object per group. */
export function summarise(selection: Selection, { as, by }: { readonly as: string; readonly by: readonly Grouping[] }) {
  for (const group of by) if ('column' in group && !isComparable(group.column)) throw unresolved(group.column)
  const groups = new Map<string, Group>()
  const add = (values: readonly (string | number)[], count: number) => {
    const key = values.join('\n')
    const group = groups.get(key)
    if (group) group[as] = Number(group[as]) + count
    else groups.set(key, { ...Object.fromEntries(by.map((one, n) => [one.as, values[n]!])), [as]: count })
  }
  const ofType = by.every((one) => 'column' in one && BY_TYPE.has(one.column))
  for (const run of selection.runs) {
    if (ofType) addRun(run, selection, by, add)
    else
      for (const item of itemsOfRun(run, selection.accepts))
        add(
          by.map((one) => groupValue(item, one)),
          1,
        )
  }
  if (by.length === 0 && groups.size === 0) add([], 0)
  return [...groups.values()]
}

function addRun(
  run: Selection['runs'][number],
  { accepts }: Selection,
  by: readonly Grouping[],
  add: (values: readonly (string | number)[], count: number) => void,
): void {
  const count = countOf({ runs: [run], ...(accepts && { accepts }) })
  if (count === 0) return
  add(
    by.map((one) => ('column' in one ? typeValue(run.slice, run.type, one.column)! : 0)),
    count,
  )
}

function groupValue(item: Item, group: Grouping): string | number {
  return 'column' in group ? valueOf(item, group.column) : partitionHash(item) % group.modulus
}

function* itemsOfRun({ slice, type, count }: Selection['runs'][number], accepts: Selection['accepts']): Iterable<Item> {
  for (let k = 0; k < count; k++) {
    const item = itemOf(slice, type, k)
    if (!accepts || accepts(item)) yield item
  }
}
