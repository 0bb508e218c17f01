import { setImmediate as turn } from 'node:timers/promises'
import type { Clock } from '@cae/core'

/** A clock whose sleeps take no time and move it on. */
export function instantClock(start = Date.parse('2026-11-01T00:00:00Z')): Clock & { readonly slept: number[] } {
  const slept: number[] = []
  let now = start
  return {
    slept,
    now: () => now,
    async sleep(milliseconds, signal) {
      signal?.throwIfAborted()
      slept.push(milliseconds)
      now += milliseconds
      await turn()
    },
  }
}
