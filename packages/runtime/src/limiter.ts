import {
  counts,
  ExtractionError,
  type Clock,
  type Limit,
  type Limiter,
  type LimitScope,
  type QuotaReport,
} from '@cae/core'
import type { Redis } from 'ioredis'
import { LIMITER_SCRIPTS } from './limiter-scripts.ts'
import { defineScripts } from './redis.ts'

/** The native code of a `THROTTLED` that the limiter threw, not the provider. */
export const OWN_REFUSAL = 'LIMITER'

/**
 * A call reaches the provider somewhat after its slot, and not each equally late. Slots of one window are spread over this
 * share more than the window, so that two that are that much apart in lateness do not put one call too many into it.
 */
const GUARD = 0.03

/** Milliseconds. A caller that waited longer asks again whether its slot still counts; it would be a long time to be wrong. */
const ASK_AGAIN_MS = 250

/** Milliseconds. A task that waits for a day's budget looks again this often; another client may have given some back. */
const LONGEST_RETRY_MS = 15 * 60_000

// What a provider asks to wait is believed up to this, in milliseconds.
const LONGEST_PAUSE_MS = 3_600_000

// How often a slot is given up because its caller woke late; a machine that is always late goes on all the same.
const LATE_TRIES = 1

/** The deadline of a call, a minute unless it is set, and what it takes to sign in before. */
const LONGEST_CALL_MS = 75_000

export interface LimiterOptions {
  readonly redis: Redis
  readonly prefix: string
  readonly limits: readonly Limit[]
  /** Share of each declared rate that we use, above 0 and at most 1. */
  readonly headroom: number
  /** Milliseconds: a slot further away is not waited for; a third of the provider's window is, where that is longer. */
  readonly longestWait: number
  /** Milliseconds: a call that is not answered by then was of a worker that died. */
  readonly longestCall?: number
  readonly clock: Clock
}

/** The limiter that all workers of one Redis share. */
export function redisLimiter(options: LimiterOptions): Limiter {
  const { redis, prefix, limits, headroom } = options
  const scripts = defineScripts(redis, prefix, LIMITER_SCRIPTS)
  const takeTurn = turns(scripts, options)

  return {
    async run(scope, call, signal) {
      const budgets = limits.filter((limit) => counts(limit, scope)).map((limit) => budgetOf(limit, scope, headroom))
      if (budgets.length === 0) return call(() => {})
      const turn = await takeTurn(scope, budgets, signal)
      // Not waited for: commands of one connection keep their order, and the next answer says it again.
      const report = ({ remaining, resetsAfter }: QuotaReport) => {
        if (resetsAfter <= 0) return
        const each = turn.held.flatMap(({ name, seq }) => [name, seq])
        scripts.report(remaining, Math.min(resetsAfter, LONGEST_PAUSE_MS), ASK_AGAIN_MS, ...each).catch(ignore)
      }
      try {
        return await call(report)
      } catch (error) {
        if (error instanceof ExtractionError && error.code === 'THROTTLED') {
          const each = turn.held.flatMap(({ name, epoch, pause }) => [name, epoch, pause])
          const retryAfter = Math.min(error.retryAfter ?? 0, LONGEST_PAUSE_MS)
          await scripts.throttled(scope.provider, retryAfter, ASK_AGAIN_MS, ...each).catch(ignore)
        }
        throw error
      } finally {
        const windowed = turn.held.filter(({ window }) => window > 0)
        const each = windowed.flatMap(({ name, seq, guard }) => [name, seq, guard])
        if (each.length > 0) scripts.answered(...each).catch(ignore)
      }
    },
  }
}

// The call has ended, well or not, and that counts for whoever made it; the budget hears of the next one.
function ignore(): void {}

/** For clouds without quotas, such as a simulator that enforces none. */
export function unlimited(): Limiter {
  return { run: (_scope, call) => call(() => {}) }
}

/** A limit applied to one scope, in the numbers that the scripts work with; times in milliseconds. */
interface Budget {
  readonly name: string
  readonly interval: number
  readonly burst: number
  /** With its guard; 0 where the provider keeps no windows. */
  readonly window: number
  /** How late for its slot a call may be. */
  readonly guard: number
  readonly requests: number
  readonly perDay: number
  /** Between the calls of others, in the share that headroom leaves to them; 0 where it leaves none. */
  readonly others: number
  /** After a throttle that does not say how long. */
  readonly pause: number
}

function budgetOf(limit: Limit, scope: LimitScope, headroom: number): Budget {
  const { ratePerSecond, windowSeconds = 0, perDay = 0 } = limit
  const burst = Math.max(1, limit.burst * headroom)
  const requests = Math.max(1, Math.floor(ratePerSecond * windowSeconds * headroom + 1e-9))
  const window = windowSeconds * 1000 * (1 + GUARD)
  // A bucket for one call has no room for one that comes a little early for its turn, so those are spread too.
  const spread = limit.burst < 2 ? 1 + GUARD : 1
  const interval = window > 0 ? window / requests : (1000 * spread) / (ratePerSecond * headroom)
  return {
    name: budgetName(limit, scope),
    interval,
    burst,
    window,
    guard: window > 0 ? windowSeconds * 1000 * GUARD : burst * interval,
    requests,
    perDay: perDay > 0 ? Math.max(1, Math.floor(perDay * headroom)) : 0,
    others: window > 0 && headroom < 1 ? 1000 / (ratePerSecond * (1 - headroom)) : 0,
    // The provider's bucket is given time to fill a little, or the next call is refused like this one.
    pause: Math.max(burst * interval, window / 20),
  }
}

/** `|` stands between the limit's name and the values that its budgets are kept by. */
export function budgetName({ name, per }: Pick<Limit, 'name' | 'per'>, scope: LimitScope): string {
  return [name, ...per.map((key) => scope[key])].join('|')
}

/** A slot in every budget that counts the call. */
interface Turn {
  /** Milliseconds from the answer, and Redis' time. */
  readonly wait: number
  readonly at: string
  readonly held: readonly (Budget & { readonly seq: number; readonly epoch: number })[]
}

type Scripts = ReturnType<typeof defineScripts<keyof typeof LIMITER_SCRIPTS>>

/**
 * Takes a turn and sleeps until it has come: one round trip, and another where the wait was long. Rejects with the
 * signal's reason when it aborts meanwhile, and gives the turn back.
 */
function turns(scripts: Scripts, { clock, longestWait, longestCall = LONGEST_CALL_MS }: LimiterOptions) {
  const take = async (scope: LimitScope, budgets: readonly Budget[]): Promise<Turn> => {
    const argv = budgets.flatMap((budget) => {
      const { name, interval, burst, window, requests, perDay, others } = budget
      return [name, interval, burst, window, requests, perDay, others]
    })
    // Whoever takes up a task that went back to the queue reads anew what this worker holds beside it.
    const patience = Math.max(longestWait, ...budgets.map(({ window }) => Math.ceil(window / 3)))
    const [wait, at, ...rest] = (await scripts.acquire(patience, longestCall, ...argv)) as string[]
    if (Number(wait) < 0) throw refusal(scope, -Number(wait), patience)
    const held = budgets.map((budget, n) => ({
      ...budget,
      seq: Number(rest[2 * n]),
      epoch: Number(rest[2 * n + 1]),
    }))
    return { wait: Number(wait), at: at!, held }
  }
  const giveBack = ({ at, held }: Turn) =>
    scripts.giveBack(at, ...held.flatMap(({ name, seq, interval, window }) => [name, seq, interval, window]))

  /** Sleeps until the turn has come, and says what became of it meanwhile. */
  const waitFor = async (
    { wait, at, held }: Turn,
    signal: AbortSignal | undefined,
  ): Promise<'mine' | 'late' | 'recalled'> => {
    if (wait < 1) return 'mine'
    const due = clock.now() + wait
    await clock.sleep(Math.ceil(wait), signal)
    if (wait > ASK_AGAIN_MS) {
      const holds = await scripts.holds(...held.flatMap(({ name, epoch }) => [name, epoch]))
      if (holds !== 1) return 'recalled'
    }
    const late = held.filter(({ guard }) => clock.now() - due > guard)
    return late.length === 0 || (await move(at, late)) ? 'mine' : 'late'
  }
  const move = async (at: string, held: Turn['held']): Promise<boolean> => {
    // A bucket of the provider's was full meanwhile, and what did not go in time is lost.
    if (held.some(({ window }) => window === 0)) return false
    const each = held.flatMap(({ name, seq, window, guard, requests }) => [name, seq, window - guard, requests])
    return (await scripts.move(at, ...each)) === 1
  }

  return async (scope: LimitScope, budgets: readonly Budget[], signal?: AbortSignal): Promise<Turn> => {
    for (let late = 0; ;) {
      signal?.throwIfAborted()
      const turn = await take(scope, budgets)
      try {
        const state = await waitFor(turn, signal)
        if (state === 'late') late++
        if (state === 'mine' || late > LATE_TRIES) return turn
      } catch (error) {
        await giveBack(turn).catch(ignore)
        throw error
      }
      await giveBack(turn)
    }
  }
}

function refusal({ operation }: LimitScope, wait: number, longest: number): ExtractionError {
  return new ExtractionError('THROTTLED', `no room for ${operation} within ${longest} ms`, {
    retryAfter: Math.ceil(Math.min(wait, LONGEST_RETRY_MS)),
    nativeCode: OWN_REFUSAL,
  })
}
