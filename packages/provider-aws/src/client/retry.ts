import type { ConfigServiceClientConfig } from '@aws-sdk/client-config-service'
import { toError } from '../errors.ts'

type Configured = NonNullable<ConfigServiceClientConfig['retryStrategy']>
type RetryStrategy = Extract<Configured, { acquireInitialRetryToken: unknown }>

const RETRIES = 2
const FIRST_DELAY_MS = 50

/**
 * Retries live in two places, here for blips and in the queue for all else. A blip is a broken connection (a pooled one
 * that the other side had closed is the usual case) or a 5xx, or a clock that was wrong and that the SDK has corrected. A throttle must reach the limiter at once, since another
 * attempt in here would go past it; a timeout has cost a whole minute already.
 */
export const blipsOnly: RetryStrategy = {
  acquireInitialRetryToken: async () => token(0),
  refreshRetryTokenForRetry: async (last, { errorType, error }) => {
    const isBlip = errorType === 'TRANSIENT' && (toError(error).code === 'UNAVAILABLE' || isClockCorrected(error))
    if (!isBlip || last.getRetryCount() >= RETRIES) throw new Error('no further attempt')
    return token(last.getRetryCount() + 1)
  },
  recordSuccess() {},
}

function isClockCorrected(error: unknown): boolean {
  return (error as { $metadata?: { clockSkewCorrected?: boolean } } | undefined)?.$metadata?.clockSkewCorrected === true
}

function token(count: number) {
  const delay = count === 0 ? 0 : FIRST_DELAY_MS * 2 ** (count - 1) * (0.5 + Math.random())
  return { getRetryCount: () => count, getRetryDelay: () => delay, getRetryCost: () => 0 }
}
