import type { Finding, Limit } from '@cae/core'
import type { LimitEstimate, RunEstimate } from '@cae/runtime'

/** What the limiter allows. */
export interface Allowed {
  readonly limits: readonly Limit[]
  /** The share of each rate that we use; null where the limiter is off. */
  readonly headroom: number | null
}

/**
 * What a full run takes: calls ÷ allowed rate, for the budget of each limit that has the most of them. Budgets are used up
 * side by side, so the slowest decides. Null where no finding has an estimate.
 */
export function estimateRun(findings: readonly Finding[], allowed: Allowed): RunEstimate | null {
  const told = findings.filter(({ estimate }) => estimate !== undefined)
  if (told.length === 0) return null
  const names = [...new Set(told.flatMap(({ estimate }) => Object.keys(estimate!.calls)))]
  const limits = names.map((name) => estimateLimit(name, told, allowed)).toSorted((a, b) => slowness(b) - slowness(a))
  const [slowest] = limits
  const counts = told.flatMap(({ estimate }) => estimate!.resources ?? [])
  return {
    resources: counts.length > 0 ? sum(counts) : null,
    calls: callsOf(limits, allowed),
    seconds: slowest?.seconds ?? null,
    decidedBy: slowest && slowest.seconds !== null ? slowest.name : null,
    limits,
    atLeast:
      findings.some(({ status }) => status === 'missing') ||
      (allowed.headroom !== null && limits.some(({ seconds }) => seconds === null)),
  }
}

function estimateLimit(name: string, told: readonly Finding[], allowed: Allowed): LimitEstimate {
  const { headroom } = allowed
  const limit = allowed.limits.find((one) => one.name === name)
  const budgets = new Map<string, number>()
  for (const { scope, region, estimate } of told) {
    const calls = estimate!.calls[name] ?? 0
    const budget = budgetOf(limit, scope, region)
    budgets.set(budget, (budgets.get(budget) ?? 0) + calls)
  }
  const busiest = Math.max(...budgets.values())
  const known = limit && headroom !== null ? { limit, headroom } : null
  return {
    name,
    calls: sum([...budgets.values()]),
    busiest,
    ratePerSecond: known && rateOf(known.limit, known.headroom),
    seconds: known && secondsFor(busiest, known.limit, known.headroom),
  }
}

// One call may be counted by several limits, such as those of a project and of its organization.
function callsOf(limits: readonly LimitEstimate[], allowed: Allowed): number {
  const byOperation = new Map<string, number>()
  for (const { name, calls } of limits) {
    const where = allowed.limits.find((one) => one.name === name)?.where
    const operation = where ? JSON.stringify(where) : name
    byOperation.set(operation, Math.max(calls, byOperation.get(operation) ?? 0))
  }
  return sum([...byOperation.values()])
}

// Of a window the limiter uses whole calls.
function rateOf({ ratePerSecond, windowSeconds }: Limit, headroom: number): number {
  if (!windowSeconds) return ratePerSecond * headroom
  return Math.max(1, Math.floor(ratePerSecond * windowSeconds * headroom + 1e-9)) / windowSeconds
}

const DAY_SECONDS = 86_400

function secondsFor(calls: number, limit: Limit, headroom: number): number {
  const daysBefore = limit.perDay ? Math.floor(Math.max(0, calls - 1) / (limit.perDay * headroom)) : 0
  return Math.max(calls / rateOf(limit, headroom), daysBefore * DAY_SECONDS)
}

// Of what a limit counts by, a finding knows scope and region. The rest (principal, quota project) is one for all of them.
function budgetOf(limit: Limit | undefined, scope: string, region: string): string {
  const keys = limit?.per ?? []
  return JSON.stringify([keys.includes('account') && scope, keys.includes('region') && region])
}

function slowness({ seconds }: LimitEstimate): number {
  return seconds ?? -1
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
