import { expect } from 'chai'
import { Queue, Worker } from 'bullmq'
import { Redis } from 'ioredis'
import {
  ExtractionError,
  toTask,
  type Clock,
  type Manifest,
  type Page,
  type Plan,
  type Provider,
  type ProviderName,
  type Slice,
  type Task,
  type Transport,
} from '@cae/core'
import { testArtifact } from '@cae/core/testing'
import {
  createLog,
  Ledger,
  newRunId,
  OWN_REFUSAL,
  PAYLOAD_VERSION,
  plansQueue,
  runJobOptions,
  RUNS_QUEUE,
  Schedules,
  SCHEDULES_QUEUE,
  startPrivateRedis,
  systemClock,
  tasksQueue,
  unlimited,
  type PrivateRedis,
} from '@cae/runtime'
import { applyRetention, endAbsent, endOrphans, type MaintenanceDependencies } from '../src/maintenance.ts'
import { runJob } from '../src/run-job.ts'
import { spawn } from '../src/spawn.ts'
import { taskJob } from '../src/task-job.ts'
import { nullTransport } from '../src/transports/null.ts'

const PREFIX = '{test}'
const SLICE = { scope: '123456789012', region: 'us-east-1', partition: 'all', query: {} }
const REQUEST = { providers: ['aws' as const], batch_size: 10 }

/** A provider whose pages and errors are given, one after the other, by page number. */
function scripted(read: (page: number, reads: number) => Page): Provider {
  let reads = 0
  return {
    name: 'aws',
    limits: [],
    permissions: [],
    check: async () => [],
    plan: async () => ({ slices: [SLICE], gaps: [] }),
    open: async () => ({
      read: async (cursor) => read(Number(cursor ?? 0), reads++),
      close: async () => {},
    }),
  }
}

const page = (n: number, next: number | null, expected?: number): Page => ({
  artifacts: [testArtifact(n)],
  next: next === null ? null : String(next),
  ...(expected !== undefined && { expected: { count: expected, source: 'a count' } }),
})

const fail = (code: ConstructorParameters<typeof ExtractionError>[0], nativeCode?: string): never => {
  throw new ExtractionError(code, `simulated ${code}`, { retryAfter: 1, ...(nativeCode && { nativeCode }) })
}

interface Circumstances {
  readonly tolerance?: number
  readonly deliveryPatience?: number
  readonly clock?: Clock
  readonly others?: readonly Provider[]
  /** Providers that no worker has. */
  readonly without?: (providers: readonly ProviderName[]) => Promise<readonly ProviderName[]>
}

describe('the engine', () => {
  let server: PrivateRedis
  let redis: Redis
  let ledger: Ledger
  let runs: Queue
  let tasks: Queue
  let plans: Queue
  let ticks: Queue
  const workers: Worker[] = []
  const log = createLog({ level: 'error', format: 'json' })
  const clock = systemClock

  before(async () => {
    server = await startPrivateRedis()
    redis = new Redis(server.url, { maxRetriesPerRequest: null })
    ledger = new Ledger(redis, PREFIX)
    runs = new Queue(RUNS_QUEUE, { connection: redis, prefix: PREFIX })
    tasks = new Queue(tasksQueue('aws'), { connection: redis, prefix: PREFIX })
    plans = new Queue(plansQueue('aws'), { connection: redis, prefix: PREFIX })
    ticks = new Queue(SCHEDULES_QUEUE, { connection: redis, prefix: PREFIX })
  })
  after(async () => {
    await Promise.all([runs, tasks, plans, ticks].map((queue) => queue.close()))
    redis.disconnect()
    await server.stop()
  })
  beforeEach(() => redis.flushall())
  afterEach(async () => {
    await Promise.all(workers.splice(0).map((worker) => worker.close()))
  })

  const start = (
    provider: Provider | null,
    transport: Transport = nullTransport(),
    {
      tolerance = 0,
      deliveryPatience = 0,
      clock = systemClock,
      without = async (names) => names,
      others = [],
    }: Circumstances = {},
  ) => {
    const providers = new Map([...(provider ? [provider] : []), ...others].map((one) => [one.name, one]))
    const given = { ...services(transport), ...patience, without, deliveryPatience, clock }
    const shared = { ...given, providers, limiter: unlimited(), queues: queues(), prefix: PREFIX }
    const options = { connection: redis, prefix: PREFIX, maxStartedAttempts: 1000 }
    const run = runJob(shared)
    const task = taskJob({
      ...shared,
      tolerance,
      shutdownGrace: 100,
      ensureHeld: () => {},
    })
    workers.push(
      new Worker(RUNS_QUEUE, run, options),
      new Worker(tasksQueue('aws'), task, options),
      new Worker(plansQueue('aws'), task, options),
    )
  }
  const patience = { attempts: 3, backoff: 1, throttlePatience: 50, maxStalled: 3 }
  const queues = () => new Map([tasks, plans].map((queue) => [queue.name, queue]))
  const maintenance = (given: Partial<MaintenanceDependencies> = {}): MaintenanceDependencies => ({
    ...services(nullTransport()),
    runs,
    queues: queues(),
    without: async () => [],
    schedules: new Schedules(redis, PREFIX, ticks),
    retention: { retention_days: 1, retention_runs: 10 },
    ...given,
  })
  const services = (transport: Transport) => ({ ledger, transports: [transport], clock, log })
  const submit = async (createdAt = Date.now(), v = PAYLOAD_VERSION) => {
    const id = newRunId(createdAt)
    await ledger.createRun({ id, createdAt, request: REQUEST })
    await runs.add('run', { v, runId: id }, runJobOptions(id))
    return id
  }
  const ended = async (id: string) => {
    for (;;) {
      const run = (await ledger.run(id))!
      if (run.finishedAt !== null) return run
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  }
  const onlyTask = async (id: string) => (await ledger.tasks(await ledger.taskIds(id, 0, 10)))[0]!

  it('completes a slice of several pages', async () => {
    start(scripted((n) => page(n, n < 4 ? n + 1 : null, 5)))
    const run = await ended(await submit())
    expect(run.status).to.equal('completed')
    expect(run.providers.aws).to.include({ slices: 1, ended: 1, artifacts: 5, read: 5, expected: 5, pages: 5 })
  })

  it('calls a slice partial when fewer resources came than the provider counted', async () => {
    start(scripted((n) => page(n, n < 1 ? 1 : null, 3)))
    const id = await submit()
    expect((await ended(id)).status).to.equal('partial')
    expect(await onlyTask(id)).to.include({ outcome: 'partial', code: 'COUNT_MISMATCH', read: 2 })
    expect((await onlyTask(id)).expected).to.deep.equal({ count: 3, source: 'a count' })
  })

  it('counts a resource once that comes again after a wait, so that it stands for none that is missing', async () => {
    start(scripted((n, reads) => (reads === 1 ? fail('THROTTLED', OWN_REFUSAL) : page(0, n < 2 ? n + 1 : null, 2))))
    const id = await submit()
    expect((await ended(id)).status).to.equal('partial')
    expect(await onlyTask(id)).to.include({ outcome: 'partial', code: 'COUNT_MISMATCH', read: 1, claims: 2 })
    expect(await redis.keys(`${PREFIX}:known:*`)).to.deep.equal([])
  })

  for (const [expected, outcome] of [
    [4, 'complete'],
    [5, 'partial'],
  ] as const) {
    it(`calls a slice ${outcome} that gave 2 of ${expected} resources where half may be lacking`, async () => {
      start(
        scripted((n) => page(n, n < 1 ? 1 : null, expected)),
        nullTransport(),
        { tolerance: 0.5 },
      )
      const id = await submit()
      await ended(id)
      expect(await onlyTask(id)).to.include({ outcome, read: 2 })
    })
  }

  it('ends a run that leaves nothing to read as failed, never as completed', async () => {
    start({ ...scripted(() => page(0, null)), plan: async () => ({ slices: [], gaps: [] }) })
    const id = await submit()
    expect((await ended(id)).status).to.equal('failed')
    expect(await onlyTask(id)).to.include({ outcome: 'failed', code: 'NOTHING_SELECTED' })
  })

  it('shows a provider that can not be planned as a slice with its reason', async () => {
    start({ ...scripted(() => page(0, null)), plan: async () => fail('ACCESS_DENIED') })
    const id = await submit()
    expect((await ended(id)).status).to.equal('failed')
    expect(await onlyTask(id)).to.include({ outcome: 'denied', code: 'ACCESS_DENIED' })
  })

  const absentFor70Seconds = async (id: string) => {
    for (const before of [70_000, 20_000]) await ledger.noteProvider(id, 'aws', 'absent', Date.now() - before, 60_000)
  }

  it('shows a provider that no worker has, after a time', async () => {
    start(null)
    const id = newRunId(Date.now())
    await ledger.createRun({ id, createdAt: Date.now(), request: REQUEST })
    await absentFor70Seconds(id)
    await runs.add('run', { v: PAYLOAD_VERSION, runId: id }, runJobOptions(id))
    await ended(id)
    expect(await onlyTask(id)).to.include({ outcome: 'failed', code: 'SETTINGS_MISSING' })
  })

  it('waits for the worker that has a provider for as long as there is one', async () => {
    let asked = 0
    start(null, nullTransport(), { without: async (names) => (asked++ < 2 ? [] : names) })
    const id = newRunId(Date.now())
    await ledger.createRun({ id, createdAt: Date.now(), request: REQUEST })
    await absentFor70Seconds(id)
    await runs.add('run', { v: PAYLOAD_VERSION, runId: id }, runJobOptions(id))
    await ended(id)
    expect(asked).to.equal(3)
  })

  it('ends the slices of a provider that no worker has had for an hour, and their run', async () => {
    const id = newRunId(Date.now())
    await ledger.createRun({ id, createdAt: Date.now(), request: REQUEST })
    const dependencies = { ledger, clock, prefix: PREFIX, queues: queues() }
    const gone = { ...SLICE, partition: 'gone' }
    await runs.add('run', { v: PAYLOAD_VERSION, runId: id }, { ...runJobOptions(id), delay: 100 })
    const added = await spawn(
      { slices: [SLICE, gone, { ...SLICE, partition: 'plan', plans: true }], gaps: [] },
      { runId: id, provider: 'aws', asOf: new Date().toISOString() },
      dependencies,
    )
    await ledger.startPlanning(id, Date.now())
    await ledger.noteProviderPlanned(id, 'aws', added)
    await ledger.finishPlanning(id, ['aws'], Date.now())
    workers.push(
      new Worker(
        RUNS_QUEUE,
        runJob({
          ...services(nullTransport()),
          ...patience,
          ...dependencies,
          deliveryPatience: 0,
          providers: new Map(),
          limiter: unlimited(),
          without: async (names) => names,
        }),
        { connection: redis, prefix: PREFIX },
      ),
    )
    while ((await runs.getJobState(id)) !== 'waiting-children') await systemClock.sleep(5)
    const at = (minutes: number, without: readonly ProviderName[]) =>
      endAbsent(
        maintenance({
          clock: { ...systemClock, now: () => Date.now() + minutes * 60_000 },
          without: async () => without,
        }),
      )
    for (let minute = 0; minute < 50; minute++) await at(minute, minute < 40 ? ['aws'] : [])
    for (let minute = 50; minute < 110; minute++) await at(minute, ['aws'])
    expect((await ledger.run(id))!.status, 'it was there in between').to.equal('running')
    // As of a worker that died between the end of a slice and that of its job.
    const left = toTask(id, 'aws', new Date().toISOString(), gone)
    await ledger.end(left, null, { outcome: 'failed', code: 'SETTINGS_MISSING', message: 'left' }, Date.now())
    await at(110, ['aws'])
    expect((await ended(id)).status).to.equal('failed')
    const [one] = await ledger.errors(id)
    expect(one).to.include({ code: 'SETTINGS_MISSING', count: 3, message: 'left' })
    const messages = (await ledger.tasks(await ledger.taskIds(id, 0, 10))).map(({ message }) => message)
    expect(messages).to.include('no worker has had provider aws for an hour')
    expect(await tasks.getJobCounts('waiting', 'prioritized')).to.deep.equal({ waiting: 0, prioritized: 0 })
  })

  it('says that a provider waits for a worker that has it, not for its quota', async () => {
    start(null)
    const id = await submit()
    let waits = await ledger.waits(id)
    while (waits.size === 0) waits = await ledger.waits(id)
    expect(waits.get('aws')).to.include({
      code: 'SETTINGS_MISSING',
      message: 'provider aws is not enabled on this worker',
    })
  })

  it('goes on from its checkpoint after a failure, and counts failures since the last page only', async () => {
    // Two failures before each of five pages are ten in all, and never three in a row.
    start(scripted((n, reads) => (reads % 3 < 2 ? fail('UNAVAILABLE') : page(n, n < 4 ? n + 1 : null))))
    const run = await ended(await submit())
    expect(run.status).to.equal('completed')
    expect(run.providers.aws!.artifacts).to.equal(5)
  })

  it('ends a slice that fails again and again, as partial where something came', async () => {
    start(scripted((n) => (n === 0 ? page(0, 1) : fail('UNAVAILABLE'))))
    const id = await submit()
    expect((await ended(id)).status).to.equal('partial')
    expect(await onlyTask(id)).to.include({ outcome: 'partial', code: 'UNAVAILABLE', read: 1 })
  })

  it('waits for quota and ends a slice whose provider refuses for longer than its patience', async () => {
    start(scripted(() => fail('THROTTLED', 'ThrottlingException')))
    const id = await submit()
    await ended(id)
    expect(await onlyTask(id)).to.include({ outcome: 'throttled_out', code: 'THROTTLED' })
  })

  it('goes on trying to deliver for as long as its patience says, however many attempts that takes', async () => {
    const { transport, refusals } = refusing(8)
    start(
      scripted((n) => page(n, n < 2 ? n + 1 : null, 3)),
      transport,
      { deliveryPatience: 60_000 },
    )
    const id = await submit()
    const run = await ended(id)
    expect([run.status, run.providers.aws!.artifacts]).to.deep.equal(['completed', 3])
    expect(refusals()).to.equal(8)
  })

  it('ends a slice as failed that nobody takes once its patience is over, and after no fewer attempts', async () => {
    const { transport, refusals } = refusing(Infinity)
    start(
      scripted(() => page(0, null)),
      transport,
      { deliveryPatience: 30 },
    )
    const id = await submit()
    expect((await ended(id)).status).to.equal('failed')
    expect(await onlyTask(id)).to.include({ outcome: 'failed', code: 'DELIVERY_FAILED' })
    expect(refusals()).to.be.at.least(3)
  })

  it('counts what a receiver refuses apart from what its provider fails at', async () => {
    const { transport } = refusing(8)
    start(
      scripted((_, reads) => (reads >= 8 && reads < 10 ? fail('UNAVAILABLE') : page(0, null))),
      transport,
      { deliveryPatience: 60_000 },
    )
    expect((await ended(await submit())).status).to.equal('completed')
  })

  it('reads nothing for a receiver that takes nothing, and everything once it does', async () => {
    const SLICES = 40
    const { transport, refusals, open } = refusing(Infinity)
    let reads = 0
    const provider = scripted((n) => {
      reads++
      return page(n, null, 1)
    })
    const slices = Array.from({ length: SLICES }, (_, n) => ({ ...SLICE, scope: String(n) }))
    // Whoever sleeps does so until time goes on.
    let passed = 0
    const sleepers: (() => void)[] = []
    const sleep = (_: number, signal?: AbortSignal) =>
      new Promise<void>((wake, stop) => {
        sleepers.push(wake)
        signal?.addEventListener('abort', () => stop(signal.reason as Error))
      })
    const held = { now: () => Date.now() + passed, sleep }
    start({ ...provider, plan: async () => ({ slices, gaps: [] }) }, transport, {
      deliveryPatience: 60_000,
      clock: held,
    })
    const id = await submit()
    while (sleepers.length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    const refused = refusals()
    await new Promise((resolve) => setTimeout(resolve, 200))
    expect([reads, refusals()]).to.deep.equal([refused, refused])
    expect(refused).to.be.within(2, SLICES / 2)
    open()
    passed += 5000
    for (const wake of sleepers) wake()
    const run = await ended(id)
    expect([run.status, run.providers.aws!.artifacts]).to.deep.equal(['completed', SLICES])
    expect(reads).to.equal(SLICES + refused)
  })

  it('waits for our own limiter without a limit', async () => {
    const from = Date.now()
    start(scripted(() => (Date.now() - from < 400 ? fail('THROTTLED', 'LIMITER') : page(0, null))))
    expect((await ended(await submit())).status).to.equal('completed')
  })

  it('says why a slice waits, until it goes on', async () => {
    let code: 'UNAVAILABLE' | 'THROTTLED' | null = 'UNAVAILABLE'
    const refuse = (error: typeof code) => {
      throw new ExtractionError(error!, `simulated ${error}`, { retryAfter: 100, nativeCode: 'LIMITER' })
    }
    start(scripted((n) => (code ? refuse(code) : page(n, n < 1 ? n + 1 : null))))
    const id = await submit()
    const waits = async (wanted: string) => {
      for (;;) {
        const [wait] = await ledger.waits(id)
        if (wait?.[1].code === wanted) return wait
        await new Promise((resolve) => setTimeout(resolve, 5))
      }
    }
    const [what, why] = await waits('UNAVAILABLE')
    expect([what, why.message]).to.deep.equal([(await onlyTask(id)).task.id, 'simulated UNAVAILABLE'])
    expect(why.until! - Date.now()).to.be.within(-1000, 100)
    code = 'THROTTLED'
    await waits('THROTTLED')
    code = null
    await ended(id)
    expect([...(await ledger.waits(id))]).to.deep.equal([])
  })

  it('says why a provider is not planned yet, and why a manifest is not delivered', async () => {
    const kept = keeping(1)
    let isAway = true
    const provider = scripted(() => page(0, null))
    start(
      { ...provider, plan: (...args) => (isAway ? fail('THROTTLED', 'LIMITER') : provider.plan(...args)) },
      kept.transport,
    )
    const id = await submit()
    const seen = new Set<string>()
    const look = async () => {
      for (const [what, { code }] of await ledger.waits(id)) seen.add(`${what} ${code}`)
      if (seen.size > 0) isAway = false
      return (await ledger.run(id))!.finishedAt
    }
    while ((await look()) === null) await new Promise((resolve) => setTimeout(resolve, 1))
    expect([...seen]).to.deep.equal(['aws THROTTLED', 'manifest DELIVERY_FAILED'])
  })

  it('reads a slice again from its first page when the cursor has expired, and counts nothing twice', async () => {
    let expired = false
    start(
      scripted((n) => {
        if (n === 2 && !expired) {
          expired = true
          fail('CURSOR_EXPIRED')
        }
        return page(n, n < 3 ? n + 1 : null)
      }),
    )
    const id = await submit()
    const run = await ended(id)
    expect(run.status).to.equal('completed')
    expect(run.providers.aws).to.include({ artifacts: 4, read: 4 })
    expect((await onlyTask(id)).restarts).to.equal(1)
  })

  it('calls a cursor that comes back an error, not an endless slice', async () => {
    start(scripted((n) => page(n, n === 2 ? 1 : n + 1)))
    const id = await submit()
    await ended(id)
    expect(await onlyTask(id)).to.include({ outcome: 'partial', code: 'CURSOR_LOOP' })
  })

  it('claims a task again when Redis has forgotten a commit', async () => {
    let rolledBack = false
    start(
      scripted((n) => {
        if (n === 3 && !rolledBack) {
          rolledBack = true
          const [key] = [`${PREFIX}:task:`]
          void redis
            .keys(`${key}*`)
            .then((keys) => redis.hset(keys[0]!, 'page', 1, 'cursor', '1', 'sequence', 1, 'read', 1, 'artifacts', 1))
        }
        return page(n, n < 5 ? n + 1 : null)
      }),
    )
    const id = await submit()
    const run = await ended(id)
    expect(run.status).to.equal('completed')
    expect((await onlyTask(id)).outcome).to.equal('complete')
  })

  it('takes a task up again when Redis has forgotten its end, and not that of its job', async () => {
    let reads = 0
    start(
      scripted((n) => {
        reads++
        return page(n, null)
      }),
    )
    const end = ledger.end.bind(ledger)
    ledger.end = async () => {
      ledger.end = end
      return true
    }
    const id = await submit()
    const run = await ended(id)
    expect(run.status).to.equal('completed')
    expect(reads).to.equal(1)
    expect(await onlyTask(id)).to.include({ outcome: 'complete', claims: 2 })
  })

  it('does so however often the task had waited for quota, which no worker died of', async () => {
    start(scripted((n, reads) => (reads < 4 ? fail('THROTTLED', OWN_REFUSAL) : page(n, null))))
    const end = ledger.end.bind(ledger)
    ledger.end = async () => {
      ledger.end = end
      return true
    }
    const id = await submit()
    expect((await ended(id)).status).to.equal('completed')
    expect(await onlyTask(id)).to.include({ outcome: 'complete', claims: 6, lost: 0 })
  })

  it('ends a task that has lost too many workers since its last page, and reads nothing more of it', async () => {
    let reads = 0
    start(scripted((n) => (reads++, page(n, null))))
    const claim = ledger.claim.bind(ledger)
    ledger.claim = async (...asked) => {
      const claimed = await claim(...asked)
      return claimed && claimed !== 'ended' ? { ...claimed, lost: 4 } : claimed
    }
    const run = await ended(await submit())
    ledger.claim = claim
    expect(run.status).to.equal('failed')
    expect(reads).to.equal(0)
    expect(await onlyTask(run.id)).to.include({ outcome: 'failed', code: 'WORKER_LOST' })
  })

  describe('a run that no queue has', () => {
    const endAll = () => endOrphans(maintenance(), new AbortController().signal)

    it('ends with what its tasks have reached', async () => {
      const id = await submit(Date.now() - 120_000)
      await (await runs.getJob(id))!.remove()
      await endAll()
      expect((await ledger.run(id))!.status).to.equal('failed')
    })

    it('gets its job where a schedule made it, since its tick may have died in between', async () => {
      const createdAt = Date.now() - 120_000
      const id = newRunId(createdAt)
      await ledger.createRun({ id, createdAt, request: REQUEST, schedule: 'nightly' })
      await endAll()
      start(scripted((n) => page(n, null)))
      expect((await ended(id)).status).to.equal('completed')
    })
  })

  describe('retention', () => {
    const DAY_MS = 24 * 3600 * 1000
    const runAged = async (days: number, isOver = true) => {
      const id = newRunId(Date.now() - days * DAY_MS)
      await ledger.createRun({ id, createdAt: Date.now() - days * DAY_MS, request: REQUEST })
      if (isOver) await ledger.finishRun(id, 'completed', Date.now())
      return id
    }
    const keep = async (retention: { retention_days: number; retention_runs: number }) => {
      await applyRetention(maintenance({ retention }))
      return ledger.runIds(100)
    }

    it('takes runs that are older than the days of the settings, and none that goes on', async () => {
      const [young, , going] = [await runAged(1.9), await runAged(2.1), await runAged(3, false)]
      expect(await keep({ retention_days: 2, retention_runs: 100 })).to.deep.equal([young, going])
      expect(await ledger.runIds(100, 'completed')).to.deep.equal([young])
    })

    it('takes the oldest runs beyond the number of the settings, and none that goes on', async () => {
      const [last, second, , going] = [await runAged(1), await runAged(2), await runAged(3), await runAged(4, false)]
      expect(await keep({ retention_days: 100, retention_runs: 2 })).to.deep.equal([last, second, going])
    })
  })

  describe('payloads', () => {
    const failed = async (queue: Queue, jobId: string) => {
      for (;;) {
        const job = await queue.getJob(jobId)
        // What was read before it failed does not say why.
        if (await job?.isFailed()) return queue.getJob(jobId)
        await new Promise((resolve) => setTimeout(resolve, 10))
      }
    }

    for (const [what, payload, message] of [
      ['of another version', { v: PAYLOAD_VERSION + 1, runId: 'other' }, 'invalid run payload: "v" must be [1]'],
      ['without a run', { v: PAYLOAD_VERSION }, 'invalid run payload: "runId" is required'],
      [
        'with more than is known',
        { v: PAYLOAD_VERSION, runId: 'other', more: 1 },
        'invalid run payload: "more" is not allowed',
      ],
    ] as const) {
      it(`${what} are refused at once and kept with the reason, and the worker goes on`, async () => {
        start(scripted((n) => page(n, null)))
        await runs.add('run', payload, runJobOptions('other'))
        expect(await failed(runs, 'other')).to.include({ failedReason: message, attemptsMade: 1 })
        expect((await ended(await submit())).status).to.equal('completed')
      })
    }

    /** The jobs of tasks, as another release would write them: all, or only the first of each task. */
    const writtenByAnotherRelease = async (times: number, work: () => Promise<void>) => {
      const add = tasks.add.bind(tasks)
      tasks.add = (name, data: unknown, options) => add(name, times-- > 0 ? { v: PAYLOAD_VERSION + 1 } : data, options)
      await work().finally(() => {
        tasks.add = add
      })
    }

    it('of a task that is refused leave its slice to be told with the reason, and its run not completed', () =>
      writtenByAnotherRelease(Infinity, async () => {
        start(scripted((n) => page(n, null)))
        const id = await submit()
        expect((await ended(id)).status).to.equal('failed')
        const reason = { code: 'PAYLOAD_UNKNOWN', message: 'invalid task payload: "v" must be [1]' }
        expect(await onlyTask(id)).to.include({ outcome: 'failed', ...reason })
        expect(await ledger.errors(id)).to.have.length(1)
        expect((await ledger.errors(id))[0]).to.include({ provider: 'aws', outcome: 'failed', count: 1, ...reason })
      }))

    it('of a task that is refused once keep nothing of its slice away', () =>
      writtenByAnotherRelease(1, async () => {
        start(scripted((n) => page(n, null)))
        const id = await submit()
        expect((await ended(id)).status).to.equal('completed')
        expect(await ledger.errors(id)).to.deep.equal([])
      }))

    it('of a run that is refused leave the run to say so', async () => {
      start(scripted((n) => page(n, null)))
      const id = await submit(Date.now() - 120_000, PAYLOAD_VERSION + 1)
      await failed(runs, id)
      await endOrphans(maintenance(), new AbortController().signal)
      expect((await ledger.run(id))!.status).to.equal('failed')
      const [error] = await ledger.errors(id)
      expect(error).to.include({ provider: null, code: 'PAYLOAD_UNKNOWN', outcome: 'failed' })
      expect(error!.message).to.equal('invalid run payload: "v" must be [1]')
    })
  })

  describe('planning by tasks', () => {
    const slice = (scope: string, n: number): Slice => ({ ...SLICE, scope, partition: `part-${n}` })
    const planner: Slice = { ...SLICE, partition: 'plan', plans: true }
    const planned = (slices: readonly Slice[], next: string | null = null): Page => ({
      artifacts: [],
      next,
      plan: { slices, gaps: [] },
    })
    const provider = (read: (task: Task, cursor: string | null) => Page, first: Plan): Provider => ({
      ...scripted(() => page(0, null)),
      plan: async () => first,
      open: async (task) => ({ read: async (cursor) => read(task, cursor), close: async () => {} }),
    })

    it('reads the slices that a slice has planned, and shows no planning as coverage', async () => {
      const read = (task: Task) =>
        task.plans ? planned([slice('a', 1), slice('a', 2)]) : { artifacts: [testArtifact(1)], next: null }
      const kept = keeping()
      start(provider(read, { slices: [planner], gaps: [] }), kept.transport)
      const run = await ended(await submit())
      expect(run.status).to.equal('completed')
      expect(run.providers.aws).to.include({ slices: 2, ended: 2, planning: 0, artifacts: 2 })
      expect(run.providers.aws!.outcomes).to.deep.equal({ complete: 2 })
      expect(kept.manifests[0]!.slices.map(({ partition }) => partition)).to.have.members(['part-1', 'part-2'])
    })

    it('ends a provider whose planning is throttled for longer than its patience, with that outcome', async () => {
      const refused = async () => {
        throw new ExtractionError('THROTTLED', 'slow down', { retryAfter: 20 })
      }
      start({ ...scripted(() => page(0, null)), plan: refused })
      const id = await submit()
      expect((await ended(id)).status).to.equal('failed')
      expect(await onlyTask(id)).to.include({ outcome: 'throttled_out', code: 'THROTTLED' })
    })

    it('counts what planning fails at for each provider', async () => {
      const asked: ProviderName[] = []
      const both = { ...REQUEST, providers: ['aws' as const, 'azure' as const] }
      const planning = (name: ProviderName, plan: (times: number) => Plan): Provider => ({
        ...scripted(() => page(0, null)),
        name,
        plan: async () => {
          asked.push(name)
          return plan(asked.filter((one) => one === name).length)
        },
      })
      const nothing = { slices: [], gaps: [{ ...SLICE, code: 'DISABLED', message: 'none' } as never] }
      start(
        planning('aws', (times) => (times < 3 ? fail('UNAVAILABLE') : nothing)),
        nullTransport(),
        {
          others: [planning('azure', (times) => (times < 3 ? fail('UNAVAILABLE') : nothing))],
        },
      )
      const id = newRunId(Date.now())
      await ledger.createRun({ id, createdAt: Date.now(), request: both })
      await runs.add('run', { v: PAYLOAD_VERSION, runId: id }, runJobOptions(id))
      await ended(id)
      expect(asked).to.deep.equal(['aws', 'aws', 'aws', 'azure', 'azure', 'azure'])
    })

    it('adds every slice once when planning fails half-way and goes on', async () => {
      let failures = 0
      const read = (task: Task, cursor: string | null) => {
        if (!task.plans) return { artifacts: [testArtifact(1)], next: null }
        if (cursor === null) return planned([slice('a', 1), slice('a', 2)], 'more')
        if (failures++ === 0) fail('UNAVAILABLE')
        return planned([slice('a', 2), slice('a', 3)])
      }
      start(provider(read, { slices: [planner], gaps: [] }))
      const run = await ended(await submit())
      expect(run.status).to.equal('completed')
      expect(run.providers.aws).to.include({ slices: 3, artifacts: 3 })
    })

    it('reads a slice that a worker has added to the ledger and died before it had a job', async () => {
      const read = (task: Task) => {
        if (!task.plans) return { artifacts: [testArtifact(1)], next: null }
        // Sent before what the plan itself adds.
        void ledger.addTasks(task.runId, 'aws', [toTask(task.runId, 'aws', task.asOf, slice('a', 9))])
        return planned([slice('a', 1)])
      }
      start(provider(read, { slices: [planner], gaps: [] }))
      const run = await ended(await submit())
      expect(run.status).to.equal('completed')
      expect(run.providers.aws).to.include({ slices: 2, ended: 2, artifacts: 2 })
    })

    it('shows planning that was refused as a slice with its reason, never as nothing to read', async () => {
      const gaps = [
        { scope: 'b', region: 'global', partition: 'all', code: 'REGION_DISABLED' as const, message: 'off' },
      ]
      start(provider(() => fail('ACCESS_DENIED'), { slices: [planner], gaps }))
      const id = await submit()
      const run = await ended(id)
      expect(run.status).to.equal('failed')
      expect(run.providers.aws!.outcomes).to.deep.equal({ denied: 1, not_enabled: 1 })
    })

    it('shows planning that found nothing as a slice without resources, not as nothing', async () => {
      start(provider(() => planned([]), { slices: [planner], gaps: [] }))
      const id = await submit()
      const run = await ended(id)
      expect(run.status).to.equal('completed')
      expect(run.providers.aws).to.include({ slices: 1, planning: 0, artifacts: 0 })
      expect(await onlyTask(id)).to.include({ outcome: 'complete' })
    })

    it('tells the provider what planning had counted', async () => {
      const expected = { count: 1, source: 'planning' }
      const opened: unknown[] = []
      const read = (task: Task): Page => {
        opened.push(task.expected)
        return { artifacts: [testArtifact(1)], next: null }
      }
      start(provider(read, { slices: [{ ...SLICE, expected }], gaps: [] }))
      await ended(await submit())
      expect(opened).to.deep.equal([expected])
    })

    it('lets a slice that turns out large give a part of itself away', async () => {
      const read = (task: Task): Page =>
        task.partition === 'all'
          ? {
              artifacts: [testArtifact(1)],
              next: null,
              expected: { count: 1, source: 'half' },
              plan: { slices: [slice('a', 2)], gaps: [] },
            }
          : { artifacts: [testArtifact(2)], next: null }
      start(provider(read, { slices: [SLICE], gaps: [] }))
      const run = await ended(await submit())
      expect(run.status).to.equal('completed')
      expect(run.providers.aws).to.include({ slices: 2, artifacts: 2 })
    })

    it('knows what to expect from planning, also of a slice that is refused', async () => {
      const expected = { count: 7, source: 'planning' }
      start(provider(() => fail('ACCESS_DENIED'), { slices: [{ ...SLICE, expected }], gaps: [] }))
      const id = await submit()
      const run = await ended(id)
      expect(run.providers.aws).to.include({ expected: 7, read: 0 })
      expect(await onlyTask(id)).to.deep.include({ outcome: 'denied', expected })
    })

    it('calls a slice partial that gave fewer than planning had counted', async () => {
      const expected = { count: 2, source: 'planning' }
      start(provider(() => page(0, null), { slices: [{ ...SLICE, expected }], gaps: [] }))
      const id = await submit()
      expect((await ended(id)).status).to.equal('partial')
      expect(await onlyTask(id)).to.include({ outcome: 'partial', code: 'COUNT_MISMATCH' })
    })

    it('serves scopes by turns, so that a small one does not wait for a large one', async () => {
      const opened: string[] = []
      const large = Array.from({ length: 40 }, (_, n) => slice('large', n))
      const small = [slice('small', 1), slice('small', 2)]
      const read = (task: Task) => {
        opened.push(task.scope)
        return page(0, null)
      }
      start(provider(read, { slices: [...large, ...small], gaps: [] }))
      expect((await ended(await submit())).status).to.equal('completed')
      expect(opened.slice(0, 4)).to.have.members(['large', 'small', 'large', 'small'])
    })
  })

  describe('the manifest', () => {
    it('is delivered after the last batch, with every slice and why it is not complete', async () => {
      const kept = keeping()
      const gaps = [{ ...SLICE, scope: 'b', code: 'ACCESS_DENIED' as const, message: 'not allowed' }]
      start({ ...scripted((n) => page(n, null, 1)), plan: async () => ({ slices: [SLICE], gaps }) }, kept.transport)
      const id = await submit()
      await ended(id)
      expect(kept.events).to.deep.equal(['batch', 'manifest'])
      const [manifest] = kept.manifests
      expect(manifest).to.deep.include({ run_id: id, status: 'partial', part: 1, parts: 1 })
      expect(manifest!.totals).to.deep.equal({ slices: 2, artifacts: 1, extracted: 1, expected: 1 })
      expect(manifest!.outcomes).to.deep.equal({ complete: 1, denied: 1 })
      expect(manifest!.reasons).to.have.length(1)
      expect(manifest!.reasons[0]).to.include({ provider: 'aws', outcome: 'denied', code: 'ACCESS_DENIED', count: 1 })
      expect(
        manifest!.slices.map(({ scope, coverage }) => [scope, coverage.expected, coverage.extracted]),
      ).to.have.deep.members([
        ['b', null, 0],
        ['123456789012', 1, 1],
      ])
    })

    for (const [what, read, status, outcomes] of [
      ['leaves a run completed', () => page(0, null, 1), 'completed', { complete: 1, skipped: 1 }],
      ['completes no run that could read nothing', () => fail('ACCESS_DENIED'), 'failed', { denied: 1, skipped: 1 }],
    ] as const) {
      it(`names what was skipped, which ${what}`, async () => {
        const kept = keeping()
        const gaps = [{ ...SLICE, scope: 'b', code: 'REGIONS_LEFT_OUT' as const, message: 'not enabled: af-south-1' }]
        start({ ...scripted(read), plan: async () => ({ slices: [SLICE], gaps }) }, kept.transport)
        expect((await ended(await submit())).status).to.equal(status)
        const [manifest] = kept.manifests
        expect(manifest).to.deep.include({ status, outcomes })
        const skipped = manifest!.slices.find(({ outcome }) => outcome === 'skipped')
        expect(skipped).to.include({ scope: 'b', code: 'REGIONS_LEFT_OUT', message: 'not enabled: af-south-1' })
      })
    }

    it('comes in parts where the slices are many', async () => {
      const kept = keeping()
      const slices = Array.from({ length: 1500 }, (_, n) => ({ ...SLICE, partition: `p${n}` }))
      start({ ...scripted(() => page(0, null)), plan: async () => ({ slices, gaps: [] }) }, kept.transport)
      const id = await submit()
      expect((await ended(id)).status).to.equal('completed')
      expect(kept.manifests.map(({ id, part, parts }) => [id, part, parts])).to.deep.equal([
        [`${id}-manifest-000001`, 1, 2],
        [`${id}-manifest-000002`, 2, 2],
      ])
      expect(new Set(kept.manifests.flatMap((one) => one.slices.map(({ partition }) => partition))).size).to.equal(1500)
    })

    it('is not tried again where the receiver refuses it', async () => {
      const kept = keeping(Infinity, 'DELIVERY_REJECTED')
      start(
        scripted(() => page(0, null)),
        kept.transport,
      )
      expect((await ended(await submit())).status).to.equal('partial')
      expect(kept.manifests).to.have.length(1)
    })

    it('is tried again when a transport fails, and is the same then', async () => {
      const kept = keeping(1)
      start(
        scripted(() => page(0, null)),
        kept.transport,
      )
      expect((await ended(await submit())).status).to.equal('completed')
      expect(kept.manifests).to.have.length(2)
      expect(kept.manifests[1]).to.deep.equal(kept.manifests[0])
    })

    it('is tried again for as long as patience says, and spends no attempt', async () => {
      const kept = keeping(2)
      start(
        scripted(() => page(0, null)),
        kept.transport,
        { deliveryPatience: 60_000 },
      )
      const id = newRunId(Date.now())
      await ledger.createRun({ id, createdAt: Date.now(), request: REQUEST })
      await runs.add('run', { v: PAYLOAD_VERSION, runId: id }, { ...runJobOptions(id), attempts: 1 })
      expect((await ended(id)).status).to.equal('completed')
      expect(kept.manifests).to.have.length(3)
    })

    it('keeps a run from being called completed where it could not be delivered', async () => {
      const kept = keeping(Infinity)
      start(
        scripted(() => page(0, null)),
        kept.transport,
      )
      const id = newRunId(Date.now())
      await ledger.createRun({ id, createdAt: Date.now(), request: REQUEST })
      await runs.add('run', { v: PAYLOAD_VERSION, runId: id }, { ...runJobOptions(id), attempts: 2, backoff: 1 })
      expect((await ended(id)).status).to.equal('partial')
      expect(await ledger.errors(id)).to.deep.include({
        provider: null,
        outcome: 'partial',
        code: 'MANIFEST_UNDELIVERED',
        count: 1,
        message: 'keeping: no',
        example_task_id: null,
      })
    })
  })
})

/** A transport that refuses so many batches before it takes any, or all until it is opened. */
function refusing(times: number) {
  let refusals = 0
  let isOpen = false
  const transport: Transport = {
    ...nullTransport(),
    async deliver() {
      if (isOpen || refusals >= times) return { bytes: 1 }
      refusals++
      throw new ExtractionError('DELIVERY_FAILED', 'away')
    },
  }
  return { transport, refusals: () => refusals, open: () => void (isOpen = true) }
}

/** A transport that keeps manifests and refuses the first of them. */
function keeping(refusals = 0, code: 'DELIVERY_FAILED' | 'DELIVERY_REJECTED' = 'DELIVERY_FAILED') {
  const events: string[] = []
  const manifests: Manifest[] = []
  const transport: Transport = {
    ...nullTransport(),
    name: 'keeping',
    async deliver() {
      events.push('batch')
      return { bytes: 1 }
    },
    async deliverManifest(manifest) {
      events.push('manifest')
      manifests.push(manifest)
      if (manifests.length <= refusals) throw new ExtractionError(code, 'no')
      return { bytes: 1 }
    },
  }
  return { transport, events, manifests }
}
