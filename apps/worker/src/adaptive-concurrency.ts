import type { Clock } from '@cae/core'
import pLimit from 'p-limit'

const LOOK_EVERY_MS = 100
/** Milliseconds beyond the quickest round trip to Redis: above, fewer tasks go on at a time; below half of it, more. */
const LATE_MS = 30
const FEWER = 0.75
const MORE = 1.1
const LEAST_SHARE = 1 / 16
/** So that a task that waits for its quota does not keep the others from going on. */
const LEAST_TASKS = 2
/** Milliseconds by which the quickest round trip is forgotten with each look: after a failover Redis may be further away. */
const FORGET_MS = 0.05

export interface AdaptiveConcurrency {
  /** The same function, of which at most so many calls go on at a time; the others wait for their turn. */
  readonly limit: <A extends unknown[], R>(most: number, call: (...args: A) => Promise<R>) => (...args: A) => Promise<R>
  /** Nothing waits any more: what comes now is refused by those that stop. */
  readonly stop: () => void
}

export interface AdaptiveConcurrencyOptions {
  readonly redis: { ping(): Promise<unknown> }
  readonly clock: Clock
}

/**
 * Lets fewer calls go on at a time while a round trip to Redis takes long, and as many as there may be when it does not.
 * Whether it is the event loop, the machine or Redis that is behind: more tasks at a time do not get more done then, each
 * only takes longer, and those that a quota paces miss their turns.
 */
export function adaptiveConcurrency({ redis, clock }: AdaptiveConcurrencyOptions): AdaptiveConcurrency {
  const limits: { readonly most: number; readonly gate: { concurrency: number } }[] = []
  const stopping = new AbortController()
  let share = 1
  let quickest = Infinity
  const look = async () => {
    const start = clock.now()
    // An error tells as much: Redis was away for as long as it took.
    await redis.ping().catch(() => {})
    if (stopping.signal.aborted) return
    const took = Math.max(0, clock.now() - start)
    quickest = Math.min(took, quickest + FORGET_MS)
    const late = took - quickest
    if (late > LATE_MS) share = Math.max(LEAST_SHARE, share * FEWER)
    else if (late < LATE_MS / 2) share = Math.min(1, share * MORE)
    for (const { most, gate } of limits) gate.concurrency = atATime(most, share)
  }
  const loop = async () => {
    for (;;) {
      await clock.sleep(LOOK_EVERY_MS, stopping.signal)
      await look()
    }
  }
  loop().catch((error: unknown) => {
    if (!stopping.signal.aborted) throw error
  })
  return {
    limit(most, call) {
      const gate = pLimit(most)
      limits.push({ most, gate })
      return (...args) => gate(call, ...args)
    },
    stop() {
      stopping.abort()
      for (const { most, gate } of limits) gate.concurrency = most
    },
  }
}

function atATime(most: number, share: number): number {
  return Math.max(Math.min(LEAST_TASKS, most), Math.round(most * share))
}
