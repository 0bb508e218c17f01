import { expect } from 'chai'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { consumerConnection, freePort, startPrivateRedis, type PrivateRedis } from '@cae/runtime'

const MAIN = fileURLToPath(new URL('../dist/main.js', import.meta.url))

describe('the API as a process', () => {
  let redis: PrivateRedis
  let child: ChildProcess | undefined
  before(async () => {
    redis = await startPrivateRedis()
  })
  afterEach(() => child?.kill('SIGKILL'))
  after(() => redis.stop())

  const start = (environment: Record<string, string>): ChildProcess =>
    (child = spawn(process.execPath, [MAIN], {
      env: { PATH: process.env['PATH'], REDIS_URL: redis.url, LOG_LEVEL: 'error', API_PORT: '0', ...environment },
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    }))
  const listening = async (process: ChildProcess): Promise<string> => {
    const [{ url }] = (await once(process, 'message')) as [{ url: string }]
    return url.replace('0.0.0.0', '127.0.0.1')
  }
  /** Of a new connection, as a load balancer's probe makes one. */
  const status = async (url: string, headers: Record<string, string> = {}) =>
    (await fetch(url, { headers: { connection: 'close', ...headers } })).status

  it('tells load balancers that it stops, serves on while they look elsewhere, and then ends', async () => {
    const key = 'a-key-of-sixteen-or-more'
    const api = start({ API_HOST: '0.0.0.0', API_KEYS: key, API_DRAIN_MS: '1500' })
    const url = await listening(api)
    expect(await status(`${url}/ready`)).to.equal(200)
    const stopped = Date.now()
    const exited = once(api, 'exit')
    api.kill('SIGTERM')
    while ((await status(`${url}/ready`)) === 200) await sleep(10)
    expect(await status(`${url}/ready`)).to.equal(503)
    expect(await status(`${url}/extraction/jobs`, { 'x-api-key': key })).to.equal(200)
    expect(await exited).to.deep.equal([0, null])
    expect(Date.now() - stopped).to.be.at.least(1400)
  })

  describe('whose Redis fails it', () => {
    let folder: string
    let settings: string
    let own: PrivateRedis | undefined
    before(() => {
      folder = mkdtempSync(join(tmpdir(), 'cae-api-'))
      settings = join(folder, 'settings.yaml')
      writeFileSync(settings, 'enabled_providers: [aws]\naws_accounts: [{account_id: "123456789012"}]\n')
    })
    afterEach(() => own?.stop())
    after(() => rmSync(folder, { recursive: true }))

    const submit = async (url: string) => {
      const response = await fetch(`${url}/extraction/extract`, { method: 'POST', headers: { connection: 'close' } })
      const { detail } = (await response.json()) as { detail?: string }
      return { status: response.status, detail, retryAfter: response.headers.get('retry-after') }
    }
    const enqueued = async ({ url }: PrivateRedis) => {
      const redis = consumerConnection(url)
      try {
        return await redis.llen('{cae}:runs:wait')
      } finally {
        redis.disconnect()
      }
    }

    it('lives and says so, and can’t serve yet, until there is one', async () => {
      const [port, redisPort] = [await freePort(), await freePort()]
      const api = start({ API_PORT: String(port), REDIS_URL: `redis://127.0.0.1:${redisPort}`, CONFIG_FILE: settings })
      const url = `http://127.0.0.1:${port}`
      const ready = listening(api)
      while ((await status(`${url}/health`).catch(() => 0)) !== 200) await sleep(20)
      expect(await status(`${url}/ready`)).to.equal(503)
      expect(await submit(url)).to.deep.include({
        status: 503,
        detail: 'Redis is away; try again later',
        retryAfter: '5',
      })
      own = await startPrivateRedis({ port: redisPort })
      await ready
      expect(await submit(url)).to.include({ status: 202 })
    })

    it('ends at once where it is told to while it waits', async () => {
      const port = await freePort()
      const api = start({ API_PORT: String(port), REDIS_URL: `redis://127.0.0.1:${await freePort()}` })
      while ((await status(`http://127.0.0.1:${port}/health`).catch(() => 0)) !== 200) await sleep(20)
      const exited = once(api, 'exit')
      api.kill('SIGTERM')
      expect(await exited).to.deep.equal([0, null])
    })

    it('enqueues nothing of what it has answered 503, when a Redis that hung goes on', async () => {
      own = await startPrivateRedis()
      const url = await listening(start({ REDIS_URL: own.url, CONFIG_FILE: settings }))
      expect(await submit(url)).to.include({ status: 202 })
      process.kill(own.pid, 'SIGSTOP')
      const answer = await submit(url).finally(() => process.kill(own!.pid, 'SIGCONT'))
      expect(answer.status).to.equal(503)
      expect(answer.detail).to.match(/look before you try again/)
      expect(answer.retryAfter).to.equal(null)
      while ((await status(`${url}/ready`)) !== 200) await sleep(20)
      expect(await enqueued(own)).to.equal(1)
    })

    it('says why where it takes no writes, and that it is not ready', async () => {
      own = await startPrivateRedis()
      const url = await listening(start({ REDIS_URL: own.url, CONFIG_FILE: settings }))
      const redis = consumerConnection(own.url)
      await redis.config('SET', 'min-replicas-to-write', '1')
      redis.disconnect()
      const detail = 'Redis refuses (NOREPLICAS); try again later'
      expect(await submit(url)).to.deep.include({ status: 503, detail })
      expect(await status(`${url}/ready`)).to.equal(503)
      expect(await status(`${url}/health`)).to.equal(200)
    })
  })

  it('answers what is no request in the one shape of errors', async () => {
    const url = await listening(start({}))
    const long = await fetch(`${url}/extraction/jobs?status=${'x'.repeat(20_000)}`)
    expect(long.status).to.equal(431)
    expect(await long.json()).to.have.all.keys('detail', 'errors')
    // One that never closes its side, whose connection must not stay for it.
    const socket = connect({ port: Number(new URL(url).port), host: '127.0.0.1', allowHalfOpen: true })
    socket.write('no such protocol\r\n\r\n')
    const answer = await text(socket)
    expect(answer).to.match(/^HTTP\/1.1 400 Bad Request\r\n/)
    expect(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n')))).to.have.all.keys('detail', 'errors')
    const exited = once(child!, 'exit')
    child!.kill('SIGTERM')
    expect(await exited).to.deep.equal([0, null])
    socket.destroy()
  })

  it('warns of a Redis that forgets what it likes', async () => {
    const own = await startPrivateRedis()
    const connection = consumerConnection(own.url)
    await connection.config('SET', 'maxmemory-policy', 'allkeys-lru')
    connection.disconnect()
    const api = start({ REDIS_URL: own.url, LOG_LEVEL: 'warn' })
    const log = text(api.stderr!)
    await listening(api)
    api.kill('SIGTERM')
    expect(await log).to.match(/"Redis forgets what it likes .*allkeys-lru.*noeviction"/)
    await own.stop()
  })

  it('ends at once where only this machine reaches it', async () => {
    const api = start({ API_DRAIN_MS: '60000' })
    await listening(api)
    const exited = once(api, 'exit')
    api.kill('SIGTERM')
    expect(await exited).to.deep.equal([0, null])
  })

  it('ends with 1 and names every problem of its settings with its path', async () => {
    const api = start({ API_PORT: 'eighty', BATCH_SIZE: '0', ENABLED_PROVIDERS: 'aws,oracle' })
    const [said, [code]] = await Promise.all([text(api.stderr!), once(api, 'exit')])
    expect(code).to.equal(1)
    expect(said).to.match(/^api: 3 problems in the settings$/m)
    for (const path of ['api.port', 'batch_size', 'enabled_providers[1]']) expect(said).to.include(`\n  ${path}: `)
  })
})
