import type { Context } from './context.ts'
import { ExtractionError } from './errors.ts'

const TRIES = 3
const FIRST_DELAY_MS = 50

/**
 * Tries again at once after a blip: a broken connection (a pooled one that the other side had closed is the usual case) or a
 * 5xx. All else is retried in the queue: a throttle must reach the limiter, and a timeout has cost a minute already. The
 * limiter stands inside of it, not around it, for each try is a request that the provider counts.
 */
export async function overBlips<T>(call: () => Promise<T>, { clock, signal }: Context): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await call()
    } catch (error) {
      const isBlip = error instanceof ExtractionError && error.code === 'UNAVAILABLE'
      if (!isBlip || tries === TRIES) throw error
    }
    await clock.sleep(FIRST_DELAY_MS * 2 ** (tries - 1) * (0.5 + Math.random()), signal)
  }
}
