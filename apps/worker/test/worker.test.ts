import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { toTask } from '@cae/core'
import {
  createLog,
  Ledger,
  loadSettings,
  newRunId,
  PAYLOAD_VERSION,
  startPrivateRedis,
  tasksQueue,
  type PrivateRedis,
} from '@cae/runtime'
import { Queue } from 'bullmq'
import { expect } from 'chai'
import { Redis } from 'ioredis'
import { startWorker, type RunningWorker } from '../src/worker.ts'

const ACCOUNT = '123456789012'
const PREFIX = '{test}'
const TASKS = 9
const LONG_ENOUGH_MS = 400

describe('a worker', () => {
  let server: PrivateRedis
  let redis: Redis
  let cloud: Server
  let worker: RunningWorker | undefined
  /** Calls that AWS has not answered yet. */
  let calls: ServerResponse[]

  beforeEach(async () => {
    server = await startPrivateRedis()
    redis = new Redis(server.url, { maxRetriesPerRequest: null })
    calls = []
    cloud = createServer((_, answer) => calls.push(answer)).listen(0, '127.0.0.1')
    await new Promise((resolve) => cloud.once('listening', resolve))
  })
  afterEach(async () => {
    await worker?.close()
    worker = undefined
    cloud.closeAllConnections()
    await new Promise((resolve) => cloud.close(resolve))
    redis.disconnect()
    await server.stop()
  })

  it('makes room in a Redis that is full, which takes nothing but deletions', async () => {
    const ledger = new Ledger(redis, PREFIX)
    const id = newRunId(1)
    await ledger.createRun({ id, createdAt: 1, request: { providers: ['aws'], batch_size: 5 } })
    await ledger.finishRun(id, 'failed', 2)
    await redis.config('SET', 'maxmemory', '1')
    await start(1)
    while (await ledger.run(id)) await new Promise((resolve) => setTimeout(resolve, 20))
    await redis.config('SET', 'maxmemory', '0')
  })

  const start = async (concurrency: number) => {
    const settings = loadSettings({
      REDIS_URL: server.url,
      REDIS_PREFIX: PREFIX,
      ENABLED_PROVIDERS: 'aws',
      AWS_ACCOUNTS: JSON.stringify([{ account_id: ACCOUNT, regions: ['us-east-1'] }]),
      AWS_ENDPOINT: `http://127.0.0.1:${(cloud.address() as AddressInfo).port}`,
      WORKER__CONCURRENCY__AWS: String(concurrency),
      LIMITS_ENABLED: 'false',
      TRANSPORT_TYPE: 'null',
    })
    worker = await startWorker(settings, createLog({ level: 'error', format: 'json' }))
  }
  const addTasks = async () => {
    const [ledger, runId] = [new Ledger(redis, PREFIX), newRunId(Date.now())]
    const createdAt = Date.now()
    await ledger.createRun({ id: runId, createdAt, request: { providers: ['aws'], batch_size: 10 } })
    const tasks = Array.from({ length: TASKS }, (_, n) =>
      toTask(runId, 'aws', new Date(createdAt).toISOString(), {
        scope: ACCOUNT,
        region: 'us-east-1',
        partition: `part-${n}`,
        query: { kind: 'rows' },
      }),
    )
    await ledger.addTasks(runId, 'aws', tasks)
    const queue = new Queue(tasksQueue('aws'), { connection: redis, prefix: PREFIX })
    await queue.addBulk(tasks.map(({ id }) => ({ name: 'extract', data: { v: PAYLOAD_VERSION }, opts: { jobId: id } })))
    await queue.close()
  }
  const refuse = (call: ServerResponse) =>
    call
      .writeHead(400, { 'content-type': 'application/x-amz-json-1.1' })
      .end('{"__type":"AccessDeniedException","message":"no"}')
  const sleep = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds))
  const calledFor = async (wanted: number) => {
    while (calls.length < wanted) await sleep(5)
    await sleep(LONG_ENOUGH_MS)
    return calls.length
  }

  for (const concurrency of [2, 4]) {
    it(`has ${concurrency} tasks of a provider under way where the settings say so, and takes up the next as one ends`, async () => {
      await start(concurrency)
      await addTasks()
      expect(await calledFor(concurrency)).to.equal(concurrency)
      refuse(calls[0]!)
      expect(await calledFor(concurrency + 1)).to.equal(concurrency + 1)
      // Those that come when the others have ended must not be left waiting.
      cloud.removeAllListeners('request').on('request', (_, answer) => refuse(answer))
      for (const call of calls.slice(1)) refuse(call)
    })
  }
})
