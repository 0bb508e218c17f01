import { expect } from 'chai'
import { Redis } from 'ioredis'
import { ExtractionError, type Limit } from '@cae/core'
import {
  createLog,
  loadSettings,
  quotas,
  redisLimiter,
  startPrivateRedis,
  systemClock,
  type PrivateRedis,
} from '@cae/runtime'
import { startApi, type RunningApi } from '@cae/api'

const SELECT: Limit = {
  name: 'aws.config.select',
  per: ['account', 'region'],
  ratePerSecond: 200,
  burst: 10,
  where: { provider: 'aws', operation: 'Select' },
  source: 'this test',
}
const LIST: Limit = {
  name: 'gcp.asset.list.project',
  per: ['quotaProject'],
  ratePerSecond: 20,
  burst: 20,
  windowSeconds: 60,
  perDay: 5000,
  where: { provider: 'gcp', operation: 'List' },
  source: 'this test too',
}

describe('GET /extraction/quotas', () => {
  let server: PrivateRedis
  let redis: Redis
  let api: RunningApi
  before(async () => {
    server = await startPrivateRedis()
    redis = new Redis(server.url)
    const base = loadSettings({ REDIS_URL: server.url, LOG_LEVEL: 'error' })
    api = await startApi({ ...base, api: { ...base.api, port: 0 } }, createLog({ level: 'error', format: 'json' }))
  })
  after(async () => {
    await api.close()
    redis.disconnect()
    await server.stop()
  })
  beforeEach(async () => {
    await redis.flushall()
  })

  const get = async (path: string) => {
    const response = await fetch(api.url + path)
    const text = await response.text()
    return { status: response.status, text, json: text.startsWith('{') ? JSON.parse(text) : undefined }
  }
  const publish = (limits: readonly Limit[] = [SELECT, LIST], now = Date.now()) =>
    quotas(redis, '{cae}').publish(limits, 0.5, now)
  const limiter = redisLimiterOf(() => redis)
  const ok = () => Promise.resolve()

  /** 3 calls in one region, 1 in another that is throttled, 2 lists of which the last says what is left. */
  async function use() {
    await publish()
    const one = limiter([SELECT, LIST])
    const aws = { provider: 'aws', operation: 'Select', account: '1', region: 'eu-west-1' } as const
    for (let n = 0; n < 3; n++) await one.run(aws, ok)
    const throttled = () => Promise.reject(new ExtractionError('THROTTLED', 'slow down', { retryAfter: 60_000 }))
    await one.run({ ...aws, region: 'us-east-1' }, throttled).catch(() => {})
    const gcp = { provider: 'gcp', operation: 'List', quotaProject: 'p' } as const
    await one.run(gcp, ok)
    await one.run(gcp, async (report) => report({ remaining: 7, resetsAfter: 1000 }))
  }

  it('is empty, and an answer, while nothing has been called', async () => {
    const { status, json } = await get('/extraction/quotas')
    expect(status).to.equal(200)
    expect(json).to.deep.equal({ limits: [], total: 0, limit: 20, offset: 0, budgets: [] })
  })

  it('shows what each limit declares, where the number comes from, and what was used', async () => {
    await use()
    const { json } = await get('/extraction/quotas')
    expect(json.limits).to.deep.equal([
      {
        name: 'aws.config.select',
        provider: 'aws',
        operation: 'Select',
        per: ['account', 'region'],
        rate_per_second: 200,
        burst: 10,
        window_seconds: null,
        calls_per_day: null,
        headroom: 0.5,
        source: 'this test',
        budgets: { in_use: 2, slowed: 1, paused: 1 },
        calls: 4,
        throttled: 1,
      },
      {
        name: 'gcp.asset.list.project',
        provider: 'gcp',
        operation: 'List',
        per: ['quota_project'],
        rate_per_second: 20,
        burst: 20,
        window_seconds: 60,
        calls_per_day: 5000,
        headroom: 0.5,
        source: 'this test too',
        budgets: { in_use: 1, slowed: 0, paused: 0 },
        calls: 2,
        throttled: 0,
      },
    ])
  })

  it('shows the budgets in use: rate, calls, pauses, throttles, and what the provider says is left', async () => {
    await use()
    const { json } = await get('/extraction/quotas')
    const budget = (region: string) =>
      json.budgets.find((one: { scope: { region?: string } }) => one.scope.region === region)
    expect(budget('eu-west-1')).to.deep.include({
      limit: 'aws.config.select',
      scope: { account: '1', region: 'eu-west-1' },
      rate_per_second: 100,
      declared_rate_per_second: 200,
      slowed: false,
      calls_last_minute: 3,
      calls_last_day: null,
      remaining: null,
      paused_until: null,
      throttled: 0,
      throttled_at: null,
    })
    expect(budget('us-east-1').rate_per_second).to.be.within(94, 96)
    expect(budget('us-east-1')).to.include({ slowed: true, throttled: 1 })
    for (const time of ['paused_until', 'throttled_at']) expect(budget('us-east-1')[time]).to.match(/^20\d\d-.*Z$/)
    const list = json.budgets.find((one: { limit: string }) => one.limit === LIST.name)
    expect(list).to.deep.include({ scope: { quota_project: 'p' }, calls_last_minute: 2, calls_last_day: 2 })
    expect(list.remaining.count).to.equal(7)
    expect(list.remaining.said_at).to.match(/^20\d\d-.*Z$/)
  })

  it('gives a page, the most used first, of one limit where it is named', async () => {
    await use()
    const first = (await get('/extraction/quotas?limit=1')).json
    expect(first).to.include({ total: 3, limit: 1, offset: 0 })
    expect(first.budgets).to.have.length(1)
    expect(first.budgets[0].calls_last_minute).to.equal(3)
    const named = (await get(`/extraction/quotas?name=${LIST.name}`)).json
    expect(named.total).to.equal(1)
    expect(named.limits).to.have.length(1)
    const bad = await get('/extraction/quotas?limit=0')
    expect(bad.status).to.equal(422)
    expect(bad.json.errors[0].field).to.equal('limit')
  })

  it('forgets a limit that no worker has applied for a while', async () => {
    await publish([SELECT], Date.now() - 11 * 60_000)
    expect((await get('/extraction/quotas')).json.limits).to.deep.equal([])
    await publish([LIST])
    expect(await redis.hkeys('{cae}:limit:declared')).to.deep.equal([LIST.name])
  })

  it('is counted in the metrics by limit, and not by account', async () => {
    await use()
    const { text } = await get('/metrics')
    for (const line of [
      'cae_quota_calls_total{limit="aws.config.select"} 4',
      'cae_quota_throttled_total{limit="aws.config.select"} 1',
      'cae_quota_rate_per_second{limit="aws.config.select"} 100',
      'cae_quota_budgets{limit="aws.config.select"} 2',
      'cae_quota_budgets_slowed{limit="aws.config.select"} 1',
      'cae_quota_budgets_paused{limit="aws.config.select"} 1',
      'cae_quota_calls_total{limit="gcp.asset.list.project"} 2',
    ]) {
      expect(text.split('\n')).to.include(line)
    }
    expect(text).to.not.include('us-east-1')
  })
})

function redisLimiterOf(redis: () => Redis) {
  return (limits: readonly Limit[]) =>
    redisLimiter({ redis: redis(), prefix: '{cae}', limits, headroom: 0.5, longestWait: 60_000, clock: systemClock })
}
