import type { ExtractionError } from '@cae/core'

const LONGEST_MS = 60_000

/** Milliseconds before the next try: twice as long each time, a minute at most, and never before the other side says. */
export function delayOf({ retryAfter = 0 }: ExtractionError, times: number, backoff: number): number {
  return Math.max(retryAfter, Math.min(backoff * 2 ** (times - 1), LONGEST_MS))
}
