import { expect } from 'chai'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { startPrivateRedis, type PrivateRedis } from '@cae/runtime'

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url))

describe('the API as a process', () => {
  let redis: PrivateRedis
  let child: ChildProcess | undefined
  before(async () => {
    redis = await startPrivateRedis()
  })
  afterEach(() => child?.kill('SIGKILL'))
  after(() => redis.stop())

  const start = (environment: Record<string, string>): ChildProcess =>
    (child = spawn(process.execPath, ['--import', 'tsx', '--conditions=@cae/source', MAIN], {
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
