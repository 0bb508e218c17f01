import { setTimeout as sleep } from 'node:timers/promises'
import type { Clock } from '@cae/core'

export const systemClock: Clock = {
  now: Date.now,
  async sleep(milliseconds, signal) {
    try {
      await sleep(milliseconds, undefined, { signal })
    } catch (error) {
      // The timer says only that it was aborted; the signal knows why.
      signal?.throwIfAborted()
      throw error
    }
  },
}
