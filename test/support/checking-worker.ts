// A worker process that answers preflights with a provider whose findings are given, and does nothing else.
import { answerPreflights } from '../../apps/worker/src/answer-preflights.ts'
import { loadTransport } from '../../apps/worker/src/registry.ts'
import type { Finding, Limit, Provider, ProviderName } from '@cae/core'
import {
  consumerConnection,
  createLog,
  onShutdown,
  preflights,
  questionSource,
  redisLimiter,
  systemClock,
  type TransportSettings,
} from '@cae/runtime'

/** `CHECKING_WORKER`, as JSON. */
export interface CheckingWorkerOptions {
  readonly providers: readonly ProviderName[]
  readonly findings: readonly Finding[]
  /** Milliseconds that a check takes. */
  readonly takes?: number
  /** What a check throws instead. */
  readonly throws?: string
  /** Where it delivers to: nowhere unless given. */
  readonly transport?: TransportSettings
}

const PREFIX = '{cae}'
const LIMITS: readonly Limit[] = [
  {
    name: 'aws.test',
    per: ['account', 'region'],
    ratePerSecond: 1000,
    burst: 1000,
    where: { provider: 'aws' },
    source: 'a test',
  },
]
const options = JSON.parse(process.env['CHECKING_WORKER']!) as CheckingWorkerOptions
const { providers, findings, takes = 0, throws } = options
const redisUrl = process.env['REDIS_URL']!

const providerOf = (name: ProviderName): Provider => ({
  name,
  limits: LIMITS,
  permissions: [
    { action: 'test:Read', purpose: 'reads' },
    { action: 'test:Never', purpose: 'is never tried', optional: true },
  ],
  plan: async () => ({ slices: [], gaps: [] }),
  open: () => Promise.reject(new Error('it only checks')),
  async check(target, { signal, clock, limiter }) {
    process.send?.({ type: 'checking', provider: name, target })
    signal.addEventListener('abort', () =>
      process.send?.({ type: 'aborted', reason: (signal.reason as Error).message }),
    )
    const scope = { provider: name, operation: 'Test', account: '1', region: 'r' }
    await limiter.run(scope, () => clock.sleep(takes, signal), signal)
    if (throws) throw new Error(throws)
    return findings
  },
})

const transport = await loadTransport(options.transport ?? { type: 'null' })
const redis = consumerConnection(redisUrl)
const log = createLog({ level: 'warn', format: 'json' })
const answering = answerPreflights({
  preflights: preflights(redis, PREFIX),
  questions: questionSource(redisUrl, PREFIX, providers),
  providers: new Map(providers.map((name) => [name, providerOf(name)])),
  transport,
  limiter: redisLimiter({
    redis,
    prefix: PREFIX,
    limits: LIMITS,
    headroom: 0.5,
    longestWait: 1000,
    clock: systemClock,
  }),
  allowed: { limits: LIMITS, headroom: 0.5 },
  clock: systemClock,
  log,
})
onShutdown(
  log,
  [
    {
      name: 'answering',
      async run() {
        await answering.stop()
        await transport.close()
        redis.disconnect()
        process.disconnect()
      },
    },
  ],
  5000,
)
process.send?.({ type: 'ready' })
