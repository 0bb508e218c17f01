import { MAX_EXPRESSION, selectIds, type Condition } from './expression.ts'

/** Queries for those of the ids that there are: as few as their length allows. */
export function idExpressions(
  within: Readonly<Record<string, readonly string[]>>,
  ids: readonly string[],
  select: (condition: Condition) => string = selectIds,
): string[] {
  if (ids.length === 0) return []
  const expression = select({ in: { ...within, resourceId: ids } })
  if (expression.length <= MAX_EXPRESSION || ids.length === 1) return [expression]
  const half = Math.ceil(ids.length / 2)
  return [...idExpressions(within, ids.slice(0, half), select), ...idExpressions(within, ids.slice(half), select)]
}
