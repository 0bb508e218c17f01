import { expect } from 'chai'
import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Log } from '@cae/core'
import { loadSettings, startPrivateRedis, type PrivateRedis } from '@cae/runtime'
import { startApi, type RunningApi } from '@cae/api'

const KEY = 'a-key-of-sixteen-or-more'

type Line = Record<string, unknown> & { readonly level: string; readonly message: string }

/** A log that keeps its lines. */
function keepingLog(lines: Line[], bound: Record<string, unknown> = {}): Log {
  const write = (level: string) => (message: string, fields?: Record<string, unknown>) =>
    void lines.push({ level, message, ...bound, ...fields })
  return {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    child: (more) => keepingLog(lines, { ...bound, ...more }),
  }
}

describe('the log of requests', () => {
  let redis: PrivateRedis
  let api: RunningApi
  const lines: Line[] = []
  before(async () => {
    redis = await startPrivateRedis()
    const settings = loadSettings({ REDIS_URL: redis.url, AWS_ACCOUNTS: '[{"account_id":"123456789012"}]' })
    api = await startApi({ ...settings, api: { ...settings.api, port: 0, keys: [KEY] } }, keepingLog(lines))
  })
  after(async () => {
    await api.close()
    await redis.stop()
  })
  beforeEach(() => lines.splice(0))

  const call = async (method: string, path: string, headers: Record<string, string> = {}, body?: object) => {
    const response = await fetch(api.url + path, {
      method,
      headers: { 'x-api-key': KEY, ...(body && { 'content-type': 'application/json' }), ...headers },
      ...(body && { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    return { status: response.status, id: response.headers.get('x-request-id'), text }
  }
  const logged = async (count: number) => {
    for (let waited = 0; lines.length < count && waited < 100; waited++) await sleep(20)
    return lines
  }

  it('has a line for each request that changes something, with what it made and who sent it', async () => {
    const accepted = await call('POST', '/extraction/extract?service=ec2', { 'x-request-id': 'my-own.1' })
    await call('POST', '/schedules/', {}, { name: 'nightly', cron_expression: '@daily', services: ['ec2'] })
    await call('PUT', '/schedules/nightly/pause')
    await call('DELETE', '/schedules/none')
    await call('GET', '/extraction/jobs')
    const by = { keyFingerprint: createHash('sha256').update(KEY).digest('hex').slice(0, 8), address: '127.0.0.1' }
    const line = (fields: object) => ({ level: 'info', message: 'request answered', ...by, ...fields })
    const withoutChance = (one: Line) => {
      const { ms, requestId, ...rest } = one
      expect(ms).to.be.within(0, 10_000)
      expect(requestId).to.be.a('string')
      return rest
    }
    const { job_id: job } = JSON.parse(accepted.text) as { job_id: string }
    expect((await logged(4)).map(withoutChance)).to.deep.equal([
      line({ method: 'POST', route: '/extraction/extract', status: 202, job }),
      line({ method: 'POST', route: '/schedules/', status: 201, schedule: 'nightly' }),
      line({ method: 'PUT', route: '/schedules/:name/pause', status: 200, schedule: 'nightly' }),
      line({ method: 'DELETE', route: '/schedules/:name', status: 404, schedule: 'none' }),
    ])
    expect(lines[0]!['requestId']).to.equal('my-own.1')
    expect(JSON.stringify(lines)).to.not.include(KEY).and.not.include('ec2')
  })

  it('gives each answer an id, the one that came with the request where it is a plain token', async () => {
    expect((await call('GET', '/extraction/jobs', { 'x-request-id': 'my-own.2' })).id).to.equal('my-own.2')
    for (const given of ['', 'with spaces', 'x'.repeat(65), '"quoted"'])
      expect((await call('GET', '/health', { 'x-request-id': given })).id).to.match(/^[0-9a-f-]{36}$/)
    expect((await call('GET', '/nope')).id).to.match(/^[0-9a-f-]{36}$/)
  })

  it('warns of callers that are refused, once a second for one address, and counts the others', async () => {
    for (let n = 0; n < 5; n++) await call('GET', '/extraction/jobs?secret=1', { 'x-api-key': `${KEY}x` })
    const [first, more, ...rest] = await logged(2)
    expect(first).to.include({ level: 'warn', message: 'request refused', status: 401, address: '127.0.0.1' })
    expect(first).to.include({ method: 'GET', route: '/extraction/jobs' })
    expect(more).to.deep.equal({ level: 'warn', message: 'more requests refused', address: '127.0.0.1', count: 4 })
    expect(rest).to.deep.equal([])
    expect(JSON.stringify(lines)).to.not.include(KEY).and.not.include('secret')
  })
})
