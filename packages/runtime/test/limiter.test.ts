import { expect } from 'chai'
import { Redis } from 'ioredis'
import { ExtractionError, type Limit, type LimitScope } from '@cae/core'
import { redisLimiter, startPrivateRedis, systemClock, type LimiterOptions, type PrivateRedis } from '@cae/runtime'

const LIMIT: Limit = {
  name: 'test.select',
  per: ['account', 'region'],
  ratePerSecond: 100,
  burst: 1,
  where: { operation: 'Select' },
  source: 'this test',
}
const SCOPE: LimitScope = { provider: 'aws', operation: 'Select', account: '1', region: 'r' }

describe('the limiter', () => {
  let server: PrivateRedis
  const connections: Redis[] = []
  before(async () => {
    server = await startPrivateRedis()
  })
  after(async () => {
    for (const connection of connections) connection.disconnect()
    await server.stop()
  })
  beforeEach(async () => {
    const redis = connections[0] ?? connect()
    await redis.flushall()
  })

  const connect = () => {
    const redis = new Redis(server.url)
    connections.push(redis)
    return redis
  }
  const limiter = (options: Partial<LimiterOptions> = {}) =>
    redisLimiter({
      redis: connect(),
      prefix: '{test}',
      limits: [LIMIT],
      headroom: 1,
      longestWait: 60_000,
      clock: systemClock,
      ...options,
    })
  const timed = async (calls: Promise<number>[]) => (await Promise.all(calls)).toSorted((a, b) => a - b)
  const now = () => Promise.resolve(performance.now())
  const refused = (promise: Promise<unknown>) => promise.catch((thrown: unknown) => thrown) as Promise<ExtractionError>

  it('spaces the calls of several workers over one budget, never closer than the rate allows', async () => {
    const workers = [limiter(), limiter(), limiter()]
    const times = await timed(workers.flatMap((worker) => Array.from({ length: 10 }, () => worker.run(SCOPE, now))))
    // 30 calls at 100 a second: a busy machine may take longer, and never less.
    expect(times.at(-1)! - times[0]!).to.be.at.least(280)
  })

  it('lets a burst pass after a quiet time', async () => {
    const bursting = limiter({ limits: [{ ...LIMIT, ratePerSecond: 1, burst: 5 }], longestWait: 1 })
    await Promise.all(Array.from({ length: 5 }, () => bursting.run(SCOPE, now)))
    expect((await refused(bursting.run(SCOPE, now))).code).to.equal('THROTTLED')
  })

  it('keeps the budgets of different scopes apart', async () => {
    const strict = limiter({ limits: [{ ...LIMIT, ratePerSecond: 0.01 }], longestWait: 1 })
    for (const region of ['a', 'b', 'c']) await strict.run({ ...SCOPE, region }, now)
    expect((await refused(strict.run({ ...SCOPE, region: 'a' }, now))).code).to.equal('THROTTLED')
  })

  it('asks every limit that counts the call', async () => {
    const organization: Limit = { ...LIMIT, name: 'test.organization', per: ['organization'], ratePerSecond: 0.01 }
    const both = limiter({ limits: [LIMIT, organization], longestWait: 1 })
    await both.run({ ...SCOPE, organization: 'o' }, now)
    await both.run(SCOPE, now).catch(() => {})
    expect((await refused(both.run({ ...SCOPE, account: '2', organization: 'o' }, now))).code).to.equal('THROTTLED')
  })

  it('says how far away the next turn is rather than wait for it too long', async () => {
    const slow = limiter({ limits: [{ ...LIMIT, ratePerSecond: 0.1 }], longestWait: 100 })
    await slow.run(SCOPE, now)
    const { retryAfter } = await refused(slow.run(SCOPE, now))
    expect(retryAfter).to.be.within(5001, 10_000)
  })

  it('uses the share of the quota that headroom leaves', async () => {
    const half = limiter({ limits: [{ ...LIMIT, ratePerSecond: 0.2 }], headroom: 0.5, longestWait: 100 })
    await half.run(SCOPE, now)
    expect((await refused(half.run(SCOPE, now))).retryAfter).to.be.within(5001, 10_000)
  })

  it('halves the rate for everybody when the provider throttles, and pauses as long as it asks', async () => {
    const [one, other] = [limiter({ longestWait: 1 }), limiter({ longestWait: 1 })]
    const throttled = () => Promise.reject(new ExtractionError('THROTTLED', 'slow down', { retryAfter: 5000 }))
    await refused(one.run(SCOPE, throttled))
    const error = await refused(other.run(SCOPE, now))
    expect(error.code).to.equal('THROTTLED')
    expect(error.retryAfter).to.be.within(1, 5000)
    const rate = Number(await connections[0]!.hget('{test}:limit:test.select|1|r', 'rate'))
    expect(rate).to.be.within(49, 51)
  })

  it('pauses when the provider reports that its window is used up', async () => {
    const one = limiter({ longestWait: 1 })
    await one.run(SCOPE, (report) => {
      report({ remaining: 0, resetsAfter: 3000 })
      return Promise.resolve()
    })
    expect((await refused(one.run(SCOPE, now))).retryAfter).to.be.within(1, 3000)
  })

  it('lets a call pass that no limit counts', async () => {
    const strict = limiter({ limits: [{ ...LIMIT, ratePerSecond: 0.01 }], longestWait: 1 })
    for (let i = 0; i < 5; i++) await strict.run({ provider: 'aws', operation: 'Other' }, now)
  })

  it('stops waiting when the signal is aborted, with its reason', async () => {
    const slow = limiter({ limits: [{ ...LIMIT, ratePerSecond: 0.1 }] })
    await slow.run(SCOPE, now)
    const controller = new AbortController()
    const waiting = slow.run(SCOPE, now, controller.signal).catch((thrown: unknown) => thrown)
    controller.abort(new Error('enough'))
    expect(await waiting).to.have.property('message', 'enough')
  })
})
