import { expect } from 'chai'
import { setTimeout as sleep } from 'node:timers/promises'
import { deliveredArtifacts, startCluster, type Cluster } from '../support/index.ts'

const SECONDS = 20
// Shorter than the settings for interruptible nodes (README), and quotas that do not stretch the run.
const ENVIRONMENT = {
  WORKER_LOCK_DURATION_MS: '3000',
  WORKER_STALLED_INTERVAL_MS: '1000',
  WORKER_MAX_STALLED: '100',
  LIMITS_ENABLED: 'false',
  WORKER_CONCURRENCY_AWS: '2',
  WORKER_CONCURRENCY_AZURE: '1',
  WORKER_CONCURRENCY_GCP: '1',
}

describe('chaos', function () {
  // Some twenty workers start within as many seconds.
  this.timeout(240_000)
  let cluster: Cluster
  afterEach(() => cluster.stop())

  it('loses nothing when a random worker is killed every second for 20 seconds, and Redis once', async () => {
    cluster = await startCluster({
      clouds: { seed: 7, resources: 20_000, accounts: 4, regions: 3, subscriptions: 4, projects: 4, latency: 400 },
      workers: 3,
      environment: ENVIRONMENT,
    })
    const id = await cluster.submit()
    const starting: Promise<unknown>[] = []
    const drawn: number[] = []
    for (let second = 0; second < SECONDS; second++) {
      await sleep(1000)
      const alive = cluster.workers.filter(({ child }) => child.exitCode === null && child.signalCode === null)
      drawn.push(Math.floor(Math.random() * alive.length))
      await alive[drawn.at(-1)!]?.stop('SIGKILL')
      if (second === SECONDS / 2) await cluster.crashRedis()
      starting.push(cluster.startWorker())
    }
    await Promise.all(starting)
    const job = await cluster.finished(id, 90_000)
    const truth = await cluster.clouds.ids()
    const { ids, files } = deliveredArtifacts(cluster.folder)

    expect(job.status, `killed ${drawn.join(' ')}; ${JSON.stringify(job.errors)}`).to.equal('completed')
    expect([...ids].toSorted(), `killed ${drawn.join(' ')}`).to.deep.equal(truth.toSorted())
    expect(job.totals.artifacts, 'the totals count every resource once').to.equal(truth.length)
    // A repeated batch carried the same id, so it replaced its file: there are as many files as batches.
    expect(files.length).to.equal(job.totals.batches)
    const claims = (await cluster.tasks(id)).reduce((sum, task) => sum + task.claims, 0)
    expect(claims, 'some tasks were taken up again').to.be.greaterThan(job.progress.slices)
  })

  it('loses nothing of a task that loses more workers than one may, each of which got on with it', async () => {
    const { WORKER_MAX_STALLED: _, ...atDefault } = ENVIRONMENT
    cluster = await startCluster({
      clouds: { seed: 7, resources: 3000, accounts: 1, regions: 1, subscriptions: 1, projects: 1, latency: 300 },
      workers: 1,
      environment: { ...atDefault, WORKER_LOCK_DURATION_MS: '1500', WORKER_STALLED_INTERVAL_MS: '500' },
    })
    const id = await cluster.submit({ providers: ['aws'] })
    const largest = async () =>
      (await cluster.tasks(id)).toSorted((a, b) => b.coverage.extracted - a.coverage.extracted)[0]
    let [seen, deaths] = [0, 0]
    for (; deaths < 4; deaths++) {
      for (let now = await largest(); (now?.coverage.extracted ?? 0) <= seen; now = await largest()) await sleep(50)
      seen = (await largest())!.coverage.extracted
      await cluster.workers.at(-1)!.stop('SIGKILL')
      await cluster.startWorker()
    }
    const job = await cluster.finished(id, 90_000)
    const truth = await cluster.clouds.ids(['aws'])

    expect(job.status, JSON.stringify(job.errors)).to.equal('completed')
    expect([...deliveredArtifacts(cluster.folder).ids].toSorted()).to.deep.equal(truth.toSorted())
    expect((await largest())!.claims).to.be.greaterThan(deaths)
  })

  it('loses nothing when Redis forgets its last second again and again, also while the run is planned', async () => {
    cluster = await startCluster({
      clouds: { seed: 7, resources: 4000, accounts: 4, regions: 3, subscriptions: 4, projects: 4, latency: 500 },
      workers: 3,
      environment: ENVIRONMENT,
    })
    const id = await cluster.submit()
    for (let times = 0; times < 5; times++) {
      await sleep(300 + times * 300)
      await cluster.rollBackRedis(1000)
    }
    const job = await cluster.finished(id, 90_000)
    const truth = await cluster.clouds.ids()
    const { ids } = deliveredArtifacts(cluster.folder)

    expect([...ids].toSorted()).to.deep.equal(truth.toSorted())
    expect(job.status, JSON.stringify(job.errors)).to.equal('completed')
    expect(job.totals.artifacts, 'the totals count every resource once').to.equal(truth.length)
  })
})
