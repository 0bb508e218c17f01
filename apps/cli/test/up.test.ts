import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { startSimulator, type Simulator } from '@cae/cloud-simulator'
import { consumerConnection, freePort, startPrivateRedis } from '@cae/runtime'
import { expect } from 'chai'
import { after, afterEach, before, describe, it } from 'mocha'
import { stringify } from 'yaml'
import { simulatedSettings } from '../src/demo/simulated-clouds.ts'
import { alive, cae, descendants, gone, type Cae } from './support/cae.ts'
import { temporaryFolder } from './support/folder.ts'
import { run as runHere, untilRedisIsBack } from './support/host.ts'

const RESOURCES = 200

describe('cae up', function () {
  this.timeout(90_000)
  let simulator: Simulator
  let folder: ReturnType<typeof temporaryFolder>
  let up: Cae
  let url: string
  let region: string
  const run = (...argv: string[]) => runHere(argv, { environment: { CAE_API_URL: url } })
  const config = () => join(folder.path, 'cae.yaml')

  before(async () => {
    folder = temporaryFolder()
    simulator = await startSimulator({ estate: { seed: 3, resources: RESOURCES, awsRegions: 2 } })
    const { estate } = simulator
    region = estate.awsRegions[1]!
    const settings = simulatedSettings(
      { ...simulator, ...estate },
      { redisUrl: 'redis://127.0.0.1', artifacts: join(folder.path, 'artifacts'), quotas: false },
    )
    writeFileSync(config(), settings.replace(/^redis_url.*\n/m, ''))
    const port = String(await freePort())
    up = cae(['up', '--config', config(), '--data', join(folder.path, 'data'), '--port', port])
    url = (await up.until(/API +(http\S+)\n[^]*Ctrl-C/))[1]!
  })

  after(async () => {
    const children = descendants(up.pid)
    up.signal('SIGTERM')
    await up.exited
    await gone(children)
    await simulator.close()
    folder.remove()
  })

  afterEach(() => simulator.setFaults([]))

  it('says where everything is and how to submit', () => {
    expect(up.output()).to.match(/Dashboard +http\S+\/admin\/queues\n/)
    expect(up.output()).to.match(/Workers +2 \(pid \d+, \d+\)\n/)
    expect(up.output()).to.match(/Redis +private \(pid \d+\), keeps its data in \S+redis\n/)
    expect(up.output()).to.match(/^ {2}Artifacts +\S+\/artifacts\n/m)
    expect(up.output()).to.include(`curl -X POST '${url}/extraction/extract'`)
  })

  it('refuses a port that is taken', async () => {
    const { port } = new URL(url)
    const { code, err } = await run('up', '--port', port, '--data', join(folder.path, 'other'))
    expect(code).to.equal(1)
    expect(err).to.equal(
      `cae: port ${port} on 127.0.0.1 is taken by another program: stop it, or give another with --port\n`,
    )
  })

  it('refuses a data folder that is in use', async () => {
    const port = String(await freePort())
    const { code, err } = await run('up', '--port', port, '--data', join(folder.path, 'data'))
    expect(code).to.equal(1)
    expect(err).to.match(/is in use by another cae \(pid \d+\)/)
  })

  it('extracts everything, and ends with 0', async () => {
    const { code, out } = await run('extract')
    expect(out).to.match(/✔ Coverage +\d+ of \d+ slices complete\n/)
    expect(out).to.match(/Total +200 artifacts/)
    expect(code).to.equal(0)
  })

  it('leaves a job to itself and follows it later', async () => {
    const { code, out } = await run('extract', '--no-wait', '--provider', 'gcp')
    const [, id] = /^Job (\S+) is queued\. Follow it with: cae jobs follow \1\n$/.exec(out)!
    expect(code).to.equal(0)
    const followed = await run('jobs', 'follow', id!)
    expect(followed.out).to.match(/✔ Coverage/)
    expect(followed.code).to.equal(0)
  })

  it('extracts what is asked for', async () => {
    const { code, out } = await run('extract', '--provider', 'aws', '--regions', region, '--batch-size', '7', '--json')
    const job = JSON.parse(out) as { request: object; resources: { provider: string; region: string }[] }
    expect(job.request).to.deep.equal({ providers: ['aws'], regions: [region], batch_size: 7 })
    expect(job.resources.every(({ provider }) => provider === 'aws')).to.equal(true)
    expect(code).to.equal(0)
  })

  it('ends an extraction with a denied region with 3, and shows which it is', async () => {
    simulator.setFaults([{ provider: 'aws', kind: 'denied', region }])
    const { code, out } = await run('extract')
    expect(code).to.equal(3)
    expect(out).to.match(/1 denied: unknown, not empty/)
    const [, id] = /^Job (\S+)/.exec(out)!
    const covered = await run('jobs', 'coverage', id!, '--outcome', 'denied')
    expect(covered.out.split('\n')[1]).to.match(new RegExp(`^AWS +\\d{12} +${region} .*denied ACCESS_DENIED`))
    expect((await run('jobs', 'show', id!)).out).to.match(/Status +partial in \d/)
    expect((await run('jobs', 'coverage', id!)).out.split('\n')[1], 'gaps first').to.include('denied')
    expect(out).to.match(
      new RegExp(`^! AWS: 1 slice denied \\(ACCESS_DENIED\\): \\d{12} ${region}\\n.*\\n  → Grant`, 'm'),
    )
    expect((await run('jobs', '--status', 'partial')).out).to.match(new RegExp(`${id} +partial`))
  })

  it('prints what is wrong with a request as field and message, and ends with 1', async () => {
    const { code, out, err } = await run('extract', '--services', 'ec3', '--regions', 'mars')
    expect({ code, out }).to.deep.equal({ code: 1, out: '' })
    expect(err).to.match(/^cae: services: "ec3" is not a service of aws, azure, gcp; did you mean ec2/m)
    expect((await run('jobs', '--status', 'failed')).out).to.equal('No job is failed. All: cae jobs\n')
    const missing = await run('jobs', 'show', '1m83f92y7z87at9nkp')
    expect([missing.code, missing.err]).to.deep.equal([1, 'cae: there is no job 1m83f92y7z87at9nkp\n'])
  })

  it('extracts the resource types that are named, and warns of one that the catalogue lacks', async () => {
    const types = 'AWS::S3::Bucket,aws:ec2:teleporter-of-things'
    const { code, out, err } = await run('extract', '--resource-types', types, '--json')
    const job = JSON.parse(out) as { request: { resource_types: string[] }; resources: { service: string }[] }
    expect(job.request.resource_types).to.deep.equal(['aws:s3:bucket', 'aws:ec2:teleporter-of-things'])
    expect(new Set(job.resources.map(({ service }) => service))).to.deep.equal(new Set(['s3']))
    expect(err).to.match(/^! resource_types: "aws:ec2:teleporter-of-things" is not in the catalogue/)
    expect(code).to.equal(0)
  })

  it('checks what a run would need, changes nothing, and ends with 0 only where nothing is missing', async () => {
    const total = async () => (JSON.parse((await run('jobs', '--json')).out) as { total: number }).total
    const before = await total()
    const whole = await run('check')
    expect(whole.out).to.match(
      /^AWS +ready\n[^]*^Azure +ready\n[^]*^GCP +ready\n[^]*\n\n✔ Destination  .*\n✔ Ready: nothing is missing\n$/m,
    )
    expect(whole.out.match(/Full run +\d+ calls, \d+ resources: /g)).to.have.length(3)
    expect(whole.code).to.equal(0)
    simulator.setFaults([{ provider: 'aws', kind: 'denied', region }])
    const { code, out } = await run('check', '--provider', 'aws')
    expect(out)
      .to.match(/^AWS +\d+ missing/)
      .and.match(new RegExp(`✘ \\d+ checks: \\d+ ${region}\\n  config:.*\\n.*\\n.*\\n  → allow them`))
    expect(out).to.include('✘ Not ready: AWS (something is missing)')
    expect(code).to.equal(3)
    expect(await total()).to.equal(before)
  })

  it('says what is wrong with a check as with an extraction, and ends with 1', async () => {
    const { code, err } = await run('check', '--resource-types', 'aws:ec3:*')
    expect(err).to.match(/^cae: resource_types: "aws:ec3:\*" fits no resource type .*; did you mean aws:ec2:\*/)
    expect(code).to.equal(1)
  })

  it('finds services and types by words, in our spelling, the cloud’s and people’s', async () => {
    expect((await run('services')).out)
      .to.match(/^Azure +compute +\d+$/m)
      .and.match(/^\d+ services; with a word/m)
    expect((await run('services', 'EC2::Inst', 'gcp:storage')).out)
      .to.match(/^AWS +ec2 +aws:ec2:instance +AWS::EC2::Instance$/m)
      .and.match(/^GCP +storage, gcs +gcp:storage:bucket /m)
      .and.not.match(/^Azure|aws:ec2:volume/m)
    const { services } = JSON.parse((await run('services', 's3', '--provider', 'gcp', '--json')).out) as {
      services: object
    }
    expect(services).to.deep.equal({ gcp: [] })
    expect((await run('services', 'gke')).out).to.match(/^GCP +container, gke +gcp:container:cluster /m)
    expect((await run('services', 'zzz')).out).to.equal('No service or resource type has zzz in its name.\n')
    expect((await run('services', 'ec2', '--provider', 'azure')).out).to.equal(
      'No service or resource type of azure has ec2 in its name.\n',
    )
  })

  it('submits and leaves with --no-wait', async () => {
    const { code, out } = await run('extract', '--no-wait', '--json')
    expect(JSON.parse(out)).to.include({ status: 'queued' })
    expect(code).to.equal(0)
  })

  it('makes, lists, pauses, resumes and deletes schedules', async () => {
    const made = await run(
      'schedules',
      'create',
      'nightly',
      '0 2 * * *',
      '--timezone',
      'Europe/Berlin',
      '--services',
      'ec2',
    )
    expect(made.out).to.match(/^Schedule nightly: first run in \d+ (h|min)/)
    expect((await run('schedules')).out).to.match(/nightly +0 2 \* \* \* +Europe\/Berlin +in /)
    const again = await run('schedules', 'create', 'nightly', '0 3 * * *')
    expect(again.err).to.equal('cae: a schedule named nightly exists\n')
    expect((await run('schedules', 'pause', 'nightly')).out).to.equal('Schedule nightly is paused\n')
    expect((await run('schedules', 'list', '--json')).out).to.include('"paused":true')
    expect((await run('schedules', 'resume', 'nightly')).out).to.include('goes on')
    expect((await run('schedules', 'delete', 'nightly')).code).to.equal(0)
    expect((await run('schedules', 'delete', 'nightly')).err).to.equal('cae: there is no schedule nightly\n')
    const bad = await run('schedules', 'create', 'nightly', '61 2 * * *', '--timezone', 'Mars/North')
    expect(bad.err).to.match(/^cae: timezone: .*\ncae: cron_expression: /)
  })

  it('starts a worker again that was killed, and Redis with all that it held', async () => {
    const worker = Number(/Workers +2 \(pid (\d+)/.exec(up.output())![1])
    process.kill(worker, 'SIGKILL')
    await up.until(new RegExp(`worker-1 \\(pid ${worker}\\) ended by SIGKILL; another starts in 0\\.5 s`))
    await up.until(/worker-1 is back, pid \d+/)
    const before = JSON.parse((await run('jobs', '--json')).out) as { total: number }
    process.kill(Number(/private \(pid (\d+)/.exec(up.output())![1]), 'SIGKILL')
    await up.until(/Redis has ended; it is started again/)
    const { code } = await untilRedisIsBack(() => run('extract', '--services', 'ec2'))
    expect(code).to.equal(0)
    expect((JSON.parse((await run('jobs', '--json')).out) as { total: number }).total).to.equal(before.total + 1)
  })

  it('starts the API again that was killed, at its address, while a job is followed', async () => {
    const api = descendants(up.pid).find((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('apps/api/'))
    const { out } = await run('extract', '--no-wait')
    process.kill(api!, 'SIGKILL')
    const following = run('jobs', 'follow', /^Job (\S+)/.exec(out)![1]!)
    await up.until(new RegExp(`api \\(pid ${api}\\) ended by SIGKILL; another starts in 0\\.5 s`))
    await up.until(/api is back, pid \d+/)
    const { code, err } = await following
    expect(code, err).to.equal(0)
    expect((await run('extract', '--services', 'ec2')).code).to.equal(0)
  })

  it('stops all that it has started on SIGTERM, and ends with 0', async () => {
    const port = String(await freePort())
    const other = cae([
      'up',
      '--config',
      config(),
      '--workers',
      '1',
      '--data',
      join(folder.path, 'more'),
      '--port',
      port,
    ])
    await other.until(/is up/)
    const children = descendants(other.pid)
    expect(children.length).to.be.at.least(3)
    other.signal('SIGTERM')
    expect(await other.exited).to.equal(0)
    expect(other.output()).to.match(/Stopping: .*\nStopped\.\n$/)
    expect(alive(children)).to.deep.equal([])
  })

  it('leaves none of its processes behind when it is stopped while it starts', async () => {
    const port = String(await freePort())
    const other = cae(['up', '--config', config(), '--data', join(folder.path, 'early'), '--port', port])
    await other.until(/Starting/)
    const children = await untilSome(() => descendants(other.pid))
    other.signal('SIGINT')
    expect(await other.exited).to.equal(130)
    expect(alive(children)).to.deep.equal([])
  })
})

describe('cae up, where it cannot start', function () {
  this.timeout(60_000)
  let folder: ReturnType<typeof temporaryFolder>
  before(() => {
    folder = temporaryFolder()
  })
  after(() => folder.remove())

  it('shows every problem of the settings', async () => {
    const file = join(folder.path, 'bad.yaml')
    writeFileSync(file, stringify({ batch_sice: 5, transport: { type: 'ftp' }, azure: { tables: ['ressources'] } }))
    const { code, err } = await runHere(['up', '--config', file, '--data', folder.path])
    expect(code).to.equal(1)
    expect(err)
      .to.match(/3 problems in the settings/)
      .and.match(/batch_sice: is not a known key; did you mean batch_size/)
      .and.match(/azure\.tables\[0\]: is not a table; did you mean resources\?/)
  })

  it('says that a file names no accounts, and not that there is no file', async () => {
    const config = join(folder.path, 'none.yaml')
    writeFileSync(config, stringify({ batch_size: 5 }))
    const port = String(await freePort())
    const up = cae(['up', '--config', config, '--workers', '1', '--data', join(folder.path, 'none'), '--port', port])
    await up.until(/none\.yaml names no accounts: add them to it/)
    up.signal('SIGTERM')
    expect(await up.exited).to.equal(0)
  })

  it('warns of a folder for artifacts that cannot be made, and not of one that can', async () => {
    const config = join(folder.path, 'unwritable.yaml')
    writeFileSync(config, stringify({ transport: { type: 'filesystem', base_dir: join(config, 'below') } }))
    const port = String(await freePort())
    const up = cae(['up', '--config', config, '--workers', '1', '--data', join(folder.path, 'full'), '--port', port])
    await up.until(/^! Artifacts +\S+below: cannot write \S+ \(ENOTDIR\): a file is where a folder should be/m)
    up.signal('SIGTERM')
    expect(await up.exited).to.equal(0)
  })

  it('shows some problems of a file that is no settings at all, and how many more there are', async () => {
    const file = join(folder.path, 'no.yaml')
    writeFileSync(file, stringify(Object.fromEntries(Array.from({ length: 300 }, (_, n) => [`word${n}`, n]))))
    const { code, err } = await runHere(['up', '--config', file, '--data', folder.path])
    expect({ code, lines: err.trimEnd().split('\n').length }).to.deep.equal({ code: 1, lines: 31 })
    expect(err).to.match(/\n {2}and 271 more\n$/)
  })

  it('says so where Redis does not answer', async () => {
    const environment = {
      REDIS_URL: `redis://:secret@127.0.0.1:${await freePort()}`,
      API_PORT: String(await freePort()),
      TRANSPORT_TYP: 'http',
    }
    const { code, err } = await runHere(['up', '--data', folder.path], { environment })
    expect(code).to.equal(1)
    expect(err).to.match(/^! TRANSPORT_TYP is no variable of ours; did you mean TRANSPORT_TYPE\?$/m)
    expect(err).to.match(/no Redis at redis:\/\/:\*\*\*@127\.0\.0\.1:\d+ \(.*ECONNREFUSED.*\): start it/)
  })

  it('says so where Redis takes our password for none of its own', async () => {
    const redis = await startPrivateRedis()
    const connection = consumerConnection(redis.url)
    await connection.config('SET', 'requirepass', 'another')
    connection.disconnect()
    const environment = {
      REDIS_URL: redis.url.replace('redis://', 'redis://:secret@'),
      API_PORT: String(await freePort()),
    }
    const { code, err } = await runHere(['up', '--data', folder.path], { environment })
    await redis.kill()
    expect(code).to.equal(1)
    expect(err).to.match(/Redis at redis:\/\/:\*\*\*@127\.0\.0\.1:\d+ refuses us \(WRONGPASS .*REDIS_URL/)
    expect(err).to.not.include('secret')
  })

  it('gives the reason from the log of what did not start, and leaves nothing behind', async () => {
    const file = join(folder.path, 'override.yaml')
    writeFileSync(file, stringify({ limits: { overrides: { 'no.such.limit': { burst: 2 } } } }))
    const port = String(await freePort())
    const up = cae(['up', '--config', file, '--data', join(folder.path, 'data'), '--port', port])
    const children = await untilSome(() => descendants(up.pid))
    expect(await up.exited).to.equal(1)
    expect(up.output()).to.match(
      /worker-\d did not start \(code 1\): worker: 1 problem in the settings\n? +limits\.overrides\.no\.such\.limit: is not a limit/,
    )
    expect(alive(children)).to.deep.equal([])
  })
})

async function untilSome(look: () => number[]): Promise<number[]> {
  for (;;) {
    const found = look()
    if (found.length > 0) return found
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
