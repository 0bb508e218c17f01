import { once } from 'node:events'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Finding } from '@cae/core'
import { RUNS_QUEUE, startPrivateRedis, type PrivateRedis, type TransportSettings } from '@cae/runtime'
import { expect } from 'chai'
import { Redis } from 'ioredis'
import { startProcess, type TestProcess } from '../support/index.ts'
import type { CheckingWorkerOptions } from '../support/checking-worker.ts'

const ACCOUNT = '123456789012'
const place = { scope: ACCOUNT, region: 'us-east-1' }
const FINDINGS: readonly Finding[] = [
  { ...place, region: 'global', check: 'credentials', status: 'ok' },
  { ...place, check: 'test:Read', status: 'ok', estimate: { resources: 900, calls: { 'aws.test': 1000 } } },
]

interface Preflight {
  readonly preflight_id: string
  readonly status: string
  readonly ready: boolean | null
  readonly providers: Readonly<Record<string, Answered>>
  readonly destination: Readonly<Record<'status' | 'message' | 'ready' | 'transport' | 'tried' | 'code', unknown>>
}

interface Answered {
  readonly status: string
  readonly message: string | null
  readonly calls: number
  readonly ready: boolean | null
  readonly checks: readonly { check: string; status: string; message?: string; places: readonly object[] }[]
  readonly untried: readonly string[]
  readonly estimate: { calls: number; seconds: number; decided_by: string; at_least: boolean } | null
}

describe('GET /extraction/preflight', () => {
  let server: PrivateRedis
  let redis: Redis
  let api: TestProcess
  const workers: TestProcess[] = []

  before(async () => {
    server = await startPrivateRedis()
    redis = new Redis(server.url)
    api = await startProcess('apps/api/dist/main.js', {
      environment: {
        REDIS_URL: server.url,
        API_PORT: '0',
        LOG_LEVEL: 'error',
        AWS_ACCOUNTS: JSON.stringify([{ account_id: ACCOUNT, regions: ['us-east-1', 'eu-west-1'] }]),
        GCP_PROJECTS: '[{"project_id":"my-project"}]',
      },
    })
  })
  after(async () => {
    await api.stop()
    redis.disconnect()
    await server.stop()
  })
  afterEach(async () => {
    await Promise.all(workers.splice(0).map((worker) => worker.stop()))
    expect(await redis.exists(`{cae}:${RUNS_QUEUE}:wait`, '{cae}:index'), 'nothing is enqueued').to.equal(0)
    await redis.flushall()
  })

  const startWorker = async (options: Partial<CheckingWorkerOptions> = {}) => {
    const all: CheckingWorkerOptions = { providers: ['aws'], findings: FINDINGS, ...options }
    const environment = { REDIS_URL: server.url, CHECKING_WORKER: JSON.stringify(all) }
    const worker = await startProcess('test/support/checking-worker.ts', { environment })
    workers.push(worker)
    return worker
  }
  const get = async (path: string) => {
    const response = await fetch(`${String(api.ready['url'])}/extraction/preflight${path}`)
    const body = (await response.json()) as Preflight & { detail: string; errors: { field: string; message: string }[] }
    return { status: response.status, location: response.headers.get('location'), body }
  }
  const said = (worker: TestProcess, type: string) =>
    new Promise<Record<string, unknown>>((resolve) => {
      worker.child.on('message', (message: { type: string }) => {
        if (message.type === type) resolve(message)
      })
    })

  it('says what is there, what was not tried, and what a full run takes', async () => {
    const worker = await startWorker()
    const checking = said(worker, 'checking')
    const { status, body } = await get('?provider=aws&regions=us-east-1&resource_types=aws:ec2:*')
    expect(status).to.equal(200)
    expect(body).to.include({ status: 'complete', ready: true })
    const { aws } = body.providers
    expect(aws).to.deep.include({ status: 'done', ready: true, calls: 1, message: null, untried: ['test:Never'] })
    expect(aws!.checks).to.deep.equal([
      { check: 'credentials', status: 'ok', places: [{ scope: ACCOUNT, regions: ['global'] }] },
      { check: 'test:Read', status: 'ok', places: [{ scope: ACCOUNT, regions: ['us-east-1'] }] },
    ])
    // 1,000 calls at half of 1,000 a second.
    expect(body.destination).to.include({ status: 'done', ready: true, transport: 'null', tried: null })
    expect(aws!.estimate).to.include({ calls: 1000, seconds: 2, decided_by: 'aws.test', at_least: false })
    const { target } = (await checking) as { target: { asOf: string } }
    expect(target).to.deep.equal({ regions: ['us-east-1'], resourceTypes: ['aws:ec2:*'], asOf: target.asOf })
  })

  it('is not ready where something is missing, and where nothing was checked', async () => {
    const missing: Finding = { ...place, check: 'recorder', status: 'missing', message: 'is off', advice: 'turn it on' }
    await startWorker({ findings: [...FINDINGS, missing] })
    await startWorker({ providers: ['gcp'], findings: [] })
    const { status, body } = await get('')
    expect(status).to.equal(200)
    expect(body).to.include({ status: 'complete', ready: false })
    expect([body.providers['aws']!.ready, body.providers['gcp']!.ready]).to.deep.equal([false, false])
    expect(body.providers['aws']!.estimate!.at_least).to.equal(true)
    expect(body.providers['gcp']!.estimate).to.equal(null)
  })

  it('is not ready where the destination takes nothing, and says what a delivery would', async () => {
    const closed = createServer().listen(0, '127.0.0.1')
    await once(closed, 'listening')
    const { port } = closed.address() as AddressInfo
    closed.close()
    await once(closed, 'close')
    const endpoint_url = `http://127.0.0.1:${port}/ingest`
    const http = { type: 'http', endpoint_url, timeout_ms: 1000, retries: 5 } as TransportSettings
    await startWorker({ transport: http })
    const { status, body } = await get('?provider=aws')
    expect(status).to.equal(200)
    expect(body).to.include({ status: 'complete', ready: false })
    expect(body.providers['aws']).to.include({ status: 'done', ready: true })
    expect(body.destination).to.deep.include({ status: 'done', ready: false, transport: 'http', tried: null })
    expect(body.destination).to.include({
      code: 'DELIVERY_FAILED',
      message: `127.0.0.1:${port} did not answer (ECONNREFUSED), at attempt 1`,
    })
  })

  it('says of a destination what was tried there, and leaves nothing in it', async () => {
    const base_dir = await mkdtemp(join(tmpdir(), 'cae-preflight-'))
    await startWorker({ transport: { type: 'filesystem', base_dir, format: 'jsonl', compression: 'none' } })
    const { body } = await get('?provider=aws')
    expect(body).to.include({ status: 'complete', ready: true })
    expect(body.destination).to.include({ ready: true, message: null, code: null })
    expect(body.destination.tried).to.equal(`files in ${base_dir}: one was written, synced and removed`)
    expect(await readdir(base_dir)).to.deep.equal([])
    await rm(base_dir, { recursive: true })
  })

  it('is running while the destination keeps a worker waiting, and not ready where that takes too long', async () => {
    const mute = createServer(() => {}).listen(0, '127.0.0.1')
    await once(mute, 'listening')
    const endpoint_url = `http://127.0.0.1:${(mute.address() as AddressInfo).port}/`
    await startWorker({
      transport: { type: 'http', endpoint_url, timeout_ms: 2000, retries: 0 } as TransportSettings,
    })
    const first = await get('?provider=aws&wait=1')
    expect(first.status).to.equal(202)
    expect(first.body).to.include({ status: 'running', ready: null })
    expect(first.body.providers['aws']).to.include({ status: 'done', ready: true })
    expect(first.body.destination).to.include({ status: 'checking', ready: null, tried: null })
    const then = await get(`/${first.body.preflight_id}`)
    expect(then.body).to.include({ status: 'complete', ready: false })
    expect(then.body.destination.message).to.match(/did not answer \(ETIMEDOUT\)/)
    mute.closeAllConnections()
    mute.close()
  })

  it('is answered by exactly one of several workers', async () => {
    const checked: number[] = []
    for (let n = 0; n < 3; n++) {
      const worker = await startWorker()
      worker.child.on('message', ({ type }: { type: string }) => void (type === 'checking' && checked.push(worker.pid)))
    }
    for (let n = 0; n < 4; n++) expect((await get('?provider=aws')).body.ready).to.equal(true)
    expect(checked).to.have.length(4)
  })

  it('gives a long check as it stands, with nothing unchecked as ok, and the rest under the same id', async () => {
    await startWorker({ takes: 3000 })
    await startWorker({ providers: ['gcp'] })
    const first = await get('?wait=1')
    expect(first.status).to.equal(202)
    expect(first.location).to.equal(`/extraction/preflight/${first.body.preflight_id}`)
    expect(first.body).to.include({ status: 'running', ready: null })
    expect(first.body.providers['gcp']).to.include({ status: 'done', ready: true })
    expect(first.body.providers['aws']).to.deep.include({ status: 'checking', ready: null, checks: [], estimate: null })
    const then = await get(`/${first.body.preflight_id}?wait=10`)
    expect(then.status).to.equal(200)
    expect(then.body).to.include({ preflight_id: first.body.preflight_id, status: 'complete', ready: true })
  })

  it('says so where no worker answers, and leaves nothing behind that one would answer later', async () => {
    const { status, body } = await get('?provider=aws')
    expect(status).to.equal(503)
    expect(body.detail).to.match(/no worker answered for aws within 5 s: start one/)
    expect(await redis.exists('{cae}:preflights:aws', '{cae}:preflights:destination')).to.equal(0)
  })

  it('says of each provider alone that no worker answers for it', async () => {
    await startWorker()
    const { status, body } = await get('')
    expect(status).to.equal(200)
    expect(body).to.include({ status: 'incomplete', ready: false })
    expect(body.providers['aws']).to.include({ status: 'done', ready: true })
    expect(body.providers['gcp']).to.include({ status: 'unanswered', ready: false })
    expect(body.providers['gcp']!.message).to.match(/no worker took it up/)
  })

  it('says so when the worker dies while it checks', async () => {
    const worker = await startWorker({ takes: 60_000 })
    const checking = said(worker, 'checking')
    const first = get('?provider=aws&wait=0')
    await checking
    await worker.stop('SIGKILL')
    const id = (await first).body.preflight_id
    let answer = await get(`/${id}`)
    while (answer.status === 202) answer = await get(`/${id}`)
    expect(answer.status).to.equal(503)
    expect(answer.body.detail).to.match(/worker that checked aws gives no sign of life/)
  }).timeout(30_000)

  it('says so when the worker is stopped while it checks', async () => {
    const worker = await startWorker({ takes: 60_000 })
    const checking = said(worker, 'checking')
    const first = get('?provider=aws')
    await checking
    await worker.stop('SIGTERM')
    const { status, body } = await first
    expect(status).to.equal(200)
    expect(body).to.include({ status: 'incomplete', ready: false })
    expect(body.providers['aws']).to.include({
      status: 'failed',
      message: 'the worker that checked was stopped; check again',
    })
  })

  it('says why a check failed', async () => {
    await startWorker({ throws: 'the cloud fell down' })
    const { body } = await get('?provider=aws')
    expect(body).to.include({ status: 'incomplete', ready: false })
    expect(body.providers['aws']).to.include({ status: 'failed', message: 'the cloud fell down' })
  })

  it('ends a check that nobody waits for any more', async () => {
    const worker = await startWorker({ takes: 60_000 })
    const aborted = said(worker, 'aborted')
    const { body } = await get('?provider=aws&wait=1')
    // As when nobody has looked for a minute.
    await redis.del(`{cae}:preflight:${body.preflight_id}`)
    expect((await aborted)['reason']).to.match(/nobody waits/)
    expect((await get(`/${body.preflight_id}`)).status).to.equal(404)
  })

  it('is kept for a while and then gone, with all that it wrote', async () => {
    await startWorker()
    await get('?provider=aws')
    const left = await redis.keys('{cae}:preflight*')
    for (const key of left) expect(await redis.pttl(key)).to.be.within(1, 600_000)
    expect(left).to.have.length(1)
  })

  it('passes over a question that it cannot read, and answers the next', async () => {
    await startWorker()
    await redis.rpush('{cae}:preflights:aws', '{"v":99,"preflightId":"x","provider":"aws"}', 'nonsense')
    expect((await get('?provider=aws')).body.ready).to.equal(true)
  })

  it('names the field of a bad request with the nearest values, and asks nobody', async () => {
    for (const [query, field, message] of [
      ['?services=ec3', 'services', /did you mean.*ec2/],
      ['?regions=us-est-1', 'regions', /nearest are us-east-1/],
      ['?accounts=123456789013', 'accounts', /nearest are 123456789012/],
      ['?resource_types=aws:ec3:*', 'resource_types', /did you mean aws:ec2/],
      ['?servces=ec2', 'servces', /did you mean services/],
      ['?wait=x', 'wait', /number/],
    ] as const) {
      const { status, body } = await get(query)
      expect(status, query).to.equal(422)
      expect(body.errors[0]).to.include({ field })
      expect(body.errors[0]!.message).to.match(message)
    }
    expect(await redis.keys('{cae}:preflight*')).to.deep.equal([])
  })

  it('is not found where there is none', async () => {
    for (const id of ['nope', '000000000000000000']) expect((await get(`/${id}`)).status).to.equal(404)
  })
})
