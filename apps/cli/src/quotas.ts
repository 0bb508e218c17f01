import type { ApiClient } from './api-client.ts'
import type { BudgetDetail, QuotasDetail } from './api-views.ts'
import { EXIT } from './exit-code.ts'
import { count, counted, rate, relative } from './quantity.ts'
import { table } from './table.ts'
import type { Terminal } from './terminal.ts'

/** The quota budgets that the workers share, the most used first. */
export async function showQuotas(
  client: ApiClient,
  { limit, json }: { readonly limit: number; readonly json?: boolean },
  terminal: Terminal,
): Promise<number> {
  const quotas = await client.quotas(limit)
  const lines = json ? [JSON.stringify(quotas)] : quotaLines(quotas, terminal, Date.now())
  for (const line of lines) terminal.say(line)
  return EXIT.complete
}

export function quotaLines({ limits, total, budgets }: QuotasDetail, terminal: Terminal, now: number): string[] {
  if (budgets.length === 0)
    return [
      `None of the ${counted(limits.length, 'limit')} is in use: no call was made lately. --json has what is declared.`,
    ]
  const columns = [
    { head: 'Limit' },
    { head: 'Of' },
    { head: 'Calls/s', align: 'right' },
    { head: 'Last min', align: 'right' },
    { head: 'Left', align: 'right' },
    { head: 'Throttled', align: 'right' },
    { head: '' },
  ] as const
  const rows = budgets.map((budget) => [
    budget.limit,
    Object.values(budget.scope).join(' '),
    rate(budget.rate_per_second),
    count(budget.calls_last_minute),
    budget.remaining === null ? '–' : count(budget.remaining.count),
    count(budget.throttled),
    terminal.colors.yellow(stateOf(budget, now)),
  ])
  const more = total - budgets.length
  return [
    ...table(columns, rows, terminal),
    ...(more > 0 ? [terminal.colors.dim(`${counted(more, 'more budget')}: --limit`)] : []),
  ]
}

function stateOf({ paused_until, slowed }: BudgetDetail, now: number): string {
  if (paused_until !== null && Date.parse(paused_until) > now) return `paused, goes on ${relative(paused_until, now)}`
  return slowed ? 'slowed' : ''
}
