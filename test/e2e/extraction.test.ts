import { PROVIDER_NAMES } from '@cae/core'
import { expect } from 'chai'
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { deliveredArtifacts, readDelivered, startCluster, type Cluster } from '../support/index.ts'

describe('an extraction of three clouds', () => {
  let cluster: Cluster

  afterEach(() => cluster.stop())

  it('delivers every resource of 20,000 with two workers, and says what it could not see', async () => {
    cluster = await startCluster({
      clouds: { seed: 1, resources: 20_000, accounts: 4, regions: 4, subscriptions: 6, projects: 6 },
      workers: 2,
      // The simulator has no quotas here; what the limiter does with those is in quotas.test.ts.
      environment: { LIMITS_ENABLED: 'false' },
    })
    const { clouds } = cluster
    const [account, region] = [clouds.awsAccounts[1]!, clouds.awsRegions[2]!]
    await clouds.setFaults([
      { provider: 'aws', kind: 'denied', scope: account, region },
      { provider: 'gcp', kind: 'throttle', operation: 'ListAssets', scope: clouds.gcpProjects[0]!, times: 6 },
      {
        provider: 'aws',
        kind: 'throttle',
        scope: clouds.awsAccounts[2]!,
        region: clouds.awsRegions[0]!,
        probability: 0.8,
        times: 12,
      },
    ])
    const id = await cluster.submit()
    const job = await cluster.finished(id, 90_000)

    expect(job.status).to.equal('partial')
    const tasks = await cluster.tasks(id)
    const incomplete = tasks.filter(({ outcome }) => outcome !== 'complete')
    expect(incomplete.map((task) => [task.provider, task.scope, task.region, task.outcome, task.code])).to.deep.equal([
      ['aws', account, region, 'denied', 'ACCESS_DENIED'],
    ])
    expect(job.errors.map(({ provider, code, outcome, count }) => ({ provider, code, outcome, count }))).to.deep.equal([
      { provider: 'aws', code: 'ACCESS_DENIED', outcome: 'denied', count: 1 },
    ])
    expect(job.errors[0]!.advice, 'what to do about it').to.include('docs/permissions.md')
    const [, gcp, aws] = (await clouds.faults()).map(({ met }) => met)
    expect([gcp, aws], 'throttles of Google Cloud and of AWS').to.deep.equal([6, 12])
    const seen = deliveredArtifacts(join(cluster.folder, id)).ids
    expect(job.totals.artifacts).to.equal(seen.size)

    // What was hidden is what a run of that slice alone delivers once it may.
    await clouds.setFaults([])
    const second = await cluster.submit({ accounts: [account], regions: [region] })
    expect((await cluster.finished(second)).status).to.equal('completed')
    const hidden = deliveredArtifacts(join(cluster.folder, second)).ids
    expect(hidden.size).to.be.greaterThan(0)
    expect([...seen].filter((one) => hidden.has(one))).to.deep.equal([])
    expect([...seen, ...hidden].toSorted()).to.deep.equal((await clouds.ids()).toSorted())
  })

  it('delivers the same of each resource whether pages are read one after the other or many at once', async () => {
    const clouds = {
      seed: 5,
      resources: 4000,
      accounts: 2,
      regions: 3,
      subscriptions: 4,
      projects: 4,
      'most-per-page': 100,
    }
    const delivered = async (requests: readonly object[], environment: Record<string, string>) => {
      cluster = await startCluster({ clouds, workers: 1, environment: { LIMITS_ENABLED: 'false', ...environment } })
      for (const request of requests) {
        const job = await cluster.finished(await cluster.submit(request))
        expect(job.status, JSON.stringify(job.errors)).to.equal('completed')
      }
      const digests = new Map<string, string>()
      for (const { metadata, ...artifact } of readDelivered(cluster.folder)) {
        const content = JSON.stringify({ ...artifact, metadata: { ...metadata, observed_at: '' } })
        digests.set(metadata.resource_id, createHash('sha1').update(content).digest('hex'))
      }
      return digests
    }
    const one = { WORKER__CONCURRENCY__AWS: '1', WORKER__CONCURRENCY__AZURE: '1', WORKER__CONCURRENCY__GCP: '1' }
    const alone = await delivered(
      PROVIDER_NAMES.map((provider) => ({ providers: [provider] })),
      one,
    )
    await cluster.stop()
    const together = await delivered([{}, {}], {})
    expect(alone.size).to.equal(4000)
    expect([...alone.keys()].filter((id) => together.get(id) !== alone.get(id))).to.deep.equal([])
    expect(together.size).to.equal(alone.size)
  })

  it('reads only the services, regions and accounts that the request names', async () => {
    cluster = await startCluster({ clouds: { seed: 2, resources: 3000 }, workers: 1 })
    const id = await cluster.submit({ services: ['ec2', 'storage'], regions: [cluster.clouds.awsRegions[0]!] })
    const job = await cluster.finished(id)
    expect(job.status).to.equal('completed')
    const services = new Set(
      [...deliveredArtifacts(cluster.folder).ids].map((one) => /^arn:aws:([a-z0-9]+):/.exec(one)?.[1] ?? 'other'),
    )
    expect([...services].filter((service) => service !== 'other')).to.deep.equal(['ec2'])
  })

  it('reads Google Cloud by folder, and counts it', async () => {
    // The simulator's projects are in eight folders.
    const scopes = Array.from({ length: 8 }, (_, n) => `folders/${n}`)
    cluster = await startCluster({
      clouds: { seed: 4, resources: 6000, projects: 10 },
      workers: 1,
      environment: { GCP_PROJECTS: '[]', GCP_SCOPES: JSON.stringify(scopes), LIMITS_ENABLED: 'false' },
    })
    const id = await cluster.submit({ providers: ['gcp'] })
    const job = await cluster.finished(id)
    expect(job.status, JSON.stringify(job.errors)).to.equal('completed')
    expect(job.totals.artifacts).to.equal(cluster.clouds.counts.gcp)
    const tasks = await cluster.tasks(id)
    expect(new Set(tasks.map(({ scope }) => scope))).to.deep.equal(new Set(scopes))
  })

  it('goes on from the last page when a worker is stopped in the middle, and spends no attempt', async () => {
    cluster = await startCluster({
      clouds: { seed: 3, resources: 5000, accounts: 1, regions: 1, latency: 30 },
      workers: 1,
      environment: { LIMITS_ENABLED: 'false' },
    })
    const id = await cluster.submit()
    while ((await cluster.job(id)).totals.artifacts < 300) await new Promise((resolve) => setTimeout(resolve, 20))
    await cluster.workers[0]!.stop()
    expect((await cluster.job(id)).status).to.equal('running')
    const before = (await cluster.job(id)).totals.artifacts
    await cluster.startWorker()
    const job = await cluster.finished(id)
    expect(job.status).to.equal('completed')
    expect(before).to.be.at.least(300)
    const { ids, artifacts } = deliveredArtifacts(cluster.folder)
    expect([...ids].toSorted()).to.deep.equal((await cluster.clouds.ids()).toSorted())
    expect(artifacts, 'no page was delivered twice').to.equal(ids.size)
    expect(job.totals.artifacts).to.equal(ids.size)
  })
})
