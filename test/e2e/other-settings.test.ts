import { createLog, loadSettings, startPrivateRedis, type PrivateRedis } from '@cae/runtime'
import { startApi, type RunningApi } from '@cae/api'
import { startWorker, type RunningWorker } from '@cae/worker'
import { expect } from 'chai'
import { setTimeout as sleep } from 'node:timers/promises'

const REGIONS = ['us-east-1', 'eu-west-1']
const log = createLog({ level: 'error', format: 'json' })

describe('workers on one Redis', () => {
  let redis: PrivateRedis
  let api: RunningApi
  let workers: RunningWorker[] = []
  before(async () => {
    redis = await startPrivateRedis()
    api = await startApi(settings(REGIONS), log)
  })
  afterEach(async () => {
    await Promise.all(workers.map((worker) => worker.close()))
    workers = []
  })
  after(async () => {
    await api.close()
    await redis.stop()
  })

  const settings = (regions: readonly string[], environment: Record<string, string> = {}) =>
    loadSettings({
      REDIS_URL: redis.url,
      API_PORT: '0',
      TRANSPORT_TYPE: 'null',
      ENABLED_PROVIDERS: 'aws',
      AWS_ACCOUNTS: JSON.stringify([{ account_id: '123456789012', regions }]),
      // Nobody is there: what becomes of the runs is not what this is about.
      AWS_ENDPOINT: 'http://127.0.0.1:9',
      ...environment,
    })

  const start = async (...args: Parameters<typeof settings>) => {
    workers.push(await startWorker(settings(...args), log))
  }

  /** What the API wonders about in a run, once the workers have said what they have. */
  const warnings = async (expected: boolean) => {
    for (let waited = 0; ; waited++) {
      const response = await fetch(`${api.url}/extraction/extract`, { method: 'POST' })
      const { warnings: said = [] } = (await response.json()) as { warnings?: { field: string; message: string }[] }
      if (said.length > 0 === expected || waited === 50) return said.map(({ field, message }) => `${field}: ${message}`)
      await sleep(100)
    }
  }

  it('are no news where all have the same settings, though calls may take longer on one', async () => {
    await start(REGIONS)
    await start(REGIONS, { AWS_REQUEST_TIMEOUT_MS: '1234' })
    await sleep(500)
    expect(await warnings(false)).to.deep.equal([])
  })

  it('are told of where one has other regions: which of them reads a slice would be chance', async () => {
    await start(REGIONS)
    await start(['us-east-2'])
    expect((await warnings(true)).join()).to.match(/^providers: workers on this Redis have other settings of aws, /)
  })
})
