import type { ExtractionError } from '@cae/core'

const LONGEST_MS = 60_000

/** Milliseconds before the next try: twice as long each time, a minute at most, and never before the other side says. */
export function delayOf({ retryAfter = 0 }: ExtractionError, times: number, backoff: number): number {
  return Math.max(retryAfter, Math.min(backoff * 2 ** (times - 1), LONGEST_MS))
}

/** A refusal that is older says nothing of the next one. */
const FORGET_MS = 15 * 60_000

/** Milliseconds without a refusal after which those before do not count; never before the next try, or patience is over. */
export function forgetAfter(delay: number, patience = 0): number {
  return Math.max(FORGET_MS, 2 * delay, patience)
}
