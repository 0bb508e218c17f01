import { expect } from 'chai'
import { deliveredArtifacts, startCluster, type Cluster } from '../support/index.ts'

describe('an extraction of three clouds', () => {
  let cluster: Cluster
  const truth = () => [
    ...cluster.simulator.estate.ids('aws'),
    ...cluster.simulator.estate.ids('azure'),
    ...cluster.simulator.estate.ids('gcp'),
  ]

  afterEach(() => cluster.stop())

  it('delivers every resource of 20,000 with two workers, and says what it could not see', async () => {
    cluster = await startCluster({
      simulator: {
        estate: { seed: 1, resources: 20_000, awsAccounts: 4, awsRegions: 4, azureSubscriptions: 6, gcpProjects: 6 },
      },
      workers: 2,
    })
    const { estate } = cluster.simulator
    const [account, region] = [estate.awsAccounts[1]!, estate.awsRegions[2]!]
    cluster.simulator.setFaults([
      { provider: 'aws', kind: 'denied', scope: account, region },
      { provider: 'gcp', kind: 'throttle', scope: estate.gcpProjects[0]!, probability: 0.7 },
    ])
    const id = await cluster.submit()
    const job = await cluster.finished(id, 90_000)

    expect(job.status).to.equal('partial')
    const tasks = await cluster.tasks(id)
    const denied = tasks.filter(({ outcome }) => outcome === 'denied')
    expect(denied.map((task) => [task.provider, task.scope, task.region, task.code])).to.deep.equal([
      ['aws', account, region, 'ACCESS_DENIED'],
    ])
    expect(tasks.filter(({ outcome }) => outcome !== 'denied' && outcome !== 'complete')).to.deep.equal([])
    expect(job.errors.map(({ provider, code, outcome, count }) => ({ provider, code, outcome, count }))).to.deep.equal([
      { provider: 'aws', code: 'ACCESS_DENIED', outcome: 'denied', count: 1 },
    ])

    const hidden = new Set(estate.idsOf?.('aws', account, region))
    const { ids } = deliveredArtifacts(cluster.folder)
    expect([...ids].toSorted()).to.deep.equal(
      truth()
        .filter((one) => !hidden.has(one))
        .toSorted(),
    )
    expect(job.totals.artifacts).to.equal(ids.size)
    expect(cluster.simulator.requests().gcp?.['ListAssets']?.throttled).to.be.greaterThan(0)
  })

  it('reads only the services, regions and accounts that the request names', async () => {
    cluster = await startCluster({ simulator: { estate: { seed: 2, resources: 3000 } }, workers: 1 })
    const { estate } = cluster.simulator
    const id = await cluster.submit({ services: ['ec2', 'storage'], regions: [estate.awsRegions[0]!] })
    const job = await cluster.finished(id)
    expect(job.status).to.equal('completed')
    const services = new Set(
      [...deliveredArtifacts(cluster.folder).ids].map((one) => /^arn:aws:([a-z0-9]+):/.exec(one)?.[1] ?? 'other'),
    )
    expect([...services].filter((service) => service !== 'other')).to.deep.equal(['ec2'])
  })

  it('goes on from the last page when a worker is stopped in the middle, and spends no attempt', async () => {
    cluster = await startCluster({
      simulator: { estate: { seed: 3, resources: 5000, awsAccounts: 1, awsRegions: 1 }, latencyMs: 30 },
      workers: 1,
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
    expect([...ids].toSorted()).to.deep.equal(truth().toSorted())
    expect(artifacts, 'no page was delivered twice').to.equal(ids.size)
    expect(job.totals.artifacts).to.equal(ids.size)
  })
})
