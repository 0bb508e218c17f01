import type { Limit, LimitScope } from '@cae/core'
import type { Redis } from 'ioredis'
import { LIMITER_SCRIPTS } from './limiter-scripts.ts'
import { defineScripts } from './redis.ts'

const STALE_MS = 10 * 60_000
const CHUNK = 100
/** The share of a rate that is the whole of it, but for rounding. */
const WHOLE_SHARE = 0.999

/** A limit as a worker applies it. */
export interface AppliedLimit extends Limit {
  readonly headroom: number
}

/** A limit with all its budgets taken together. */
export interface LimitView {
  readonly limit: AppliedLimit
  /** Those in use in the last minutes, those of them that are slowed, those that wait. */
  readonly budgets: number
  readonly slowed: number
  readonly paused: number
  /** Since the limiter's keys were made. */
  readonly calls: number
  readonly throttles: number
}

/** One budget: a limit applied to one account, principal or project. Times in milliseconds since the epoch. */
export interface BudgetView {
  readonly limit: AppliedLimit
  readonly scope: Partial<LimitScope>
  /** Calls per second that it allows now: the declared rate, headroom and what throttles have taken from it. */
  readonly ratePerSecond: number
  /** Throttles have taken a part of the rate, and it has not come back whole yet. */
  readonly slowed: boolean
  readonly callsLastMinute: number
  /** Null where the provider has no budget for a day. */
  readonly callsLastDay: number | null
  /** What the provider last said it has left in its window. */
  readonly remaining: { readonly count: number; readonly at: number } | null
  readonly pausedUntil: number | null
  readonly throttles: number
  readonly throttledAt: number | null
}

export interface QuotaViews {
  readonly limits: readonly LimitView[]
  /** The most used first. */
  readonly budgets: readonly BudgetView[]
}

/** What is known of the limits across the cluster, for those who enforce none themselves. */
export interface Quotas {
  /** A worker says now and then what it applies; what nobody says any more is forgotten. */
  publish(limits: readonly Limit[], headroom: number, now: number): Promise<void>
  read(now: number): Promise<QuotaViews>
}

export function quotas(redis: Redis, prefix: string): Quotas {
  const scripts = defineScripts(redis, prefix, { look: LIMITER_SCRIPTS.look })
  const declared = `${prefix}:limit:declared`

  const published = async () =>
    Object.values(await redis.hgetall(declared)).map(
      (text) => JSON.parse(text) as { readonly limit: AppliedLimit; readonly at: number },
    )

  const budgetsOf = async (byName: ReadonlyMap<string, AppliedLimit>): Promise<BudgetView[]> => {
    const holders = await redis.zrange(`${prefix}:limit:index`, '0', '-1')
    const views: BudgetView[] = []
    for (let start = 0; start < holders.length; start += CHUNK) {
      for (const row of (await scripts.look(...holders.slice(start, start + CHUNK))) as LookRow[]) {
        const view = toBudget(row, byName)
        if (view) views.push(view)
      }
    }
    return views.toSorted((a, b) => b.callsLastMinute - a.callsLastMinute || b.throttles - a.throttles)
  }

  return {
    async publish(limits, headroom, now) {
      const stale = (await published()).filter(({ at }) => at < now - STALE_MS).map(({ limit }) => limit.name)
      if (stale.length > 0) await redis.hdel(declared, ...stale)
      if (limits.length === 0) return
      await redis.hset(
        declared,
        Object.fromEntries(
          limits.map((limit) => [limit.name, JSON.stringify({ limit: { ...limit, headroom }, at: now })]),
        ),
      )
    },
    async read(now) {
      const applied = (await published()).filter(({ at }) => at >= now - STALE_MS).map(({ limit }) => limit)
      const budgets = await budgetsOf(new Map(applied.map((limit) => [limit.name, limit])))
      const totals = await redis.hgetall(`${prefix}:limit:totals`)
      const limits = applied
        .toSorted((a, b) => a.name.localeCompare(b.name))
        .map((limit) => toLimit(limit, budgets, totals))
      return { limits, budgets }
    },
  }
}

type LookRow = readonly [
  name: string,
  share: string,
  minute: number,
  day: number,
  paused: number,
  said: number,
  saidAt: number,
  throttles: number,
  throttledAt: number,
]

function toBudget(row: LookRow, byName: ReadonlyMap<string, AppliedLimit>): BudgetView | undefined {
  const [name, share, callsLastMinute, day, paused, said, saidAt, throttles, throttledAt] = row
  const [limitName, ...values] = name.split('|')
  const limit = byName.get(limitName!)
  if (!limit) return undefined
  return {
    limit,
    scope: Object.fromEntries(limit.per.map((key, n) => [key, values[n] ?? ''])),
    ratePerSecond: limit.ratePerSecond * limit.headroom * Number(share),
    slowed: Number(share) < WHOLE_SHARE,
    callsLastMinute,
    callsLastDay: limit.perDay === undefined ? null : day,
    remaining: said < 0 ? null : { count: said, at: saidAt },
    pausedUntil: paused || null,
    throttles,
    throttledAt: throttledAt || null,
  }
}

function toLimit(
  limit: AppliedLimit,
  budgets: readonly BudgetView[],
  totals: Readonly<Record<string, string>>,
): LimitView {
  const own = budgets.filter((budget) => budget.limit === limit)
  return {
    limit,
    budgets: own.length,
    slowed: own.filter(({ slowed }) => slowed).length,
    paused: own.filter(({ pausedUntil }) => pausedUntil !== null).length,
    calls: Number(totals[`calls:${limit.name}`] ?? 0),
    throttles: Number(totals[`throttles:${limit.name}`] ?? 0),
  }
}
