import type { Estate } from '../estate/estate.ts'
import { TYPES } from '../estate/estate.ts'
import { combine, hashText } from '../estate/hash.ts'
import { textTemplate } from '../estate/hole.ts'
import { itemOf } from '../estate/item.ts'
import type { EstateSlice } from '../estate/resource-type.ts'

/** A management group of the estate: the first has all subscriptions, the others share them out. */
export interface ManagementGroup {
  readonly name: string
  readonly subscriptions: readonly string[]
  /** What stands above subscriptions here: the group, and what is assigned to it. */
  readonly slice: EstateSlice
}

/** Resources by alias that each group has. */
const CONTENTS: Readonly<Record<string, number>> = {
  managementGroup: 1,
  groupRoleAssignment: 3,
  groupPolicyAssignment: 2,
}
const MAX_CHILDREN = 3

const known = new WeakMap<Estate, readonly ManagementGroup[]>()

/** The same estate has the same groups. They are no part of its counts, which are by subscription. */
export function managementGroups(estate: Estate): readonly ManagementGroup[] {
  let groups = known.get(estate)
  if (!groups) known.set(estate, (groups = makeGroups(estate)))
  return groups
}

/** `resource_id`s of what stands above subscriptions, in a group and those below it. */
export function idsAbove(groups: readonly ManagementGroup[]): string[] {
  const template = textTemplate('{{lowerId}}')
  return groups.flatMap(({ slice }) =>
    [...slice.counts.entries()].flatMap(([type, count]) =>
      Array.from({ length: count }, (_, k) => template(itemOf(slice, type, k))),
    ),
  )
}

/** The group and those below it. Undefined where there is no such group. */
export function groupTree(estate: Estate, name: string): readonly ManagementGroup[] | undefined {
  const groups = managementGroups(estate)
  const at = groups.findIndex((group) => group.name.toLowerCase() === name.toLowerCase())
  if (at < 0) return undefined
  return at === 0 ? groups : [groups[at]!]
}

function makeGroups(estate: Estate): ManagementGroup[] {
  const { azureSubscriptions, azureTenant } = estate
  const children = Math.min(MAX_CHILDREN, azureSubscriptions.length)
  return Array.from({ length: children + 1 }, (_, n) => {
    const slice = sliceAbove(azureTenant, n)
    const name = textTemplate('{{name}}')(itemOf(slice, TYPES.azure.byAlias.get('managementGroup')!, 0))
    const subscriptions = azureSubscriptions.filter((_subscription, i) => n === 0 || i % children === n - 1)
    return { name, subscriptions, slice }
  })
}

function sliceAbove(tenant: string, n: number): EstateSlice {
  const types = TYPES.azure
  const counts = new Int32Array(types.types.length)
  for (const [alias, count] of Object.entries(CONTENTS)) counts[types.byAlias.get(alias)!] = count
  const total = counts.reduce((sum, count) => sum + count, 0)
  const salt = combine(hashText(`management groups of ${tenant}`), n)
  return { provider: 'azure', scope: '', region: '', parent: tenant, salt, total, counts, types, home: null }
}
