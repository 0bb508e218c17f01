import { expect } from 'chai'
import { Queue, Worker } from 'bullmq'
import { Redis } from 'ioredis'
import { ExtractionError, type Page, type Provider, type ProviderName } from '@cae/core'
import { testArtifact } from '@cae/core/testing'
import {
  createLog,
  Ledger,
  newRunId,
  PAYLOAD_VERSION,
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
import { endOrphans } from '../src/maintenance.ts'
import { runJob } from '../src/run-job.ts'
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
  ...(expected !== undefined && { expected }),
})

const fail = (code: ConstructorParameters<typeof ExtractionError>[0], nativeCode?: string): never => {
  throw new ExtractionError(code, `simulated ${code}`, { retryAfter: 1, ...(nativeCode && { nativeCode }) })
}

describe('the engine', () => {
  let server: PrivateRedis
  let redis: Redis
  let ledger: Ledger
  let runs: Queue
  let tasks: Queue
  const workers: Worker[] = []
  const log = createLog({ level: 'error', format: 'json' })
  const clock = systemClock

  before(async () => {
    server = await startPrivateRedis()
    redis = new Redis(server.url, { maxRetriesPerRequest: null })
    ledger = new Ledger(redis, PREFIX)
    runs = new Queue(RUNS_QUEUE, { connection: redis, prefix: PREFIX })
    tasks = new Queue(tasksQueue('aws'), { connection: redis, prefix: PREFIX })
  })
  after(async () => {
    await Promise.all([runs.close(), tasks.close()])
    redis.disconnect()
    await server.stop()
  })
  beforeEach(() => redis.flushall())
  afterEach(async () => {
    await Promise.all(workers.splice(0).map((worker) => worker.close()))
  })

  const start = (provider: Provider | null) => {
    const providers = new Map<ProviderName, Provider>(provider ? [['aws', provider]] : [])
    const shared = { ledger, providers, limiter: unlimited(), clock, log }
    const options = { connection: redis, prefix: PREFIX, maxStartedAttempts: 1000 }
    const run = runJob({ ...shared, taskQueues: new Map([['aws', tasks]]), prefix: PREFIX })
    const task = taskJob({
      ...shared,
      transports: [nullTransport()],
      shutdownGrace: 100,
      attempts: 3,
      backoff: 1,
      throttlePatience: 50,
    })
    workers.push(new Worker(RUNS_QUEUE, run, options), new Worker(tasksQueue('aws'), task, options))
  }
  const submit = async (createdAt = Date.now()) => {
    const id = newRunId(createdAt)
    await ledger.createRun({ id, createdAt, request: REQUEST })
    await runs.add('run', { v: PAYLOAD_VERSION, runId: id }, runJobOptions(id))
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
    expect(run.providers.aws).to.include({ tasks: 1, ended: 1, artifacts: 5, read: 5, expected: 5, pages: 5 })
  })

  it('calls a slice partial when fewer resources came than the provider counted', async () => {
    start(scripted((n) => page(n, n < 1 ? 1 : null, 3)))
    const id = await submit()
    expect((await ended(id)).status).to.equal('partial')
    expect(await onlyTask(id)).to.include({ outcome: 'partial', code: 'COUNT_MISMATCH', read: 2, expected: 3 })
  })

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

  it('shows a provider that no worker has, after a time', async () => {
    start(null)
    const id = await submit(Date.now() - 120_000)
    await ended(id)
    expect(await onlyTask(id)).to.include({ outcome: 'failed', code: 'SETTINGS_MISSING' })
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

  it('waits for our own limiter without a limit', async () => {
    const from = Date.now()
    start(scripted(() => (Date.now() - from < 400 ? fail('THROTTLED', 'LIMITER') : page(0, null))))
    expect((await ended(await submit())).status).to.equal('completed')
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

  it('ends a run whose job was lost with what its tasks have reached', async () => {
    const id = await submit(Date.now() - 120_000)
    await (await runs.getJob(id))!.remove()
    const queue = new Queue(SCHEDULES_QUEUE, { connection: redis, prefix: PREFIX })
    const schedules = new Schedules(redis, PREFIX, queue)
    await endOrphans({
      ledger,
      runs,
      schedules,
      clock,
      log: createLog({ level: 'error', format: 'json' }),
      retention: { retention_days: 1, retention_runs: 1 },
    })
    expect((await ledger.run(id))!.status).to.equal('failed')
    await queue.close()
  })
})
