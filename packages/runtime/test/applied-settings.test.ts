import { appliedSettings, loadSettings, startPrivateRedis, type PrivateRedis } from '@cae/runtime'
import { expect } from 'chai'
import { Redis } from 'ioredis'

const MINUTE_MS = 60_000
const ALL = ['aws', 'azure', 'gcp'] as const

describe('settings that workers apply', () => {
  let server: PrivateRedis
  let redis: Redis
  before(async () => {
    server = await startPrivateRedis()
    redis = new Redis(server.url)
  })
  after(async () => {
    redis.disconnect()
    await server.stop()
  })
  beforeEach(() => redis.flushall())

  const settings = (environment: Record<string, string> = {}) =>
    loadSettings({ GCP_PROJECTS: '[{"project_id":"acme","regions":["europe-west1"]}]', ...environment })
  const applied = () => appliedSettings(redis, '{cae}')

  it('differ by provider, and those of a provider that a worker lacks do not', async () => {
    await applied().publish('one', settings(), 0)
    const other = settings({ GCP_PROJECTS: '[{"project_id":"other"}]', ENABLED_PROVIDERS: 'aws,gcp' })
    expect(await applied().publish('two', other, 0)).to.deep.equal(['gcp'])
    expect(await applied().differing(settings(), ALL, 0)).to.deep.equal(['gcp'])
    expect(await applied().differing(settings(), ['aws', 'azure'], 0)).to.deep.equal([])
  })

  it('differ by where artifacts go, between workers: an API delivers nothing', async () => {
    await applied().publish('one', settings(), 0)
    expect(await applied().differing(settings({ TRANSPORT_TYPE: 'null' }), ALL, 0)).to.deep.equal([])
    await applied().publish('two', settings({ FILESYSTEM_BASE_DIR: '/elsewhere' }), 0)
    expect(await applied().differing(settings(), ALL, 0)).to.deep.equal([...ALL])
  })

  it('do not differ by the order of keys, by secrets of the destination, or by what is a matter of the machine', async () => {
    const http = { TRANSPORT_TYPE: 'http', HTTP_ENDPOINT_URL: 'https://scanner.example' }
    await applied().publish('one', settings({ ...http, HTTP_API_KEY: 'one' }), 0)
    const same = settings({
      ...http,
      HTTP_API_KEY: 'two',
      GCP_CREDENTIALS_FILE: '/run/key.json',
      AWS_REQUEST_TIMEOUT_MS: '5',
      GCP_PROJECTS: '[{"regions":["europe-west1"],"project_id":"acme"}]',
    })
    expect(await applied().publish('two', same, 0)).to.deep.equal([])
  })

  it('are forgotten once no worker says them any more', async () => {
    await applied().publish('one', settings({ AZURE_ALL_SUBSCRIPTIONS: 'true' }), 0)
    expect(await applied().publish('two', settings(), 2 * MINUTE_MS)).to.deep.equal(['azure'])
    expect(await applied().differing(settings(), ALL, 4 * MINUTE_MS)).to.deep.equal([])
    expect(await applied().publish('two', settings(), 4 * MINUTE_MS)).to.deep.equal([])
    expect(await redis.hlen('{cae}:settings:applied')).to.equal(1)
  })

  it('are told by the clock of Redis, so that a worker whose own is behind is up all the same', async () => {
    await applied().publish('one', settings())
    expect(await applied().without(ALL)).to.deep.equal([])
    expect(await applied().without(ALL, Date.now() + 4 * MINUTE_MS)).to.deep.equal([...ALL])
  })

  it('are forgotten at once of a worker that ends: the next one may have others', async () => {
    await applied().publish('one', settings({ AZURE_ALL_SUBSCRIPTIONS: 'true' }), 0)
    await applied().forget('one')
    expect(await applied().without(['azure'], 0)).to.deep.equal(['azure'])
    expect(await applied().publish('two', settings(), 0)).to.deep.equal([])
    expect(await applied().without(ALL, 0)).to.deep.equal([])
  })
})
