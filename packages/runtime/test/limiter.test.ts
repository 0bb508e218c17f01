import { expect } from 'chai'
import { Redis } from 'ioredis'
import { setMaxListeners } from 'node:events'
import { ExtractionError, type Clock, type Limit, type Limiter, type LimitScope, type QuotaReport } from '@cae/core'
import {
  quotas,
  redisLimiter,
  startPrivateRedis,
  systemClock,
  type LimiterOptions,
  type PrivateRedis,
} from '@cae/runtime'

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
  const redis = () => connections[0]!
  /** A budget of the account and region as the scripts keep it; the minute is that of its last call. */
  const keep = ({ tat, minute = Math.floor(Date.now() / 60_000) }: { tat: number; minute?: number }) => {
    const pack = `redis.call('HSET', KEYS[1], 'test.select', cmsgpack.pack({ ${tat}, ${minute}, 1 }))`
    return redis().eval(pack, 1, '{test}:budgets:1|r')
  }
  const throttledFor = (retryAfter: number) => () =>
    Promise.reject(new ExtractionError('THROTTLED', 'slow down', { retryAfter }))
  const views = async (limit: Limit) => {
    const book = quotas(redis(), '{test}')
    await book.publish([limit], 1, 0)
    return book.read(0)
  }
  const rateOf = async (limit: Limit) => (await views(limit)).budgets[0]!.ratePerSecond
  const timed = async (calls: Promise<number>[]) => (await Promise.all(calls)).toSorted((a, b) => a - b)
  const now = () => Promise.resolve(performance.now())
  const refused = (promise: Promise<unknown>) => promise.catch((thrown: unknown) => thrown) as Promise<ExtractionError>

  it('spaces the calls of several workers over one budget, never closer than the rate allows', async () => {
    const workers = [limiter(), limiter(), limiter()]
    const start = performance.now()
    const times = await timed(workers.flatMap((worker) => Array.from({ length: 10 }, () => worker.run(SCOPE, now))))
    // 30 calls at 100 a second: a busy machine may take longer, and never less.
    expect(times.at(-1)! - start).to.be.at.least(280)
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
    expect(retryAfter).to.be.within(5001, 10_300)
  })

  it('uses the share of the quota that headroom leaves', async () => {
    const half = limiter({ limits: [{ ...LIMIT, ratePerSecond: 0.2 }], headroom: 0.5, longestWait: 100 })
    await half.run(SCOPE, now)
    expect((await refused(half.run(SCOPE, now))).retryAfter).to.be.within(5001, 10_300)
  })

  it('never lets more calls into a window than the provider allows in one, and uses nearly all of them', async () => {
    const windowed: Limit = { ...LIMIT, ratePerSecond: 0.1, burst: 3, windowSeconds: 60 }
    const ahead = { limits: [windowed], longestWait: 600_000 }
    const workers = [limiter(ahead), limiter(ahead)]
    const controller = new AbortController()
    setMaxListeners(0, controller.signal)
    const waiting = workers.flatMap((worker) =>
      Array.from({ length: 10 }, () => refused(worker.run(SCOPE, now, controller.signal))),
    )
    const key = '{test}:limit:test.select|1|r:log'
    while ((await redis().zcard(key)) < 20) await systemClock.sleep(5)
    const log = await redis().zrange(key, '0', '-1', 'WITHSCORES')
    controller.abort()
    await Promise.all(waiting)
    const slots = log.filter((_score, n) => n % 2 === 1).map(Number)
    // 6 calls in 60 s, and 3 % more for calls that arrive unevenly late.
    const spans = slots.slice(6).map((slot, n) => slot - slots[n]!)
    expect(Math.min(...spans)).to.be.at.least(60_000)
    expect(slots.at(-1)! - slots[0]!).to.be.within(3 * 60_000, 3.2 * 61_800)
  })

  it('counts a call whose caller woke late from when it went, and the next ones wait for that', async () => {
    const windowed: Limit = { ...LIMIT, ratePerSecond: 2, burst: 2, windowSeconds: 1 }
    const sleepy: Clock = { ...systemClock, sleep: (ms, signal) => systemClock.sleep(ms + 400, signal) }
    const one = limiter({ limits: [windowed], clock: sleepy })
    await Promise.all([one.run(SCOPE, now), one.run(SCOPE, now), one.run(SCOPE, now)])
    const key = '{test}:limit:test.select|1|r:log'
    const [last, score] = await redis().zrange(key, '-1', '-1', 'WITHSCORES')
    expect(last).to.equal('3')
    const [second, microseconds] = await redis().time()
    const age = Number(second) * 1000 + Number(microseconds) / 1000 - Number(score)
    // It was to go 1030 ms after the first ones, and went 400 ms later.
    expect(age).to.be.below(300)
  })

  it('counts a call that was long on its way from when it was answered, since it may have come last', async () => {
    const windowed: Limit = { ...LIMIT, ratePerSecond: 1, burst: 2, windowSeconds: 2 }
    const one = limiter({ limits: [windowed] })
    await one.run(SCOPE, () => systemClock.sleep(500))
    await one.run(SCOPE, now)
    const { retryAfter } = await refused(limiter({ limits: [windowed], longestWait: 1 }).run(SCOPE, now))
    expect(retryAfter).to.be.within(1600, 2060)
  })

  it("holds the organization's window over all projects, without one project's wait holding up another's", async () => {
    const project: Limit = { ...LIMIT, name: 'test.project', per: ['quotaProject'], ratePerSecond: 0.2, burst: 1 }
    const organization: Limit = { ...LIMIT, name: 'test.organization', per: ['organization'], burst: 3 }
    const windowed = { ...organization, ratePerSecond: 0.05, windowSeconds: 60 }
    const one = limiter({ limits: [project, windowed], longestWait: 10_000 })
    const of = (quotaProject: string) => ({ ...SCOPE, quotaProject, organization: 'o' })
    await one.run(of('a'), now)
    const ahead = new AbortController()
    const waiting = refused(one.run(of('a'), now, ahead.signal))
    await one.run(of('b'), now)
    ahead.abort(new Error('enough'))
    expect(await waiting).to.have.property('message', 'enough')
    await one.run(of('c'), now)
    expect((await refused(one.run(of('d'), now))).retryAfter).to.be.within(50_000, 61_800)
  })

  it("ends with the day's budget, headroom taken off, and goes on when the hours have passed", async () => {
    const daily = limiter({ limits: [{ ...LIMIT, perDay: 8, burst: 100 }], headroom: 0.5 })
    for (let n = 0; n < 4; n++) await daily.run(SCOPE, now)
    const error = await refused(daily.run(SCOPE, now))
    expect(error.code).to.equal('THROTTLED')
    const key = '{test}:limit:test.select|1|r:day'
    const [[hour, count] = []] = Object.entries(await redis().hgetall(key))
    expect(count).to.equal('4')
    await redis().del(key)
    await redis().hset(key, { [Number(hour) - 24]: 3, [Number(hour) - 25]: 4 })
    await daily.run(SCOPE, now)
    expect((await refused(daily.run(SCOPE, now))).code).to.equal('THROTTLED')
  })

  it('pauses for everybody as long as the provider asks when it throttles', async () => {
    const [one, other] = [limiter({ longestWait: 1 }), limiter({ longestWait: 1 })]
    await refused(one.run(SCOPE, throttledFor(5000)))
    const error = await refused(other.run(SCOPE, now))
    expect(error.code).to.equal('THROTTLED')
    expect(error.retryAfter).to.be.within(1, 5000)
  })

  describe('after throttles', () => {
    const fast: Limit = { ...LIMIT, ratePerSecond: 1000, burst: 10 }
    const calls = async (one: Limiter, times: number, call: () => Promise<unknown> = now) => {
      for (let n = 0; n < times; n++) await one.run(SCOPE, call).catch(() => {})
    }

    it('a single one costs little, and nothing any more after some calls', async () => {
      const one = limiter({ limits: [fast] })
      await calls(one, 1)
      await calls(one, 1, throttledFor(1))
      expect(await rateOf(fast)).to.be.within(949, 990)
      await calls(one, 400)
      expect(await rateOf(fast)).to.equal(1000)
    })

    it('several in a row are a lower quota: the rate falls to it, and stays about there for a while', async () => {
      const one = limiter({ limits: [fast] })
      const rates: number[] = []
      for (let n = 0; n < 4; n++) {
        await calls(one, 10)
        await calls(one, 1, throttledFor(1))
        rates.push(await rateOf(fast))
      }
      expect(rates).to.deep.equal(rates.toSorted((a, b) => b - a))
      expect(rates.at(-1)).to.be.below(500)
      await calls(one, 200)
      const settled = await rateOf(fast)
      await calls(one, 100)
      expect(await rateOf(fast)).to.be.within(settled, settled * 1.05)
    })

    it('all of one burst are one event', async () => {
      const one = limiter({ limits: [fast] })
      await Promise.all(Array.from({ length: 8 }, () => refused(one.run(SCOPE, throttledFor(1)))))
      expect(await rateOf(fast)).to.be.within(949, 960)
      expect((await views(fast)).budgets[0]).to.include({ throttles: 8 })
    })
  })

  it('is called back from a slot far ahead when a throttle changes the schedule meanwhile', async () => {
    const slow: Limit = { ...LIMIT, ratePerSecond: 2, burst: 2 }
    const [one, other] = [limiter({ limits: [slow] }), limiter({ limits: [slow], longestWait: 600 })]
    const throttling = one.run(SCOPE, async () => {
      await systemClock.sleep(100)
      return throttledFor(5000)()
    })
    await one.run(SCOPE, now)
    const waiting = refused(other.run(SCOPE, now))
    await refused(throttling)
    expect(await waiting).to.include({ code: 'THROTTLED', nativeCode: 'LIMITER' })
  })

  describe('the word of the provider', () => {
    const windowed: Limit = { ...LIMIT, ratePerSecond: 10, burst: 100, windowSeconds: 10 }
    const saying = (remaining: number, resetsAfter: number) => (report: (quota: QuotaReport) => void) => {
      report({ remaining, resetsAfter })
      return Promise.resolve(0)
    }

    it('pauses when its window is used up', async () => {
      const one = limiter({ longestWait: 1 })
      await one.run(SCOPE, saying(0, 3000))
      expect((await refused(one.run(SCOPE, now))).retryAfter).to.be.within(1, 3000)
    })

    it('corrects the budget down when others have used it too, for every worker', async () => {
      const [one, other] = [limiter({ limits: [windowed] }), limiter({ limits: [windowed], longestWait: 1 })]
      await one.run(SCOPE, saying(2, 5000))
      await other.run(SCOPE, now)
      await other.run(SCOPE, now)
      expect((await refused(other.run(SCOPE, now))).retryAfter).to.be.within(1, 5000)
    })

    it('counts off what went on its way before the answer came', async () => {
      const one = limiter({ limits: [windowed], longestWait: 1 })
      await one.run(SCOPE, async (report) => {
        for (let n = 0; n < 3; n++) await one.run(SCOPE, now)
        return saying(4, 5000)(report)
      })
      await one.run(SCOPE, now)
      expect((await refused(one.run(SCOPE, now))).code).to.equal('THROTTLED')
    })

    it('counts off what went before and has not been answered, however long it takes', async () => {
      const one = limiter({ limits: [windowed], longestWait: 1 })
      let arrive = (_value: number) => {}
      const slow = one.run(SCOPE, () => new Promise<number>((resolve) => (arrive = resolve)))
      await one.run(SCOPE, saying(2, 5000))
      await one.run(SCOPE, now)
      expect((await refused(one.run(SCOPE, now))).code).to.equal('THROTTLED')
      arrive(0)
      await slow
    })

    it('corrects the budget up: the rate that throttles had lowered is the declared one again', async () => {
      const short = { ...windowed, ratePerSecond: 100, burst: 2, windowSeconds: 0.5 }
      const one = limiter({ limits: [short] })
      for (let n = 0; n < 3; n++) await refused(one.run(SCOPE, throttledFor(1)))
      expect(await rateOf(short)).to.be.below(60)
      await one.run(SCOPE, saying(45, 5000))
      expect(await rateOf(short)).to.equal(100)
    })

    it("leaves the others' share of what is left to them", async () => {
      const half = limiter({ limits: [windowed], headroom: 0.5, longestWait: 1 })
      await half.run(SCOPE, saying(20, 8000))
      const { retryAfter } = await refused(half.run(SCOPE, now))
      // 20 are left, and others may take 5 a second: for us there is room once 3.8 s are left.
      expect(retryAfter).to.be.within(3000, 4200)
      const whole = limiter({ limits: [windowed], longestWait: 1 })
      await whole.run(SCOPE, now)
    })
  })

  it('waits for a third of the window of a provider that counts in windows, whatever else it waits for', async () => {
    const windowed: Limit = { ...LIMIT, ratePerSecond: 2, burst: 1, windowSeconds: 3 }
    const one = limiter({ limits: [windowed], longestWait: 1 })
    await Promise.all([one.run(SCOPE, now), one.run(SCOPE, now)])
    const { retryAfter } = await refused(Promise.all([one.run(SCOPE, now), one.run(SCOPE, now), one.run(SCOPE, now)]))
    expect(retryAfter).to.be.within(1031, 2000)
  })

  it('gives its slots back when it is aborted while it waits', async () => {
    const slow: Limit = { ...LIMIT, ratePerSecond: 0.5, burst: 1, windowSeconds: 4, perDay: 100 }
    const one = limiter({ limits: [slow], longestWait: 5000 })
    await one.run(SCOPE, now)
    for (let n = 0; n < 4; n++) {
      const controller = new AbortController()
      const waiting = refused(one.run(SCOPE, now, controller.signal))
      await systemClock.sleep(20)
      controller.abort(new Error('enough'))
      expect(await waiting).to.have.property('message', 'enough')
    }
    expect(await redis().zcard('{test}:limit:test.select|1|r:log')).to.equal(1)
    expect(Object.values(await redis().hgetall('{test}:limit:test.select|1|r:day'))).to.deep.equal(['1'])
    // A counter of the metrics never falls: the first that was given back counts until another call takes its place.
    expect((await views(slow)).limits[0]!.calls).to.equal(2)
    const { retryAfter } = await refused(limiter({ limits: [slow], longestWait: 1 }).run(SCOPE, now))
    expect(retryAfter).to.be.within(1, 2060)
  })

  it('goes on when its keys are lost', async () => {
    const one = limiter()
    await one.run(SCOPE, async (report) => {
      await redis().flushall()
      report({ remaining: 5, resetsAfter: 1000 })
    })
    await refused(
      one.run(SCOPE, async () => {
        await redis().flushall()
        return throttledFor(1)()
      }),
    )
    await one.run(SCOPE, now)
  })

  it('goes on when Redis has started again without its scripts', async () => {
    const own = await startPrivateRedis()
    const connection = new Redis(own.url, { maxRetriesPerRequest: null })
    connection.on('error', () => {})
    const one = limiter({ redis: connection })
    await one.run(SCOPE, now)
    await own.kill()
    const again = await startPrivateRedis({ port: Number(new URL(own.url).port) })
    await one.run(SCOPE, now)
    connection.disconnect()
    await again.stop()
  })

  it('does not wait for a time that only a clock set back makes far away', async () => {
    const tomorrow = Date.now() + 86_400_000
    await keep({ tat: tomorrow, minute: Math.floor(tomorrow / 60_000) })
    await redis().zadd('{test}:limit:test.select|1|r:log', tomorrow, 'later')
    const one = limiter({ limits: [{ ...LIMIT, windowSeconds: 0.01 }], longestWait: 100 })
    await one.run(SCOPE, now)
    await one.run(SCOPE, now)
  })

  it('waits for no more than a window for the calls of a clock that was set back since', async () => {
    const later = Date.now() + 240_000
    await keep({ tat: later, minute: Math.floor(later / 60_000) })
    const key = '{test}:limit:test.select|1|r:log'
    for (let n = 1; n <= 5; n++) await redis().zadd(key, later + n, `call ${n}`)
    const windowed: Limit = { ...LIMIT, ratePerSecond: 10, burst: 5, windowSeconds: 0.5 }
    await limiter({ limits: [windowed], longestWait: 1000 }).run(SCOPE, now)
    expect(await redis().zcount(key, later, '+inf')).to.equal(0)
  })

  it('keeps the slots of whoever waits longer than the others', async () => {
    const windowed: Limit = { ...LIMIT, ratePerSecond: 0.1, burst: 3, windowSeconds: 60 }
    const patient = limiter({ limits: [windowed], longestWait: 300_000 })
    const controller = new AbortController()
    setMaxListeners(0, controller.signal)
    const waiting = Array.from({ length: 30 }, () => refused(patient.run(SCOPE, now, controller.signal)))
    const key = '{test}:limit:test.select|1|r:log'
    while ((await redis().zcard(key)) < 30) await systemClock.sleep(5)
    await refused(limiter({ limits: [windowed], longestWait: 1 }).run(SCOPE, now))
    const slots = await redis().zcard(key)
    controller.abort()
    await Promise.all(waiting)
    expect(slots).to.equal(30)
  })

  it('keeps the budgets of an account and region in few bytes, although there is one for each operation', async () => {
    const operations = ['select', 'batch-get', 'counts', 'recorder', 'recorder-status']
    const limits = operations.map((operation) => ({ ...LIMIT, name: `aws.config.${operation}`, where: { operation } }))
    const one = limiter({ limits })
    const used = async () => Number(/used_memory:(\d+)/.exec(await redis().info('memory'))![1])
    const all = (account: string) =>
      Promise.all(operations.map((operation) => one.run({ ...SCOPE, operation, account, region: 'eu-west-1' }, now)))
    await all('before')
    const before = await used()
    await Promise.all(Array.from({ length: 1000 }, (_, n) => all(String(100_000_000_000 + n))))
    expect(((await used()) - before) / 1000).to.be.below(700)
  })

  it('forgets a budget that nobody uses', async () => {
    await limiter({ limits: [{ ...LIMIT, windowSeconds: 1 }] }).run(SCOPE, now)
    const keys = ['{test}:budgets:1|r', '{test}:limit:test.select|1|r:log', '{test}:limit:index']
    for (const key of keys) expect(await redis().pttl(key)).to.be.within(1, 610_000)
  })

  it('forgets it also where another operation of the account and region is in use', async () => {
    const other: Limit = { ...LIMIT, name: 'test.list', where: { operation: 'List' } }
    await keep({ tat: Date.now() - 11 * 60_000, minute: Math.floor(Date.now() / 60_000) - 11 })
    await limiter({ limits: [other] }).run({ ...SCOPE, operation: 'List' }, now)
    const book = quotas(redis(), '{test}')
    await book.publish([LIMIT, other], 1, 0)
    expect((await book.read(0)).budgets.map(({ limit }) => limit.name)).to.deep.equal(['test.list'])
  })

  it('keeps a pause that is longer than others are kept, although others of the account and region go on', async () => {
    const other: Limit = { ...LIMIT, name: 'test.list', where: { operation: 'List' } }
    const one = limiter({ limits: [LIMIT, other] })
    await refused(one.run(SCOPE, throttledFor(3_000_000)))
    await one.run({ ...SCOPE, operation: 'List' }, now)
    expect(await redis().pttl('{test}:budgets:1|r')).to.be.above(3_000_000)
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
