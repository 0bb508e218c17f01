import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pingRedis } from '@cae/runtime'
import { expect } from 'chai'
import { after, before, describe, it } from 'mocha'
import { alive, cae, descendants, gone } from './support/cae.ts'
import { temporaryFolder } from './support/folder.ts'
import { run, untilRedisIsBack } from './support/host.ts'

describe('cae demo', function () {
  this.timeout(90_000)
  let folder: ReturnType<typeof temporaryFolder>
  before(() => {
    folder = temporaryFolder()
  })
  after(() => folder.remove())

  const smallAndKept = () =>
    cae(['demo', '--resources=20', '--workers=1', '--keep', '--transport=null', `--data=${folder.path}`])

  it('delivers every simulated resource without a terminal, says that they are simulated, and leaves no process', async () => {
    // Settings and credentials of the user that would break it, had they a part in it.
    const environment = { REDIS_URL: 'redis://127.0.0.1:1', AWS_ACCOUNTS: 'x', TRANSPORT_TYPE: 'ftp', API_PORT: 'x' }
    const demo = cae(['demo', '--resources', '300', '--workers', '2', '--data', folder.path], environment)
    await demo.until(/Workers +2, pid/)
    const children = descendants(demo.pid)
    expect(children.length).to.be.at.least(5)
    expect(await demo.exited).to.equal(0)
    expect(demo.output()).to.match(/\[SIMULATED CLOUDS\]\n[^]*\[SIMULATED CLOUDS\] job \S+ completed in/)
    expect(demo.output()).to.include('AWS    150 of 150 resources')
    expect(demo.output()).to.match(/✔ Verified +300 of 300 resources in the files, nothing lost/)
    expect(demo.output()).to.match(/Files +\S+\/artifacts\/\S+ \(\d+ files\)/)
    expect(demo.output()).to.not.include('\u001b')
    expect(alive(children)).to.deep.equal([])
    const open = filesIn(folder.path).filter((file) => (statSync(file).mode & 0o007) !== 0)
    expect(open, 'other users of the machine may read').to.deep.equal([])
  })

  it('with --gaps tells what it could not see, where, and what to do, and ends with 3', async () => {
    const demo = cae(['demo', '--resources', '2000', '--gaps', '--data', folder.path])
    expect(await demo.exited).to.equal(3)
    const [, account, subscription, project] =
      /Gaps: AWS denies us (\d+), Azure (\S+), and Google Cloud loses a page of (\S+)\.\n/.exec(demo.output())!
    expect(demo.output()).to.match(
      new RegExp(`! AWS: \\d+ slices? denied \\(ACCESS_DENIED\\): ${account}.*\\n.*\\n  → Grant`),
    )
    expect(demo.output()).to.match(new RegExp(`! Azure: \\d+ slices? denied \\(ACCESS_DENIED\\): ${subscription}`))
    expect(demo.output()).to.match(new RegExp(`! GCP: 1 slice partial \\(COUNT_MISMATCH\\): ${project}`))
    expect(demo.output()).to.match(/! Coverage .* unknown, not empty\n/)
    expect(demo.output()).to.match(/! Verified .*; the run says that it is partial\n/)
  })

  it('loses nothing when a worker is killed in the middle, and with --keep runs on until it is stopped', async () => {
    const demo = cae([
      'demo',
      '--resources',
      '3000',
      '--kill-worker',
      '--keep',
      '--latency',
      '60',
      '--data',
      folder.path,
    ])
    await demo.until(/Ctrl-C stops everything/)
    expect(demo.output()).to.match(/worker-1 gets kill -9 \(pid \d+\)/)
    expect(demo.output()).to.match(/✔ Verified +3,000 of 3,000 resources in the files, nothing lost/)
    expect(demo.output()).to.match(/Kill a worker +kill -9 \d+/)
    const children = descendants(demo.pid)
    demo.signal('SIGINT')
    expect(await demo.exited).to.equal(0)
    expect(alive(children)).to.deep.equal([])
  })

  const inTheMiddle = () =>
    cae(['demo', '--resources=3000', '--latency=300', '--keep', '--transport=null', `--data=${folder.path}`])
  for (const [when, start, until] of [
    ['afterwards', smallAndKept, /Ctrl-C stops everything/],
    ['in the middle', inTheMiddle, /AWS 0 of 1,500/],
  ] as const) {
    it(`goes on with all jobs when Redis is killed ${when}`, async () => {
      const demo = start()
      await demo.until(until)
      process.kill(redisOf(descendants(demo.pid)), 'SIGKILL')
      await demo.until(/Redis has ended; it is started again/)
      await demo.until(/Ctrl-C stops everything/)
      expect(demo.output()).to.match(/✔ Verified +([\d,]+) of \1 resources/)
      const [, id] = /job (\S+) completed in/.exec(demo.output())!
      const [, url] = /API +(http\S+)/.exec(demo.output())!
      const { code, err } = await untilRedisIsBack(() => run(['jobs', 'show', id!, '--api', url!]))
      expect(code, err).to.equal(0)
      const children = descendants(demo.pid)
      demo.signal('SIGINT')
      expect(await demo.exited).to.equal(0)
      expect(alive(children)).to.deep.equal([])
    })
  }

  it('ends, and says why, where Redis cannot be started again, and starts none of its processes anew', async () => {
    const demo = smallAndKept()
    await demo.until(/Ctrl-C stops everything/)
    const children = descendants(demo.pid)
    rmSync(join(folder.path, 'demo-redis'), { recursive: true })
    writeFileSync(join(folder.path, 'demo-redis'), 'in its way')
    process.kill(redisOf(children), 'SIGKILL')
    expect(await demo.exited).to.equal(1)
    expect(demo.output()).to.include('EEXIST').and.not.include('another starts in')
    await gone(children, 30_000)
  })

  it('lets nobody else into its Redis, and takes its processes with it when it is killed itself', async () => {
    const demo = smallAndKept()
    await demo.until(/Ctrl-C stops everything/)
    const children = descendants(demo.pid)
    const settings = readFileSync(join(folder.path, 'settings.yaml'), 'utf8')
    const url = new URL(/redis_url: (\S+)/.exec(settings)![1]!)
    await pingRedis(url.href)
    const { password } = url
    url.password = ''
    const refused = await pingRedis(url.href).then(
      () => expect.fail('Redis serves whoever is on this machine'),
      ({ message }: Error) => message,
    )
    expect(refused).to.contain('NOAUTH')
    for (const pid of children) expect(readFileSync(`/proc/${pid}/cmdline`, 'utf8')).to.not.contain(password)
    demo.signal('SIGKILL')
    await demo.exited
    // Redis waits some seconds for workers that still give their tasks back.
    await gone(children, 30_000)
  })
})

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name))
}

function redisOf(pids: readonly number[]): number {
  return pids.find((pid) => readFileSync(`/proc/${pid}/comm`, 'utf8').startsWith('redis-server'))!
}
