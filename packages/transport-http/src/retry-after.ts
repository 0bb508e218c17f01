/** Milliseconds worth waiting within a delivery; beyond that the task goes back to the queue, which waits for free. */
export const MAX_WAIT = 60_000
/** A receiver's mistake must not park a task for years. */
const MAX_RETRY_AFTER = 3_600_000
const BASE = 500
const MAX_BACKOFF = 30_000

/** A `Retry-After` header, seconds or an HTTP date, in milliseconds from now; undefined where it says nothing. */
export function parseRetryAfter(header: string | undefined, now: number): number | undefined {
  const text = header?.trim()
  if (!text) return undefined
  const milliseconds = /^\d+(\.\d+)?$/.test(text) ? Number(text) * 1000 : Date.parse(text) - now
  if (Number.isNaN(milliseconds)) return undefined
  return Math.min(Math.max(milliseconds, 0), MAX_RETRY_AFTER)
}

/**
 * Milliseconds before the next attempt: exponential, half of it drawn so that workers don't come back in step. What
 * the receiver asked for is never undercut.
 */
export function delayBefore(tries: number, retryAfter: number | undefined, random: number): number {
  if (retryAfter) return retryAfter + random * BASE
  const backoff = Math.min(BASE * 2 ** (tries - 1), MAX_BACKOFF)
  return backoff / 2 + (random * backoff) / 2
}
