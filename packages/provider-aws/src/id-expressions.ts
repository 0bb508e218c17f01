import { MAX_EXPRESSION, selectIds } from './expression.ts'

/** Queries that tell which of the ids they have: as few as their length allows. */
export function idExpressions(within: Readonly<Record<string, readonly string[]>>, ids: readonly string[]): string[] {
  if (ids.length === 0) return []
  const expression = selectIds({ in: { ...within, resourceId: ids } })
  if (expression.length <= MAX_EXPRESSION || ids.length === 1) return [expression]
  const half = Math.ceil(ids.length / 2)
  return [...idExpressions(within, ids.slice(0, half)), ...idExpressions(within, ids.slice(half))]
}
