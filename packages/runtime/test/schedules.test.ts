import { expect } from 'chai'
import { Queue } from 'bullmq'
import { Redis } from 'ioredis'
import { SCHEDULES_QUEUE, Schedules, startPrivateRedis, type PrivateRedis } from '@cae/runtime'

const PREFIX = '{test}'
const REQUEST = { providers: ['aws' as const], batch_size: 500 }

describe('schedules', () => {
  let server: PrivateRedis
  let redis: Redis
  let queue: Queue
  let schedules: Schedules
  before(async () => {
    server = await startPrivateRedis()
    redis = new Redis(server.url, { maxRetriesPerRequest: null })
    queue = new Queue(SCHEDULES_QUEUE, { connection: redis, prefix: PREFIX })
    schedules = new Schedules(redis, PREFIX, queue)
  })
  after(async () => {
    await queue.close()
    redis.disconnect()
    await server.stop()
  })
  beforeEach(() => redis.flushall())

  const create = (name: string, cron_expression = '0 2 * * *') =>
    schedules.create({ name, cron_expression, timezone: 'UTC', request: REQUEST, everything: false }, Date.now())
  const scheduler = async (name: string) => (await queue.getJobSchedulers(0, -1, true)).find(({ key }) => key === name)

  it('are made once, whole, with their scheduler', async () => {
    expect(await create('nightly')).to.equal(true)
    expect(await create('nightly')).to.equal(false)
    expect((await schedules.list()).map(({ name }) => name)).to.deep.equal(['nightly'])
    expect(await scheduler('nightly')).to.include({ pattern: '0 2 * * *', tz: 'UTC' })
  })

  it('are made once when many ask at the same time', async () => {
    const made = await Promise.all(Array.from({ length: 20 }, () => create('nightly')))
    expect(made.filter(Boolean)).to.have.length(1)
    expect(await queue.getDelayedCount()).to.equal(1)
  })

  it('of everything follow the providers of the settings, the others do not', async () => {
    await create('aws-only')
    const wide = { name: 'wide', cron_expression: '0 2 * * *', timezone: 'UTC', everything: true }
    await schedules.create({ ...wide, request: REQUEST }, Date.now())
    expect(await schedules.takeProviders(['aws', 'gcp'])).to.deep.equal(['wide'])
    expect(await schedules.takeProviders(['aws', 'gcp'])).to.deep.equal([])
    expect(await schedules.takeProviders([]), 'settings that have nothing').to.deep.equal([])
    expect((await schedules.get('wide'))?.request).to.deep.equal({ providers: ['aws', 'gcp'], batch_size: 500 })
    expect((await schedules.get('aws-only'))?.request).to.deep.equal(REQUEST)
  })

  it('stay listed while paused, and do not fire', async () => {
    await create('nightly')
    await schedules.setPaused('nightly', true)
    expect((await scheduler('nightly'))!.next).to.be.greaterThan(Date.parse('2098-01-01'))
    await schedules.setPaused('nightly', false)
    expect((await scheduler('nightly'))!.next).to.be.lessThan(Date.now() + 25 * 3600 * 1000)
  })

  it('leave nothing behind when one is deleted while it is paused', async () => {
    await create('nightly')
    await Promise.all([schedules.setPaused('nightly', true), schedules.remove('nightly')])
    expect(await schedules.setPaused('nightly', true)).to.equal(null)
    expect(await create('nightly')).to.equal(true)
  })

  it('are reconciled: what is missing is made, what nobody wants is removed, what agrees is left alone', async () => {
    await create('kept')
    await create('lost')
    await queue.removeJobScheduler('lost')
    await queue.upsertJobScheduler('stray', { pattern: '0 0 * * *' }, { name: 'tick' })
    expect(await schedules.reconcile(Date.now())).to.equal(2)
    expect((await queue.getJobSchedulers(0, -1, true)).map(({ key }) => key).toSorted()).to.deep.equal(['kept', 'lost'])
    expect(await schedules.reconcile(Date.now())).to.equal(0)
  })

  it('whose pending job was lost are healed', async () => {
    await create('dead')
    const { next } = (await scheduler('dead'))!
    await redis.del(`${PREFIX}:${SCHEDULES_QUEUE}:repeat:dead:${next}`)
    await redis.zrem(`${PREFIX}:${SCHEDULES_QUEUE}:delayed`, `repeat:dead:${next}`)
    expect(await schedules.reconcile(next! + 120_000)).to.equal(1)
    expect(await queue.getDelayedCount()).to.equal(1)
  })

  it('whose tick is only late, since no worker was there, keep that tick', async () => {
    await create('late')
    const { next } = (await scheduler('late'))!
    expect(await schedules.reconcile(next! + 120_000)).to.equal(0)
    expect(await queue.getJob(`repeat:late:${next}`)).to.not.equal(undefined)
  })
})
