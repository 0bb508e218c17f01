import { expect } from 'chai'
import { Redis } from 'ioredis'
import { START, toTask, type Checkpoint, type ExtractionError, type Task } from '@cae/core'
import { Ledger, QUEUE_NAMES, startPrivateRedis, type Claim, type PrivateRedis } from '@cae/runtime'

const REQUEST = { providers: ['aws' as const], batch_size: 500 }
const NOW = 1_700_000_000_000

describe('the ledger', () => {
  let server: PrivateRedis
  let redis: Redis
  let ledger: Ledger
  let n = 0
  before(async () => {
    server = await startPrivateRedis()
    redis = new Redis(server.url)
    ledger = new Ledger(redis, '{test}')
  })
  after(async () => {
    redis.disconnect()
    await server.stop()
  })

  const newRun = async () => {
    const id = `run${n++}`
    await ledger.createRun({ id, createdAt: NOW + n, request: REQUEST })
    return id
  }
  const newTask = async (runId: string, scope = '123456789012', mark?: string): Promise<Task> => {
    const slice = { scope, region: 'us-east-1', partition: 'all', query: { a: 1 } }
    const task = toTask(runId, 'aws', new Date(NOW).toISOString(), slice)
    await ledger.addTasks(runId, 'aws', [task], mark)
    return task
  }
  const page = (from: Checkpoint, artifacts: number, cursor: string | null = 'next'): Checkpoint => ({
    cursor,
    page: from.page + 1,
    sequence: from.sequence + 1,
    read: from.read + artifacts,
    artifacts: from.artifacts + artifacts,
    expected: { count: 100, source: 'a count' },
    done: cursor === null,
  })
  const record = (artifacts: number) => ({
    bytes: artifacts * 10,
    batches: 1,
    counts: new Map([['ec2|us-east-1', artifacts]]),
  })
  const claimed = async (taskId: string): Promise<Claim> => {
    const claim = await ledger.claim(taskId, NOW)
    if (!claim || claim === 'ended') throw new Error(`${taskId}: ${claim}`)
    return claim
  }
  const totals = async (runId: string) => (await ledger.run(runId))!.providers.aws!

  it('makes a run once', async () => {
    const run = { id: 'once', createdAt: NOW, request: REQUEST }
    expect(await ledger.createRun(run)).to.equal('created')
    expect(await ledger.createRun(run)).to.equal('exists')
    expect((await ledger.run('once'))!.status).to.equal('queued')
  })

  it('lists runs by status as they move on, and never leaves a final status', async () => {
    const id = await newRun()
    expect(await ledger.startPlanning(id, NOW)).to.equal(true)
    await ledger.noteProviderPlanned(id, 'aws', { mark: '', tasks: 0 })
    await ledger.finishPlanning(id, ['aws'], NOW)
    expect(await ledger.runIds(10, 'running')).to.include(id)
    expect(await ledger.runIds(10, 'queued')).to.not.include(id)
    expect(await ledger.finishRun(id, 'partial', NOW)).to.equal(true)
    expect(await ledger.finishRun(id, 'completed', NOW)).to.equal(false)
    expect(await ledger.startPlanning(id, NOW)).to.equal(false)
    expect((await ledger.run(id))!.status).to.equal('partial')
  })

  it('adds a task once, however often it is planned', async () => {
    const id = await newRun()
    await newTask(id)
    await newTask(id)
    const run = (await ledger.run(id))!
    expect([run.tasks, run.providers.aws!.slices, (await ledger.taskIds(id, 0, 10)).length]).to.deep.equal([1, 1, 1])
  })

  it('adds no task to a run that has ended, or that is gone, for one whose worker was away for so long', async () => {
    for (const past of [
      async (id: string) => ledger.finishRun(id, 'completed', NOW),
      async (id: string) => ledger.deleteRun(id),
    ]) {
      const id = await newRun()
      await newTask(id)
      await past(id)
      const error = await newTask(id, '210987654321').catch((thrown: unknown) => thrown)
      expect((error as ExtractionError).code).to.equal('CHECKPOINT_FENCED')
      expect(await redis.keys(`{test}:*:${id}-aws.210987654321*`)).to.deep.equal([])
    }
  })

  it('commits a page: checkpoint, totals and counts in one step', async () => {
    const id = await newRun()
    const task = await newTask(id)
    const { token, checkpoint } = await claimed(task.id)
    expect(checkpoint).to.deep.equal(START)
    await ledger.commit(task, token, 0, page(START, 60), record(60), NOW)
    expect((await claimed(task.id)).checkpoint).to.deep.equal(page(START, 60))
    expect(await totals(id)).to.include({ artifacts: 60, read: 60, expected: 100, pages: 1, batches: 1, bytes: 600 })
    expect(await ledger.counts(id)).to.deep.equal({ 'aws|ec2|us-east-1': 60 })
  })

  it('takes the same commit twice as one, since its first reply may have been lost', async () => {
    const id = await newRun()
    const task = await newTask(id)
    const { token } = await claimed(task.id)
    await ledger.commit(task, token, 0, page(START, 5), record(5), NOW)
    await ledger.commit(task, token, 0, page(START, 5), record(5), NOW)
    expect((await totals(id)).artifacts).to.equal(5)
  })

  it('refuses the commit and the end of a worker whose task another has claimed since', async () => {
    const id = await newRun()
    const task = await newTask(id)
    const old = await claimed(task.id)
    const now = await claimed(task.id)
    const error = await ledger
      .commit(task, old.token, 0, page(START, 5), record(5), NOW)
      .catch((thrown: unknown) => thrown)
    expect((error as ExtractionError).code).to.equal('CHECKPOINT_FENCED')
    expect(await ledger.end(task, old.token, { outcome: 'complete' }, NOW)).to.equal(false)
    await ledger.commit(task, now.token, 0, page(START, 5), record(5), NOW)
    expect((await totals(id)).artifacts).to.equal(5)
  })

  it('refuses a commit that skips a page or goes back', async () => {
    const id = await newRun()
    const task = await newTask(id)
    const { token } = await claimed(task.id)
    const second = page(page(START, 5), 5)
    const error = await ledger.commit(task, token, 1, second, record(5), NOW).catch((thrown: unknown) => thrown)
    expect((error as ExtractionError).code).to.equal('CHECKPOINT_FENCED')
  })

  it('ends a task once, and calls a failure after some artifacts partial', async () => {
    const id = await newRun()
    const [first, second] = [await newTask(id, 'a'), await newTask(id, 'b')]
    const one = await claimed(first.id)
    await ledger.commit(first, one.token, 0, page(START, 5), record(5), NOW)
    expect(
      await ledger.end(first, one.token, { outcome: 'failed', code: 'UNAVAILABLE', message: 'gone' }, NOW),
    ).to.equal(true)
    expect(await ledger.end(first, one.token, { outcome: 'complete' }, NOW)).to.equal(false)
    const two = await claimed(second.id)
    await ledger.end(second, two.token, { outcome: 'failed', code: 'UNAVAILABLE', message: 'gone' }, NOW)
    expect((await totals(id)).outcomes).to.deep.equal({ partial: 1, failed: 1 })
    const errors = await ledger.errors(id)
    expect(errors).to.have.length(2)
    expect(errors.find(({ outcome }) => outcome === 'partial')).to.deep.equal({
      provider: 'aws',
      outcome: 'partial',
      code: 'UNAVAILABLE',
      count: 1,
      message: 'gone',
      example_task_id: first.id,
    })
  })

  it('knows what planning expects before the first page, and takes the better count of a page', async () => {
    const id = await newRun()
    const slice = { scope: 'a', region: 'us-east-1', partition: 'all', query: {} }
    const task = toTask(id, 'aws', new Date(NOW).toISOString(), {
      ...slice,
      expected: { count: 90, source: 'planning' },
    })
    await ledger.addTasks(id, 'aws', [task])
    await ledger.addTasks(id, 'aws', [task])
    expect(await totals(id)).to.include({ slices: 1, expected: 90 })
    const { token, checkpoint } = await claimed(task.id)
    expect(checkpoint.expected).to.deep.equal({ count: 90, source: 'planning' })
    await ledger.commit(task, token, 0, page(START, 5), { ...record(5), freshness: 'recorded daily' }, NOW)
    expect(await totals(id)).to.include({ expected: 100 })
    expect((await ledger.tasks([task.id]))[0]).to.deep.include({
      expected: { count: 100, source: 'a count' },
      freshness: 'recorded daily',
    })
  })

  it('gives each task the turn that it has in its scope, also when it is added again', async () => {
    const id = await newRun()
    const task = (scope: string, partition: string) =>
      toTask(id, 'aws', new Date(NOW).toISOString(), { scope, region: 'us-east-1', partition, query: {} })
    const tasks = [task('a', '1'), task('a', '2'), task('b', '1'), task('a', '3')]
    expect(await ledger.addTasks(id, 'aws', tasks)).to.deep.equal([1, 2, 1, 3])
    expect(await ledger.addTasks(id, 'aws', [...tasks, task('b', '2')])).to.deep.equal([1, 2, 1, 3, 2])
  })

  it('gives a task back as it was added', async () => {
    const id = await newRun()
    const run = (await ledger.run(id))!
    const slice = { scope: 'a', region: 'us-east-1', partition: 'b', query: { types: ['x'] } }
    const expected = { count: 3, source: 'planning' }
    const task = toTask(id, 'azure', new Date(run.createdAt).toISOString(), { ...slice, expected })
    await ledger.addTasks(id, 'azure', [task])
    expect((await ledger.tasks([task.id]))[0]!.task).to.deep.equal(task)
  })

  it('gives a task back whose names do not fit into its id', async () => {
    const id = await newRun()
    const run = (await ledger.run(id))!
    const slice = { scope: 'organizations/1', region: 'East US', partition: 'a.b', query: {}, plans: true as const }
    const task = toTask(id, 'gcp', new Date(run.createdAt).toISOString(), slice)
    await ledger.addTasks(id, 'gcp', [task])
    expect((await ledger.tasks([task.id]))[0]!.task).to.deep.equal(task)
  })

  it('gives whoever claims a task all that its work needs, and nothing once it has ended or its run is gone', async () => {
    const id = await newRun()
    const { createdAt } = (await ledger.run(id))!
    const slice = { scope: 'a', region: 'us-east-1', partition: 'b', query: { types: ['x'] } }
    const task = toTask(id, 'azure', new Date(createdAt).toISOString(), slice)
    await ledger.addTasks(id, 'azure', [task])
    const claim = await claimed(task.id)
    const nothing = { known: new Float64Array(), lost: 0 }
    expect(claim).to.deep.equal({ token: '1', task, request: REQUEST, checkpoint: START, ...nothing })
    const next = page(START, 5)
    await ledger.commit(task, claim.token, 0, next, { ...record(5), known: Float64Array.of(1, 2 ** 52) }, NOW)
    await ledger.commit(task, claim.token, 1, page(next, 5), { ...record(5), known: Float64Array.of(3) }, NOW)
    const again = await claimed(task.id)
    expect(again.known).to.deep.equal(Float64Array.of(1, 2 ** 52, 3))
    await ledger.end(task, again.token, { outcome: 'denied', code: 'ACCESS_DENIED' }, NOW)
    expect(await ledger.claim(task.id, NOW)).to.equal('ended')
    await ledger.deleteRun(id)
    expect(await ledger.claim(task.id, NOW)).to.equal(null)
  })

  it('does not plan again what has planned and ended', async () => {
    const id = await newRun()
    const slice = { scope: 'a', region: 'us-east-1', partition: 'plan', query: {}, plans: true as const }
    const task = toTask(id, 'aws', new Date(NOW).toISOString(), slice)
    await ledger.addTasks(id, 'aws', [task])
    const { token } = await claimed(task.id)
    await newTask(id, 'planned', 'of a page')
    const last = { ...START, page: 1, done: true }
    await ledger.commit(task, token, 0, last, record(0), NOW, { mark: 'of a page', tasks: 1 })
    await ledger.end(task, token, { outcome: 'complete' }, NOW)
    await ledger.addTasks(id, 'aws', [task])
    expect(await ledger.claim(task.id, NOW)).to.equal('ended')
    expect(await ledger.tasks([task.id])).to.deep.equal([])
    expect(await totals(id)).to.include({ slices: 1, ended: 0, planning: 0 })
    expect(await redis.exists(`{test}:run:${id}:added`)).to.equal(0)
  })

  it('counts what a receiver refuses apart from failures, until a page is committed or it was long ago', async () => {
    const task = await newTask(await newRun())
    const { token } = await claimed(task.id)
    const refused = (now: number, forgetAfter = Infinity) => ledger.noteRefusal(task.id, token, now, forgetAfter)
    expect(await ledger.noteFailure(task.id, token)).to.equal(1)
    expect(await refused(1000)).to.deep.equal({ refusals: 1, since: 1000 })
    expect(await ledger.noteFailure(task.id, token), 'the page was read').to.equal(1)
    expect(await refused(9000)).to.deep.equal({ refusals: 2, since: 1000 })
    expect(await refused(9900, 1000)).to.deep.equal({ refusals: 3, since: 1000 })
    expect(await refused(11_000, 1000)).to.deep.equal({ refusals: 1, since: 11_000 })
    await ledger.commit(task, token, 0, page(START, 5), record(5), NOW)
    expect(await refused(12_000)).to.deep.equal({ refusals: 1, since: 12_000 })
  })

  it('knows since when a provider throttles a task, a page or a long time without it aside', async () => {
    const task = await newTask(await newRun(), 'one')
    const { token } = await claimed(task.id)
    const throttled = (now: number) => ledger.noteThrottled(task.id, token, now, 1000)
    expect(await throttled(100)).to.equal(100)
    expect(await throttled(1000)).to.equal(100)
    expect(await throttled(2001), 'long after').to.equal(2001)
    await ledger.commit(task, token, 0, page(START, 5), record(5), NOW)
    expect(await throttled(2002)).to.equal(2002)
    expect(await ledger.noteThrottled(task.id, 'another', 2003, 1000)).to.equal(null)
  })

  describe('when Redis has forgotten its last second', () => {
    const fenced = async (promise: Promise<unknown>) => {
      const error = await promise.catch((thrown: unknown) => thrown)
      expect((error as ExtractionError).code).to.equal('CHECKPOINT_FENCED')
    }

    it('counts the workers that a task has lost since its last page, whichever job of it they had', async () => {
      const task = await newTask(await newRun())
      const claim = async (stalls: number) => (await ledger.claim(task.id, NOW, stalls)) as Claim
      const lost = async (stalls: number) => (await claim(stalls)).lost
      expect([await lost(0), await lost(1), await lost(1), await lost(3)]).to.deep.equal([0, 1, 1, 3])
      const { token } = await claim(3)
      await ledger.commit(task, token, 0, page(START, 0), record(0), NOW)
      expect([await lost(3), await lost(4)], 'it got on').to.deep.equal([0, 1])
      expect([await lost(0), await lost(2)], 'another job').to.deep.equal([1, 3])
    })

    it('commits no page that has planned what is gone, in whole or in part', async () => {
      const id = await newRun()
      const task = await newTask(id)
      const { token } = await claimed(task.id)
      await newTask(id, 'second half', 'of a page')
      const commit = () =>
        ledger.commit(task, token, 0, page(START, 0), record(0), NOW, { mark: 'of a page', tasks: 2 })
      await fenced(commit())
      await newTask(id, 'first half', 'of a page')
      await newTask(id, 'second half', 'of a page')
      await commit()
      expect((await claimed(task.id)).checkpoint.page).to.equal(1)
    })

    it('takes the same note of a provider twice as one, since its first reply may have been lost', async () => {
      const id = await newRun()
      await newTask(id, 'first', 'of aws')
      await ledger.noteProviderPlanned(id, 'aws', { mark: 'of aws', tasks: 1 })
      await ledger.noteProviderPlanned(id, 'aws', { mark: 'of aws', tasks: 1 })
      expect(await ledger.isProviderPlanned(id, 'aws')).to.equal(true)
    })

    it('plans no provider whose slices are gone, and no run of which a provider is gone', async () => {
      const id = await newRun()
      await fenced(ledger.noteProviderPlanned(id, 'aws', { mark: 'of aws', tasks: 1 }))
      await newTask(id, 'first', 'of aws')
      await ledger.noteProviderPlanned(id, 'aws', { mark: 'of aws', tasks: 1 })
      await fenced(ledger.finishPlanning(id, ['aws', 'azure'], NOW))
      expect((await ledger.run(id))!.plannedAt).to.equal(null)
    })

    it('keeps nothing of a task that is gone, lest it is not added when it is planned again', async () => {
      const id = await newRun()
      const task = toTask(id, 'aws', new Date(NOW).toISOString(), {
        scope: 's',
        region: 'r',
        partition: 'p',
        query: {},
      })
      expect(await ledger.noteFailure(task.id, '1')).to.equal(0)
      expect(await ledger.noteRefusal(task.id, '1', 5, Infinity)).to.include({ refusals: 0 })
      await ledger.noteThrottled(task.id, '1', NOW, 1000)
      await ledger.addTasks(id, 'aws', [task])
      expect(await totals(id)).to.include({ slices: 1 })
      expect((await ledger.tasks([task.id]))[0]!.task.id).to.equal(task.id)
    })

    it('calls no task complete whose last page is gone', async () => {
      const id = await newRun()
      const task = await newTask(id)
      const { token } = await claimed(task.id)
      await ledger.commit(task, token, 0, page(START, 5), record(5), NOW)
      expect(await ledger.end(task, token, { outcome: 'complete' }, NOW)).to.equal(false)
      await ledger.commit(task, token, 1, page(page(START, 5), 5, null), record(5), NOW)
      expect(await ledger.end(task, token, { outcome: 'complete' }, NOW)).to.equal(true)
    })
  })

  it('takes a restarted task out of the totals, goes on with the batch sequence and forgets nothing that it expected', async () => {
    const id = await newRun()
    const task = await newTask(id)
    const { token } = await claimed(task.id)
    await ledger.commit(task, token, 0, page(START, 5), record(5), NOW)
    expect(await ledger.restart(task, token)).to.equal(true)
    expect(await totals(id)).to.include({ artifacts: 0, read: 0, expected: 100 })
    expect(await ledger.counts(id)).to.deep.equal({})
    expect((await claimed(task.id)).checkpoint).to.deep.equal({
      ...START,
      sequence: 1,
      expected: { count: 100, source: 'a count' },
    })
    expect(await ledger.restarts(task.id)).to.equal(1)
  })

  it('lets a schedule make no run while the one before goes on', async () => {
    await redis.hset('{test}:schedule:nightly', 'request', '{}')
    const make = (id: string) => ledger.createRun({ id, createdAt: NOW, request: REQUEST, schedule: 'nightly' })
    expect(await make('tick1')).to.equal('created')
    expect(await make('tick2')).to.equal('busy')
    await ledger.finishRun('tick1', 'completed', NOW)
    expect(await make('tick2')).to.equal('created')
  })

  it('has no key among those of a queue', async () => {
    const queues = QUEUE_NAMES.map((name) => `{test}:${name}:`)
    const keys = await redis.keys('*')
    expect(keys.filter((key) => queues.some((queue) => key.startsWith(queue)))).to.deep.equal([])
  })

  it('deletes a run with all that belongs to it', async () => {
    const id = await newRun()
    const task = await newTask(id)
    const { token } = await claimed(task.id)
    await ledger.commit(task, token, 0, page(START, 5), record(5), NOW)
    await ledger.end(task, token, { outcome: 'failed', code: 'INTERNAL', message: 'x' }, NOW)
    await ledger.deleteRun(id)
    expect((await redis.keys('*')).filter((key) => key.includes(id))).to.deep.equal([])
    expect(await ledger.runIds(100)).to.not.include(id)
  })

  it('deletes all of a run, too, where several workers do so at once, as all do each minute', async () => {
    const id = await newRun()
    const slice = (n: number) => ({ scope: 'a', region: 'us-east-1', partition: `p${n}`, query: {} })
    const tasks = Array.from({ length: 3000 }, (_, n) => toTask(id, 'aws', new Date(NOW).toISOString(), slice(n)))
    await ledger.addTasks(id, 'aws', tasks)
    const others = Array.from({ length: 3 }, () => redis.duplicate())
    await Promise.all([ledger, ...others.map((one) => new Ledger(one, '{test}'))].map((one) => one.deleteRun(id)))
    for (const one of others) one.disconnect()
    expect((await redis.keys('*')).filter((key) => key.includes(id))).to.deep.equal([])
  })

  it('needs less than 2 KB of Redis for a task that ended', async () => {
    const id = await newRun()
    const used = async () => Number(/used_memory:(\d+)/.exec(await redis.info('memory'))![1])
    const start = await used()
    const tasks = Array.from({ length: 1000 }, (_, i) =>
      toTask(id, 'aws', new Date(NOW).toISOString(), {
        scope: String(100_000_000_000 + i),
        region: 'us-east-1',
        partition: 'all',
        query: {},
      }),
    )
    await ledger.addTasks(id, 'aws', tasks)
    for (const task of tasks) {
      const { token } = await claimed(task.id)
      await ledger.commit(task, token, 0, page(START, 5, null), record(5), NOW)
      await ledger.end(task, token, { outcome: 'complete' }, NOW)
    }
    expect(((await used()) - start) / tasks.length).to.be.below(2048)
  })
})
