import type { ConfigServiceClientConfig } from '@aws-sdk/client-config-service'

type Configured = NonNullable<ConfigServiceClientConfig['retryStrategy']>
type RetryStrategy = Extract<Configured, { acquireInitialRetryToken: unknown }>

const RETRIES = 1

/**
 * The SDK tries again where a clock was wrong, by which the request was signed, and it has corrected it. call.ts does so with
 * blips, and the queue with all else: in here the limiter would not count a further request, nor learn of a throttle.
 */
export const clockOnly: RetryStrategy = {
  acquireInitialRetryToken: async () => token(0),
  refreshRetryTokenForRetry: async (last, { error }) => {
    if (!isClockCorrected(error) || last.getRetryCount() >= RETRIES) throw new Error('no further attempt')
    return token(last.getRetryCount() + 1)
  },
  recordSuccess() {},
}

function isClockCorrected(error: unknown): boolean {
  return (error as { $metadata?: { clockSkewCorrected?: boolean } } | undefined)?.$metadata?.clockSkewCorrected === true
}

function token(count: number) {
  return { getRetryCount: () => count, getRetryDelay: () => 0, getRetryCost: () => 0 }
}
