import type { BudgetView, LimitView } from '@cae/runtime'
import type { RequestHandler } from 'express'
import Joi from 'joi'
import type { Dependencies } from './dependencies.ts'
import { Problem } from './problem.ts'
import { checkQuery } from './query.ts'
import { iso } from './views.ts'

const quotasQuery = Joi.object<{ limit: number; offset: number; name?: string }>({
  limit: Joi.number().integer().min(1).max(1000).default(20),
  offset: Joi.number().integer().min(0).default(0),
  name: Joi.string(),
})

/** The limits that workers apply, and a page of the budgets in use, the most used first. */
export function quotasRoute({ quotas, clock }: Dependencies): RequestHandler {
  return async (request, response) => {
    const { limit, offset, name } = checkQuery(quotasQuery, request.query)
    const { limits, budgets } = await quotas.read(clock.now())
    const names = limits.map((one) => one.limit.name)
    if (name !== undefined && !names.includes(name)) {
      const message = `${JSON.stringify(name)} is no limit; known are ${names.join(', ')}`
      throw new Problem(422, 'invalid query: name', [{ field: 'name', message }])
    }
    const wanted = name === undefined ? budgets : budgets.filter((budget) => budget.limit.name === name)
    response.json({
      limits: limits.filter((one) => name === undefined || one.limit.name === name).map(limitDetail),
      total: wanted.length,
      limit,
      offset,
      budgets: wanted.slice(offset, offset + limit).map(budgetDetail),
    })
  }
}

function limitDetail({ limit, budgets, slowed, paused, calls, throttles }: LimitView) {
  return {
    name: limit.name,
    provider: limit.where.provider ?? null,
    operation: limit.where.operation ?? null,
    per: limit.per.map(snake),
    rate_per_second: limit.ratePerSecond,
    burst: limit.burst,
    window_seconds: limit.windowSeconds ?? null,
    calls_per_day: limit.perDay ?? null,
    headroom: limit.headroom,
    source: limit.source,
    budgets: { in_use: budgets, slowed, paused },
    calls,
    throttled: throttles,
  }
}

function budgetDetail(budget: BudgetView) {
  const { limit, remaining } = budget
  return {
    limit: limit.name,
    scope: Object.fromEntries(Object.entries(budget.scope).map(([key, value]) => [snake(key), value])),
    rate_per_second: budget.ratePerSecond,
    declared_rate_per_second: limit.ratePerSecond,
    slowed: budget.slowed,
    calls_last_minute: budget.callsLastMinute,
    calls_last_day: budget.callsLastDay,
    remaining: remaining && { count: remaining.count, said_at: iso(remaining.at) },
    paused_until: iso(budget.pausedUntil),
    throttled: budget.throttles,
    throttled_at: iso(budget.throttledAt),
  }
}

function snake(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}
