import type { ApiClient } from './api/client.ts'
import type { BudgetDetail, QuotasDetail } from './api/views.ts'
import { EXIT } from './exit-code.ts'
import { count, counted, rate, relative } from './text/quantity.ts'
import { table } from './text/table.ts'
import type { Terminal } from './text/terminal.ts'

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
    scopeText(budget),
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

/** `111122223333 us-east-1`; what goes by no name of its own is told what it is: `default principal`. */
function scopeText({ scope }: BudgetDetail): string {
  return Object.entries(scope)
    .map(([part, name]) => (name === 'default' ? `default ${part.replaceAll('_', ' ')}` : name))
    .join(' ')
}

function stateOf({ paused_until, slowed }: BudgetDetail, now: number): string {
  if (paused_until !== null && Date.parse(paused_until) > now) return `paused, goes on ${relative(paused_until, now)}`
  return slowed ? 'slowed' : ''
}
