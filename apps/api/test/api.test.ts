import { expect } from 'chai'
import { Redis } from 'ioredis'
import { Queue } from 'bullmq'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { errorRow, toTask, type Slice, type Task } from '@cae/core'
import {
  appliedSettings,
  createLog,
  Ledger,
  loadSettings,
  newRunId,
  RUNS_QUEUE,
  startPrivateRedis,
  type Claim,
  type PrivateRedis,
  type Settings,
} from '@cae/runtime'
import { startApi, type RunningApi } from '@cae/api'
import { apiRoutes } from '../../../test/docs/api-routes.ts'

const KEY = 'a-key-of-sixteen-or-more'
const RUN = newRunId(1)
const SUBSCRIPTION = '11111111-2222-3333-4444-555555555555'

function settings(redisUrl: string, api: Partial<Settings['api']> = {}): Settings {
  const base = loadSettings({
    REDIS_URL: redisUrl,
    LOG_LEVEL: 'error',
    AWS_ACCOUNTS: '[{"account_id":"123456789012","regions":["us-east-1","eu-west-1"]}]',
    AZURE_ACCOUNTS: `[{"subscription_id":"${SUBSCRIPTION}"}]`,
    ENABLED_PROVIDERS: 'aws,azure',
  })
  return { ...base, api: { ...base.api, port: 0, ...api } }
}

describe('the HTTP API', () => {
  let server: PrivateRedis
  let redis: Redis
  let runs: Queue
  let api: RunningApi
  const log = createLog({ level: 'error', format: 'json' })
  before(async () => {
    server = await startPrivateRedis()
    redis = new Redis(server.url, { maxRetriesPerRequest: null })
    runs = new Queue(RUNS_QUEUE, { connection: redis, prefix: '{cae}' })
    api = await startApi(settings(server.url), log)
  })
  after(async () => {
    await api.close()
    await runs.close()
    redis.disconnect()
    await server.stop()
  })
  beforeEach(async () => {
    await redis.flushall()
  })

  const call = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
    const response = await fetch(api.url + path, {
      method,
      headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const text = await response.text()
    const json = response.headers.get('content-type')?.includes('json') ? JSON.parse(text) : undefined
    return { status: response.status, headers: response.headers, text, json }
  }
  const nothingEnqueued = async () => {
    expect(await runs.count()).to.equal(0)
    expect(await redis.zcard('{cae}:index')).to.equal(0)
  }

  describe('POST /extraction/extract', () => {
    it('accepts a request with query parameters and tells where to look', async () => {
      const { status, headers, json } = await call('POST', '/extraction/extract?services=ec2,s3,compute,storage')
      expect(status).to.equal(202)
      expect(json).to.include({ status: 'queued' })
      expect(json['message']).to.be.a('string')
      expect(headers.get('location')).to.equal(`/extraction/jobs/${json['job_id']}`)
      const job = await call('GET', headers.get('location')!)
      expect(job.json['request']).to.deep.equal({
        providers: ['aws', 'azure'],
        services: ['compute', 'ec2', 's3', 'storage'],
        batch_size: 500,
      })
      expect(await runs.count()).to.equal(1)
    })

    it('accepts the same as a JSON body, under /extraction/trigger too', async () => {
      const body = {
        provider: 'aws',
        regions: ['eu-west-1'],
        accounts: ['123456789012'],
        batch_size: 50,
        filters: { labels: { env: ['prod', 'test'] } },
      }
      const { json } = await call('POST', '/extraction/trigger', body)
      const job = await call('GET', `/extraction/jobs/${json['job_id']}`)
      expect(job.json['request']).to.deep.equal({
        providers: ['aws'],
        regions: ['eu-west-1'],
        accounts: ['123456789012'],
        batch_size: 50,
        filters: { labels: { env: ['prod', 'test'] } },
      })
    })

    it('takes some fields from the query and others from the body', async () => {
      const { json } = await call('POST', '/extraction/extract?batch_size=7', { providers: ['AWS'] })
      const job = await call('GET', `/extraction/jobs/${json['job_id']}`)
      expect(job.json['request']).to.deep.equal({ providers: ['aws'], batch_size: 7 })
    })

    it('leaves out a provider that none of the services belongs to', async () => {
      const { json } = await call('POST', '/extraction/extract?services=ec2')
      const job = await call('GET', `/extraction/jobs/${json['job_id']}`)
      expect(job.json['request'].providers).to.deep.equal(['aws'])
    })

    const bad: [string, string, unknown, number, string, RegExp][] = [
      ['an unknown provider', '?provider=oracle', undefined, 422, 'providers[0]', /allowed are aws, azure, gcp/],
      [
        'a provider that is not enabled',
        '?provider=gcp',
        undefined,
        422,
        'providers',
        /not enabled.*allowed are aws, azure/,
      ],
      ['an unknown service', '?services=ec3', undefined, 422, 'services', /"ec3".*did you mean.*ec2/],
      [
        'an account that is not in the settings',
        '?accounts=999999999999',
        undefined,
        422,
        'accounts',
        /not in the settings.*123456789012/,
      ],
      [
        'a region that is not in the settings',
        '?provider=aws&regions=us-east-2',
        undefined,
        422,
        'regions',
        /us-east-1/,
      ],
      ['a region that no cloud has', '?regions=westeurpoe', undefined, 422, 'regions', /nearest are .*westeurope/],
      [
        'a resource type that no cloud has',
        '?resource_types=aws:ec3:*',
        undefined,
        422,
        'resource_types',
        /did you mean aws:ec2:\*/,
      ],
      ['a batch size of zero', '?batch_size=0', undefined, 422, 'batch_size', /must be a whole number from 1 to 10000/],
      ['a batch size that is no number', '', { batch_size: 'many' }, 422, 'batch_size', /number from 1 to 10000/],
      ['an unknown field', '', { servces: ['ec2'] }, 422, 'servces', /did you mean services\?/],
      ['a filter of the wrong shape', '', { filters: { labels: [] } }, 422, 'filters.labels', /keys and values/],
      [
        'a label that is no text',
        '',
        { filters: { labels: { env: 5 } } },
        422,
        'filters.labels.env',
        /a list of texts/,
      ],
      ['a field twice', '?service=ec2', { services: ['s3'] }, 422, 'services', /in the query and in the body/],
      [
        'an unknown filter',
        '',
        { filters: { colour: 'red' } },
        422,
        'filters.colour',
        /unknown field; known are labels, resource_types/,
      ],
      ['a filter that is no JSON', '?filters=%7Ba', undefined, 422, 'filters', /JSON/],
      ['no provider', '', { providers: [] }, 422, 'providers', /at least one of aws, azure, gcp/],
      ['an empty list', '', { services: [] }, 422, 'services', /at least 1 item$/],
      ['a body that is an array', '', [], 400, 'body', /object/],
      ['a body that is no JSON', '', '{"a":', 400, 'body', /JSON/],
      ['a body that quotes what Redis says', '', '{"a":BUSY ETIMEDOUT}', 400, 'body', /JSON/],
    ]
    for (const [what, query, body, status, field, message] of bad) {
      it(`refuses ${what}, names the field and enqueues nothing`, async () => {
        const answer = await call('POST', `/extraction/extract${query}`, body)
        expect(answer.status).to.equal(status)
        expect(answer.json['detail']).to.be.a('string')
        const error = (answer.json['errors'] as { field: string; message: string }[]).find((one) => one.field === field)
        expect(error?.message, JSON.stringify(answer.json)).to.match(message)
        await nothingEnqueued()
      })
    }

    it('says which providers that it names nothing is read of', async () => {
      const { status, json } = await call('POST', '/extraction/extract', {
        provider: 'aws,azure',
        regions: 'us-east-1',
      })
      expect(status).to.equal(202)
      expect(json['warnings']).to.deep.equal([
        { field: 'providers', message: 'nothing of azure is read: it has none of the regions us-east-1' },
      ])
    })

    it('takes a resource type that the catalogue lacks, and says so', async () => {
      const query = 'resource_types=microsoft.compute/virtualmachines,aws:ec2:teleporter-of-things'
      const { status, json } = await call('POST', `/extraction/extract?${query}`)
      expect(status).to.equal(202)
      expect(json['warnings'].map(({ field }: { field: string }) => field)).to.deep.equal(['resource_types'])
      const job = await call('GET', `/extraction/jobs/${json['job_id']}`)
      expect(job.json['request'].resource_types).to.deep.equal([
        'azure:compute:virtual-machines',
        'aws:ec2:teleporter-of-things',
      ])
    })

    it('names all bad fields at once', async () => {
      const { json } = await call('POST', '/extraction/extract', { providers: ['oracle'], batch_size: -1, colour: 1 })
      expect((json['errors'] as { field: string }[]).map(({ field }) => field)).to.have.members([
        'providers[0]',
        'batch_size',
        'colour',
      ])
    })

    it('refuses a body that is no JSON by its type, rather than ignore it and extract everything', async () => {
      for (const type of ['application/x-www-form-urlencoded', 'text/plain']) {
        const answer = await call('POST', '/extraction/extract', { services: ['ec2'] }, { 'content-type': type })
        expect(answer.status).to.equal(415)
        await nothingEnqueued()
      }
    })

    it('answers thousands of unknown names soon, with the first of them', async () => {
      const services = Array.from({ length: 5000 }, (_, n) => `nosuchservice${n}`)
      const { status, json } = await call('POST', '/extraction/extract', { services })
      expect(status).to.equal(422)
      expect(json['errors'].length).to.be.at.most(20)
      await nothingEnqueued()
    })

    it('takes singular and plural of a field as one', async () => {
      const { json } = await call('POST', '/extraction/extract', { provider: 'aws', providers: ['azure'] })
      const job = await call('GET', `/extraction/jobs/${json['job_id']}`)
      expect(job.json['request'].providers).to.have.members(['aws', 'azure'])
    })

    it('refuses a body that is too large', async () => {
      const { status, json } = await call('POST', '/extraction/extract', { accounts: ['x'.repeat(2_000_000)] })
      expect(status).to.equal(413)
      expect(json['errors']).to.deep.equal([{ field: 'body', message: 'must have at most 1000000 bytes' }])
      await nothingEnqueued()
    })

    it('takes no new runs when Redis is nearly full', async () => {
      await redis.config('SET', 'maxmemory', '1000001')
      try {
        await new Promise((resolve) => setTimeout(resolve, 1100))
        const { status, json } = await call('POST', '/extraction/extract')
        expect(status).to.equal(503)
        expect(json['detail']).to.include('nearly full')
      } finally {
        await redis.config('SET', 'maxmemory', '0')
        await new Promise((resolve) => setTimeout(resolve, 1100))
      }
    })
  })

  describe('jobs', () => {
    it('are listed newest first, by status, in pages', async () => {
      const ids: string[] = []
      for (let i = 0; i < 3; i++) ids.push((await call('POST', '/extraction/extract')).json['job_id'])
      const { json } = await call('GET', '/extraction/jobs?limit=2&status=queued')
      expect(json['total']).to.equal(3)
      expect(json['jobs'].map(({ job_id }: { job_id: string }) => job_id))
        .to.have.length(2)
        .and.not.include(ids[0])
      expect((await call('GET', '/extraction/jobs?status=completed')).json['jobs']).to.deep.equal([])
    })

    it('refuse a bad limit and an unknown status, naming the allowed values', async () => {
      const { status, json } = await call('GET', '/extraction/jobs?limit=0&status=done')
      expect(status).to.equal(422)
      const messages = Object.fromEntries(
        json['errors'].map(({ field, message }: { field: string; message: string }) => [field, message]),
      )
      expect(messages.status).to.include('completed')
      expect(messages.limit).to.equal('must be a whole number from 1 to 1000')
    })

    it('take a parameter that is empty for one that is not there', async () => {
      const { status } = await call('GET', '/extraction/jobs?limit=20&status=')
      expect(status).to.equal(200)
    })

    it('name the parameters that there are where one is unknown', async () => {
      const { status, json } = await call('GET', '/extraction/jobs?limt=5')
      expect(status).to.equal(422)
      expect(json['errors']).to.deep.equal([
        { field: 'limt', message: 'unknown field; did you mean limit?; known are limit, offset, status' },
      ])
    })

    it('that do not exist are not found', async () => {
      for (const id of ['nope', '000000000000000000']) {
        for (const path of [`/extraction/jobs/${id}`, `/extraction/jobs/${id}/tasks`]) {
          const { status, json } = await call('GET', path)
          expect(status).to.equal(404)
          expect(json).to.deep.equal({ detail: `job ${id} not found`, errors: [] })
        }
      }
    })

    it('show their tasks in pages, each task once', async () => {
      const ledger = new Ledger(redis, '{cae}')
      await ledger.createRun({ id: RUN, createdAt: 1, request: { providers: ['aws', 'azure'], batch_size: 5 } })
      const slice = (region: string) => ({ scope: 'a', region, partition: 'all', query: {} })
      const tasks = (['aws', 'azure'] as const).map((provider) =>
        ['r1', 'r2', 'r3'].map((region) => toTask(RUN, provider, '1970-01-01T00:00:00.001Z', slice(region))),
      )
      for (const [first, ...more] of tasks) await ledger.addTasks(RUN, first!.provider, [first!, ...more])
      await ledger.end(tasks[1]![2]!, null, { outcome: 'denied', code: 'ACCESS_DENIED' }, 2)
      const shown = async (query: string) => {
        const { json } = await call('GET', `/extraction/jobs/${RUN}/tasks?${query}`)
        return { ...json, tasks: json['tasks'].map(({ task_id }: { task_id: string }) => task_id) }
      }
      const ids = tasks.flat().map(({ id }) => id)

      for (const [offset, expected] of [
        [0, ids.slice(0, 4)],
        [2, ids.slice(2)],
        [4, ids.slice(4)],
        [6, []],
      ] as const)
        expect(await shown(`limit=4&offset=${offset}`)).to.deep.equal({
          job_id: RUN,
          total: 6,
          limit: 4,
          offset,
          tasks: expected,
        })
      expect(await shown('outcome=denied')).to.deep.include({ total: 1, tasks: [ids[5]] })
      expect(await shown('outcome=denied&offset=1')).to.deep.include({ total: 1, tasks: [] })
    })
  })

  it('shows what a job covered, slice by slice, with counts and where they are from', async () => {
    const ledger = new Ledger(redis, '{cae}')
    await ledger.createRun({ id: RUN, createdAt: 1, request: { providers: ['aws'], batch_size: 5 } })
    const slice = (partition: string, more: Partial<Slice> = {}) =>
      toTask(RUN, 'aws', '2026-01-01T00:00:00.000Z', { scope: 'a', region: 'r', partition, query: {}, ...more })
    const planner = slice('plan', { plans: true })
    const good = slice('good', { expected: { count: 3, source: 'planning' } })
    const bad = slice('bad', { expected: { count: 9, source: 'planning' } })
    await ledger.addTasks(RUN, 'aws', [planner])
    await ledger.addTasks(RUN, 'aws', [good, bad], 'of the planner')
    const record = { bytes: 0, batches: 0, counts: new Map<string, number>() }
    for (const task of [planner, good]) {
      const { token, checkpoint } = (await ledger.claim(task.id, 2)) as Claim
      const last = { ...checkpoint, page: 1, done: true }
      const added = task === planner ? { mark: 'of the planner', tasks: 2 } : undefined
      await ledger.commit(task, token, 0, last, record, 2, added)
      await ledger.end(task, token, { outcome: 'complete' }, 2)
    }
    await ledger.end(bad, null, { outcome: 'denied', code: 'ACCESS_DENIED', message: 'not you' }, 2)

    const { json } = await call('GET', `/extraction/jobs/${RUN}/coverage`)
    expect(json).to.deep.include({ job_id: RUN, total: 2, outcomes: { complete: 1, denied: 1 } })
    expect(json['totals']).to.deep.equal({ slices: 2, artifacts: 0, extracted: 0, expected: 12 })
    expect(json['reasons'][0]).to.include({ outcome: 'denied', code: 'ACCESS_DENIED', count: 1, message: 'not you' })
    expect(json['slices'].map((one: { partition: string }) => one.partition)).to.deep.equal(['good', 'bad'])
    expect(json['slices'][0].coverage).to.deep.equal({ expected: 3, extracted: 0, source: 'planning', freshness: null })

    const denied = await call('GET', `/extraction/jobs/${RUN}/coverage?outcome=denied`)
    expect(denied.json).to.include({ total: 1 })
    expect(denied.json['slices']).to.have.length(1)
    const second = await call('GET', `/extraction/jobs/${RUN}/coverage?limit=1&offset=1`)
    expect(second.json['slices'].map((one: { partition: string }) => one.partition)).to.deep.equal(['bad'])
    expect((await call('GET', `/extraction/jobs/${RUN}/coverage?outcome=fine`)).status).to.equal(422)
    expect((await call('GET', '/extraction/jobs/nope/coverage')).status).to.equal(404)
  })

  it('never says of a run that goes on that it is whole, and how long it has taken by now', async () => {
    const ledger = new Ledger(redis, '{cae}')
    const started = Date.now() - 60_000
    await ledger.createRun({ id: RUN, createdAt: started, request: { providers: ['aws', 'azure'], batch_size: 5 } })
    await ledger.startPlanning(RUN, started)
    const slice = { scope: 'a', region: 'r', partition: 'all', query: {} }
    const task = toTask(RUN, 'aws', new Date(started).toISOString(), slice)
    await ledger.addTasks(RUN, 'aws', [task])
    await ledger.end(task, null, { outcome: 'denied', code: 'ACCESS_DENIED' }, started + 1000)
    const shown = async () => (await call('GET', `/extraction/jobs/${RUN}`)).json

    expect((await shown())['progress'], 'Azure is not planned').to.include({ percent: 50, planned: false })
    expect((await shown())['timing'].duration_seconds).to.be.within(60, 120)
    const other = toTask(RUN, 'azure', new Date(started).toISOString(), slice)
    await ledger.addTasks(RUN, 'azure', [other])
    await ledger.end(other, null, { outcome: 'denied', code: 'ACCESS_DENIED' }, started + 2000)
    expect((await shown())['progress'], 'its manifest is not delivered').to.include({ percent: 99 })
    await ledger.finishRun(RUN, 'partial', started + 3000)
    expect((await shown())['progress']).to.include({ percent: 100 })
    expect((await shown())['timing'].duration_seconds).to.equal(3)
  })

  it('says why slices of a run wait, grouped, and of each slice', async () => {
    const ledger = new Ledger(redis, '{cae}')
    await ledger.createRun({ id: RUN, createdAt: 1, request: { providers: ['aws', 'azure'], batch_size: 5 } })
    const slice = (region: string) => ({ scope: 'a', region, partition: 'all', query: {} })
    const [one, two, free] = ['one', 'two', 'free'].map((name) =>
      toTask(RUN, 'aws', '1970-01-01T00:00:00.001Z', slice(name)),
    ) as [Task, Task, Task]
    await ledger.addTasks(RUN, 'aws', [one, two, free])
    const wait = (message: string, until: number | null) => ({ code: 'THROTTLED' as const, message, until })
    await ledger.noteWait(RUN, one.id, wait('later', 60_000))
    await ledger.noteWait(RUN, two.id, wait('sooner', 30_000))
    await ledger.noteWait(RUN, 'azure', { code: 'UNAVAILABLE', message: 'away', until: null })
    await appliedSettings(redis, '{cae}').publish('a worker', settings(server.url), Date.now())

    expect((await call('GET', `/extraction/jobs/${RUN}`)).json['waiting']).to.have.deep.members([
      {
        provider: 'azure',
        code: 'UNAVAILABLE',
        count: 1,
        message: 'away',
        advice: errorRow('UNAVAILABLE').advice,
        until: null,
        example_task_id: null,
      },
      {
        provider: 'aws',
        code: 'THROTTLED',
        count: 2,
        message: 'sooner',
        advice: errorRow('THROTTLED').advice,
        until: '1970-01-01T00:00:30.000Z',
        example_task_id: two.id,
      },
    ])
    const { tasks } = (await call('GET', `/extraction/jobs/${RUN}/tasks`)).json as { tasks: { waiting: unknown }[] }
    expect(tasks.map(({ waiting }) => waiting)).to.deep.equal([
      { code: 'THROTTLED', message: 'later', advice: errorRow('THROTTLED').advice, until: '1970-01-01T00:01:00.000Z' },
      { code: 'THROTTLED', message: 'sooner', advice: errorRow('THROTTLED').advice, until: '1970-01-01T00:00:30.000Z' },
      null,
    ])
    await ledger.finishRun(RUN, 'failed', 2)
    expect((await call('GET', `/extraction/jobs/${RUN}`)).json['waiting'], 'ended').to.deep.equal([])
  })

  it('says of which providers no worker is up, until their slices have ended', async () => {
    const ledger = new Ledger(redis, '{cae}')
    await ledger.createRun({ id: RUN, createdAt: 1, request: { providers: ['aws', 'azure'], batch_size: 5 } })
    const waiting = async () => {
      const { json } = await call('GET', `/extraction/jobs/${RUN}`)
      return (json['waiting'] as { provider: string; message: string }[]).map(({ provider }) => provider)
    }
    expect(await waiting(), 'no worker at all').to.deep.equal(['aws', 'azure'])
    const now = Date.now()
    const awsOnly = { ...settings(server.url), enabled_providers: ['aws' as const] }
    await appliedSettings(redis, '{cae}').publish('a worker', awsOnly, now)
    expect(await waiting()).to.deep.equal(['azure'])
    const slice = { scope: 'a', region: 'r', partition: 'all', query: {} }
    const task = toTask(RUN, 'azure', '1970-01-01T00:00:00.001Z', slice)
    await ledger.addTasks(RUN, 'azure', [task])
    for (const provider of ['aws', 'azure'] as const)
      await ledger.noteProviderPlanned(RUN, provider, { mark: '', tasks: 0 })
    await ledger.finishPlanning(RUN, ['aws', 'azure'], now)
    expect(await waiting(), 'a slice is left').to.deep.equal(['azure'])
    await ledger.end(task, null, { outcome: 'denied', code: 'ACCESS_DENIED' }, now)
    expect(await waiting()).to.deep.equal([])
  })

  it('lists providers with their accounts, and services with their resource types', async () => {
    const providers = (await call('GET', '/extraction/providers')).json['providers']
    expect(
      providers.map(({ name, configured }: { name: string; configured: boolean }) => [name, configured]),
    ).to.deep.equal([
      ['aws', true],
      ['azure', true],
      ['gcp', false],
    ])
    const services = (await call('GET', '/extraction/services?provider=aws')).json['services']
    const ec2 = services.aws.find(({ name }: { name: string }) => name === 'ec2')
    expect(services.aws.find(({ name }: { name: string }) => name === 'dynamodb').aliases).to.deep.equal(['ddb'])
    expect(ec2.resource_types).to.include('aws:ec2:network-interface')
    expect(ec2.native_types['aws:ec2:network-interface']).to.equal('AWS::EC2::NetworkInterface')
    expect((await call('GET', '/extraction/services?provider=oracle')).status).to.equal(422)
  })

  describe('schedules', () => {
    const nightly = {
      name: 'nightly',
      cron_expression: '0 2 * * *',
      timezone: 'Europe/Berlin',
      services: ['ec2'],
      batch_size: 100,
    }

    it('are made, listed with their next run, paused, resumed and deleted', async () => {
      const made = await call('POST', '/schedules/', nightly)
      expect(made.status).to.equal(201)
      expect(made.headers.get('location')).to.equal('/schedules/nightly')
      const [listed] = (await call('GET', '/schedules/')).json['schedules']
      expect(listed).to.include({ name: 'nightly', timezone: 'Europe/Berlin', paused: false, last_run: null })
      expect(listed.request).to.deep.equal({ providers: ['aws'], services: ['ec2'], batch_size: 100 })
      expect(new Date(listed.next_run).getTime()).to.be.greaterThan(Date.now())
      expect((await call('PUT', '/schedules/nightly/pause')).json).to.include({ paused: true, next_run: null })
      expect((await call('PUT', '/schedules/nightly/resume')).json).to.include({ paused: false })
      expect((await call('DELETE', '/schedules/nightly')).status).to.equal(204)
      expect((await call('GET', '/schedules/nightly')).status).to.equal(404)
      expect((await call('DELETE', '/schedules/nightly')).status).to.equal(404)
    })

    it('follow the settings where they name nothing, and go on about what they name', async () => {
      const when = { cron_expression: '@daily' }
      await call('POST', '/schedules/', { name: 'all', ...when, filters: { labels: { env: 'prod' } } })
      await call('POST', '/schedules/', { name: 'some', ...when, providers: ['aws', 'azure'] })
      await call('POST', '/schedules/', { name: 'types', ...when, filters: { resource_types: ['*:*'] } })
      const changed = { ...settings(server.url), enabled_providers: ['azure' as const] }
      await (await startApi(changed, log)).close()
      const { schedules } = (await call('GET', '/schedules/')).json
      expect(
        schedules.map(({ name, request }: { name: string; request: { providers: string[] } }) => [
          name,
          request.providers,
        ]),
      ).to.deep.equal([
        ['all', ['azure']],
        ['some', ['aws', 'azure']],
        ['types', ['aws', 'azure']],
      ])
    })

    it('have names of their own', async () => {
      await call('POST', '/schedules/', nightly)
      expect((await call('POST', '/schedules/', nightly)).status).to.equal(409)
    })

    it('take a cron expression with spaces around it, and keep it without', async () => {
      const { status, json } = await call('POST', '/schedules/', { ...nightly, cron_expression: ' 0 2 * * * ' })
      expect([status, json['cron_expression']]).to.deep.equal([201, '0 2 * * *'])
    })

    it('keep a time zone in its proper spelling, in whatever letters it came', async () => {
      for (const [given, kept] of [
        ['europe/berlin', 'Europe/Berlin'],
        ['utc', 'UTC'],
        ['Asia/Kolkata', 'Asia/Kolkata'],
      ] as const) {
        const { json } = await call('POST', '/schedules/', {
          ...nightly,
          name: kept.replace('/', '-'),
          timezone: given,
        })
        expect(json['timezone']).to.equal(kept)
      }
    })

    it('are taken with a warning where they fire each few seconds', async () => {
      const made = { ...nightly, name: 'often', cron_expression: '*/15 * * * * *' }
      const { status, json } = await call('POST', '/schedules/', made)
      expect(status).to.equal(201)
      expect(json['warnings']).to.deep.equal([
        { field: 'cron_expression', message: 'fires every 15 seconds: the first of six fields is that of seconds' },
      ])
    })

    it('say of what they name nothing will be read', async () => {
      const { status, json } = await call('POST', '/schedules/', { ...nightly, providers: ['aws', 'azure'] })
      expect(status).to.equal(201)
      expect(json['warnings']).to.deep.equal([
        { field: 'providers', message: 'nothing of azure is read: it has none of the services ec2' },
      ])
    })

    it('refuse one that is there in singular and here in plural', async () => {
      const { status, json } = await call('POST', '/schedules/?provider=aws', { ...nightly, providers: ['azure'] })
      expect(status).to.equal(422)
      expect(json['errors'].map(({ field }: { field: string }) => field)).to.include('providers')
    })

    it('refuse a field that is in the query and in the body', async () => {
      const { status, json } = await call('POST', '/schedules/?timezone=UTC', { ...nightly, timezone: 'Asia/Tokyo' })
      expect(status).to.equal(422)
      expect(json['errors'][0]).to.include({ field: 'timezone' })
    })

    it('take steps as long as their field, which fire at its first value', async () => {
      for (const cron_expression of ['*/60 * * * *', '0 */24 * * *', '0 0 1 */12 *', '0 0 * * */7']) {
        const { status } = await call('POST', '/schedules/', { ...nightly, name: `n${Math.random()}`, cron_expression })
        expect(status, cron_expression).to.equal(201)
      }
    })

    const bad: [string, object, string, RegExp][] = [
      [
        'a bad minute',
        { cron_expression: '99 * * * *' },
        'cron_expression',
        /^is not valid: 99 in the minute field, which/,
      ],
      [
        'a bad hour',
        { cron_expression: '0 25 * * *' },
        'cron_expression',
        /: 25 in the hour field, which takes 0 to 23$/,
      ],
      [
        'a step of 0',
        { cron_expression: '*/0 * * * *' },
        'cron_expression',
        /: the step in the minute field must be 1 or/,
      ],
      ['a time that is drawn', { cron_expression: 'H 2 * * THU' }, 'cron_expression', /H stands for no fixed time/],
      ['a name that is none', { cron_expression: '@reboot' }, 'cron_expression', /@reboot is not known.*@daily/],
      ['a step in a list that is too long', { cron_expression: '1-5/2,40/90 * * * *' }, 'cron_expression', /90 in the/],
      ['a step that is too long', { cron_expression: '*/90 * * * *' }, 'cron_expression', /90 in the minute field/],
      ['too few fields', { cron_expression: '* *' }, 'cron_expression', /has 2 fields/],
      ['a day that no month has', { cron_expression: '0 0 30 2 *' }, 'cron_expression', /month never has that day/],
      ['no expression', { cron_expression: undefined }, 'cron_expression', /minute hour day/],
      ['an unknown time zone', { timezone: 'Mars/Olympus' }, 'timezone', /^must be an IANA time zone such as /],
      ['a misspelt time zone', { timezone: 'Europe/Berln' }, 'timezone', /did you mean Europe\/Berlin\?/],
      ['an endless time zone', { timezone: 'x'.repeat(500_000) }, 'timezone', /such as Europe/],
      ['a bad name', { name: '../x' }, 'name', /letters/],
      ['a bad request', { services: ['ec3'] }, 'services', /did you mean/],
    ]
    it('name their own fields, too, where one is unknown', async () => {
      const { json } = await call('POST', '/schedules/', { name: 'x', cron_expresion: '@daily', timezon: 'UTC' })
      const known =
        'name, cron_expression, timezone, providers, accounts, regions, services, resource_types, filters, batch_size'
      expect(json['errors']).to.deep.include.members([
        { field: 'cron_expresion', message: `unknown field; did you mean cron_expression?; known are ${known}` },
        { field: 'timezon', message: `unknown field; did you mean timezone?; known are ${known}` },
      ])
    })

    for (const [what, change, field, message] of bad) {
      it(`refuse ${what} and say what is wrong`, async () => {
        const { status, json } = await call('POST', '/schedules/', { ...nightly, ...change })
        expect(status).to.equal(422)
        expect(json['errors'].find((error: { field: string }) => error.field === field)?.message).to.match(message)
        expect((await call('GET', '/schedules/')).json['schedules']).to.deep.equal([])
      })
    }
  })

  it('answers an unknown route with 404 in the one shape', async () => {
    const { status, json } = await call('GET', '/nope')
    expect([status, json]).to.deep.equal([404, { detail: 'no route GET /nope', errors: [] }])
  })

  it('answers a known path by a wrong method with 405 and the methods that it takes', async () => {
    for (const [method, path, allow] of [
      ['DELETE', '/extraction/jobs', 'GET, HEAD'],
      ['GET', '/extraction/trigger', 'POST'],
      ['POST', `/extraction/preflight/${RUN}`, 'GET, HEAD'],
      ['PATCH', '/schedules', 'GET, HEAD, POST'],
      ['POST', '/schedules/nightly', 'DELETE, GET, HEAD'],
      ['POST', '/schedules/nightly/pause', 'PUT'],
      ['POST', '/metrics', 'GET, HEAD'],
      ['POST', '/health', 'GET, HEAD'],
      ['POST', '/admin/queues', 'GET, HEAD'],
    ] as const) {
      const { status, headers, json } = await call(method, path)
      expect([status, headers.get('allow')], `${method} ${path}`).to.deep.equal([405, allow])
      expect(json).to.have.keys('detail', 'errors')
    }
    expect((await call('DELETE', '/extraction/jobz')).status).to.equal(404)
    expect((await call('OPTIONS', '/extraction/jobs')).status).to.equal(200)
    expect((await fetch(`${api.url}/extraction/jobs`, { method: 'HEAD' })).status).to.equal(200)
  })

  it('refuses what a route does not take, in the query and in the body, rather than pass it over', async () => {
    const nightly = { name: 'nightly', cron_expression: '@daily' }
    const { job_id: id } = (await call('POST', '/extraction/extract')).json as { job_id: string }
    expect((await call('POST', '/schedules/', nightly)).status).to.equal(201)
    for (const [method, path, body, status = 422] of [
      ['PUT', '/schedules/nightly/pause?dry_run=true'],
      ['PUT', '/schedules/nightly/pause', { dry_run: true }],
      ['PUT', '/schedules/nightly/pause', [], 400],
      ['DELETE', '/schedules/nightly?dry_run=true'],
      ['GET', '/schedules/?limit=1'],
      ['GET', '/schedules/nightly?limit=1'],
      ['GET', '/extraction/providers?bogus=1'],
      ['GET', `/extraction/jobs/${id}?bogus=1`],
    ] as [string, string, unknown, number?][]) {
      const answer = await call(method, path, body)
      expect(answer.status, `${method} ${path}`).to.equal(status)
      expect(answer.json['errors'][0].message).to.match(/^unknown field; known are none$|JSON object/)
    }
    expect((await call('PUT', '/schedules/nightly/resume', {})).json).to.include({ paused: false })
  })

  it('has one error for one wrong value', async () => {
    for (const [body, field] of [
      [{ providers: [1] }, 'providers[0]'],
      [{ batch_size: -1.5 }, 'batch_size'],
      [{ services: 5 }, 'services'],
    ] as const) {
      const { json } = await call('POST', '/extraction/extract', body)
      expect(json['errors'].map((one: { field: string }) => one.field)).to.deep.equal([field])
    }
    expect((await call('GET', '/extraction/jobs?status=a&status=b')).json['errors']).to.have.length(1)
  })

  it('lets no page frame an answer, and the page of the queues load nothing from elsewhere', async () => {
    for (const path of ['/health', '/extraction/jobs', '/admin/queues/', '/nope']) {
      const { headers } = await call('GET', path)
      expect(headers.get('x-powered-by'), path).to.equal(null)
      expect(headers.get('x-frame-options'), path).to.equal('DENY')
      expect(headers.get('x-content-type-options'), path).to.equal('nosniff')
      expect(headers.get('content-security-policy'), path).to.match(/frame-ancestors 'none'/)
    }
    const page = await call('GET', '/admin/queues/')
    const policy = page.headers.get('content-security-policy')!
    const [own, foreign] = [page.text.matchAll(/(?:src|href)="(?!http)([^"]+)"/g), /https:\/\/[^/"]+/.exec(page.text)]
    expect(policy.split('; ')).to.include("default-src 'self'")
    expect(policy, 'what the page asks for').to.not.include(foreign?.[0] ?? 'https:')
    for (const [, path] of own) {
      const { status, headers } = await call('GET', new URL(path!, 'http://x/admin/queues/').pathname)
      expect([status, headers.get('x-content-type-options')], path).to.deep.equal([200, 'nosniff'])
    }
  })

  it('shows the queues, and lets nobody change them there', async () => {
    const page = await call('GET', '/admin/queues/')
    expect(page.status).to.equal(200)
    expect(page.text).to.include('CAE queues')
    const queues = await call('GET', '/admin/queues/api/queues')
    expect(queues.json['queues'].map(({ name }: { name: string }) => name)).to.include.members(['runs', 'tasks.aws'])
    const paused = await call('PUT', '/admin/queues/api/queues/runs/pause')
    expect(paused.status).to.equal(405)
  })

  it('gives Prometheus metrics', async () => {
    await call('POST', '/extraction/extract')
    const { text } = await call('GET', '/metrics')
    expect(text).to.match(/^cae_queue_jobs\{queue="runs",state="waiting"\} 1$/m)
    expect(text).to.match(/^cae_runs\{status="queued"\} 1$/m)
    expect(text).to.match(/^cae_runs_created_total 1$/m)
  })

  it('counts from zero what providers may do, and what schedules left out', async () => {
    const nightly = { name: 'nightly', cron_expression: '@daily' }
    await call('POST', '/schedules/', nightly)
    const { text } = await call('GET', '/metrics')
    for (const provider of ['aws', 'azure', 'gcp'])
      expect(text).to.match(new RegExp(`^cae_throttled_total\\{provider="${provider}"\\} 0$`, 'm'))
    expect(text).to.match(/^cae_schedule_skipped_total\{schedule="nightly"\} 0$/m)
  })

  it('counts requests by the pattern of their route, whatever their path', async () => {
    const counts = async () => {
      const lines = (await call('GET', '/metrics')).text.matchAll(/^cae_api_requests_total\{(.*)\} (\d+)$/gm)
      return new Map([...lines].map(([, labels, count]) => [labels!, Number(count)]))
    }
    const before = await counts()
    for (const path of ['/extraction/jobs/one', '/extraction/jobs/two', '/nope', '/no/way', '/schedules/?limit=1'])
      await call('GET', path)
    await call('DELETE', '/schedules/none')
    const after = await counts()
    const more = [...after].map(([labels, count]) => [labels, count - (before.get(labels) ?? 0)] as const)
    expect(more.filter(([labels, count]) => count > 0 && !labels.includes('/metrics'))).to.have.deep.members([
      ['route="/extraction/jobs/:id",method="GET",code="404"', 2],
      ['route="none",method="GET",code="404"', 2],
      ['route="/schedules/",method="GET",code="422"', 1],
      ['route="/schedules/:name",method="DELETE",code="404"', 1],
    ])
  })

  it('is healthy and ready', async () => {
    expect((await call('GET', '/health')).json).to.deep.equal({ status: 'ok' })
    expect((await call('GET', '/ready')).json).to.deep.equal({ status: 'ready' })
  })

  it('keeps an idle connection for longer than load balancers do, and ends at once all the same', async () => {
    const kept = await startApi(settings(server.url), log)
    const { headers, body } = await fetch(`${kept.url}/health`)
    await body!.cancel()
    expect(headers.get('keep-alive')).to.equal('timeout=65')
    await kept.close()
  })

  describe('with API keys', () => {
    let guarded: RunningApi
    before(async () => {
      guarded = await startApi(settings(server.url, { keys: ['another-key-of-the-list', KEY] }), log)
    })
    after(() => guarded.close())
    const status = async (path: string, headers: Record<string, string> = {}) =>
      (await fetch(guarded.url + path, { headers })).status

    it('asks for one on every route but health and ready', async () => {
      for (const path of [
        '/extraction/jobs',
        '/extraction/providers',
        '/schedules/',
        '/metrics',
        '/admin/queues/',
        '/nope',
      ]) {
        expect(await status(path), path).to.equal(401)
      }
      expect(await status('/health')).to.equal(200)
      expect(await status('/ready')).to.equal(200)
    })

    it('takes it as a bearer token, in X-API-Key, or as a browser sends it, and refuses any other', async () => {
      const basic = (key: string) => ({ authorization: `Basic ${Buffer.from(`me:${key}`).toString('base64')}` })
      expect(await status('/admin/queues/', basic(KEY))).to.equal(200)
      expect(await status('/admin/queues/', basic(`${KEY}x`))).to.equal(401)
      expect(await status('/extraction/jobs', { authorization: `Bearer ${KEY}` })).to.equal(200)
      expect(await status('/extraction/jobs', { 'x-api-key': KEY })).to.equal(200)
      expect(await status('/extraction/jobs', { 'x-api-key': `${KEY}x` })).to.equal(401)
    })
  })

  it('lets no web page of another site change anything by the key that a browser has', async () => {
    const guarded = await startApi(settings(server.url, { keys: [KEY] }), log)
    const basic = { authorization: `Basic ${Buffer.from(`me:${KEY}`).toString('base64')}` }
    const status = async (method: string, headers: Record<string, string>) =>
      (await fetch(`${guarded.url}/extraction/${method === 'GET' ? 'jobs' : 'extract'}`, { method, headers })).status
    const evil = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }
    try {
      expect(await status('POST', { ...basic, ...evil })).to.equal(403)
      await nothingEnqueued()
      expect(await status('GET', { ...basic, ...evil }), 'a link').to.equal(200)
      expect(await status('POST', { 'x-api-key': KEY, ...evil }), 'a program').to.equal(202)
      expect(await status('POST', { ...basic, origin: guarded.url }), 'its own').to.equal(202)
    } finally {
      await guarded.close()
    }
  })

  it('answers no web page of another site, and no other name than this machine, while it asks for no key', async () => {
    const refused = async (headers: Record<string, string>) =>
      (await call('POST', '/extraction/extract', undefined, headers)).status
    expect(await refused({ origin: 'http://evil.example' })).to.equal(403)
    expect(await refused({ 'sec-fetch-site': 'cross-site' })).to.equal(403)
    expect(await refused({ 'x-forwarded-for': '203.0.113.9' }), 'by a proxy').to.equal(403)
    await nothingEnqueued()
  })

  it('answers a request that names no host, as HTTP/1.0 may, with a refusal and no error of its own', async () => {
    const { hostname, port } = new URL(api.url)
    const socket = connect(Number(port), hostname)
    socket.end('GET /extraction/jobs HTTP/1.0\r\n\r\n')
    expect(await text(socket)).to.match(/^HTTP\/1\.1 403 /)
  })

  it('refuses to start beyond loopback without keys', async () => {
    const error = await startApi(settings(server.url, { host: '0.0.0.0' }), log).catch((thrown: unknown) => thrown)
    expect((error as Error).message).to.match(/api\.keys: .*0\.0\.0\.0.*API_KEYS/)
  })

  describe('while Redis is away', () => {
    it('answers 503 at once on every route, in the one shape, and is ready again when Redis is back', async () => {
      const other = await startPrivateRedis()
      const lonely = await startApi(settings(other.url), log)
      try {
        await other.kill()
        const answered: string[] = []
        for (const route of [...apiRoutes(), 'GET /admin/queues/api/queues', 'GET /admin/queues/api/queues/runs/1']) {
          const [method, path] = route.replaceAll('{}', RUN).split(' ') as [string, string]
          const response = await fetch(lonely.url + path, {
            method,
            signal: AbortSignal.timeout(5000),
            ...(route === 'POST /schedules' && {
              body: JSON.stringify({ name: 'nightly', cron_expression: '@daily' }),
              headers: { 'content-type': 'application/json' },
            }),
          })
          const body = await response.text()
          if (response.ok) answered.push(route)
          else {
            expect(response.status, `${route} ${body}`).to.equal(503)
            expect(JSON.parse(body), route).to.have.keys('detail', 'errors')
          }
        }
        // What needs no Redis, and the page of the dashboard, which asks for the queues afterwards.
        expect(answered).to.have.members([
          'GET /health',
          'GET /admin/queues',
          'GET /extraction/providers',
          'GET /extraction/services',
        ])
        const again = await startPrivateRedis({ port: Number(new URL(other.url).port) })
        try {
          while ((await fetch(`${lonely.url}/ready`)).status !== 200)
            await new Promise((resolve) => setTimeout(resolve, 50))
          const accepted = await fetch(`${lonely.url}/extraction/extract`, { method: 'POST' })
          expect(accepted.status, await accepted.text()).to.equal(202)
        } finally {
          await again.stop()
        }
      } finally {
        await lonely.close()
      }
    })
  })
})
