import type { Finding, Limit } from '@cae/core'
import type { LimitEstimate, RunEstimate } from '@cae/runtime'

/** What the limiter allows; null where it is off. */
export interface Allowed {
  readonly limits: readonly Limit[]
  /** The share of each rate that we use. */
  readonly headroom: number
}

/**
 * What a full run takes: calls ÷ allowed rate, for the budget of each limit that has the most of them. Budgets are used up
 * side by side, so the slowest decides. Null where no finding has an estimate.
 */
export function estimateRun(findings: readonly Finding[], allowed: Allowed | null): RunEstimate | null {
  const told = findings.filter(({ estimate }) => estimate !== undefined)
  if (told.length === 0) return null
  const names = [...new Set(told.flatMap(({ estimate }) => Object.keys(estimate!.calls)))]
  const limits = names.map((name) => estimateLimit(name, told, allowed)).toSorted((a, b) => slowness(b) - slowness(a))
  const [slowest] = limits
  const counts = told.flatMap(({ estimate }) => estimate!.resources ?? [])
  return {
    resources: counts.length > 0 ? sum(counts) : null,
    calls: sum(limits.map(({ calls }) => calls)),
    seconds: slowest?.seconds ?? null,
    decidedBy: slowest && slowest.seconds !== null ? slowest.name : null,
    limits,
    atLeast:
      findings.some(({ status }) => status === 'missing') ||
      (allowed !== null && limits.some(({ seconds }) => seconds === null)),
  }
}

function estimateLimit(name: string, told: readonly Finding[], allowed: Allowed | null): LimitEstimate {
  const limit = allowed?.limits.find((one) => one.name === name)
  const budgets = new Map<string, number>()
  for (const { scope, region, estimate } of told) {
    const calls = estimate!.calls[name] ?? 0
    const budget = budgetOf(limit, scope, region)
    budgets.set(budget, (budgets.get(budget) ?? 0) + calls)
  }
  const busiest = Math.max(...budgets.values())
  const ratePerSecond = limit && allowed ? limit.ratePerSecond * allowed.headroom : null
  return {
    name,
    calls: sum([...budgets.values()]),
    busiest,
    ratePerSecond,
    seconds: ratePerSecond === null ? null : busiest / ratePerSecond,
  }
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
