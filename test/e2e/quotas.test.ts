import { startCluster, type Cluster } from '@cae/test/support'
import { expect } from 'chai'

interface QuotasAnswer {
  readonly limits: readonly {
    readonly name: string
    readonly provider: string
    readonly operation: string
    readonly source: string
    readonly calls: number
    readonly throttled: number
  }[]
  readonly budgets: readonly { readonly limit: string; readonly remaining: { readonly count: number } | null }[]
}

describe('an extraction under the real quotas', () => {
  let cluster: Cluster
  let quotas: QuotasAnswer
  before(async () => {
    cluster = await startCluster({
      clouds: { seed: 3, resources: 3000, accounts: 2, regions: 3, subscriptions: 3, projects: 6, quotas: true },
      workers: 2,
      environment: { GCP_QUOTA_PROJECT: 'quota-project' },
    })
    const job = await cluster.finished(await cluster.submit(), 110_000)
    expect(job.status).to.equal('completed')
    quotas = (await (await fetch(`${cluster.apiUrl}/extraction/quotas?limit=1000`)).json()) as QuotasAnswer
  })
  after(() => cluster?.stop())

  it('shows the limits of every provider that the workers have, each with its source', () => {
    expect(new Set(quotas.limits.map(({ provider }) => provider))).to.have.all.keys('aws', 'azure', 'gcp')
    for (const { source } of quotas.limits) expect(source).to.match(/\w/)
  })

  it('counts the calls that the clouds saw', async () => {
    const { aws, gcp } = await cluster.clouds.requests()
    const calls = (name: string) => quotas.limits.find((limit) => limit.name === name)!.calls
    expect(calls('aws.config.select')).to.equal(aws['SelectResourceConfig']!.total)
    expect(calls('gcp.asset.list.project')).to.equal(gcp['ListAssets']!.total)
    expect(calls('gcp.asset.list.organization')).to.equal(gcp['ListAssets']!.total)
  })

  it('knows what Azure says it has left', () => {
    const azure = quotas.budgets.find(({ limit }) => limit === 'azure.graph.query')!
    expect(azure.remaining!.count).to.be.within(0, 14)
  })

  it('is throttled in less than one call of a hundred', async () => {
    const counts = Object.values(await cluster.clouds.requests()).flatMap((operations) => Object.values(operations))
    const sum = (key: 'total' | 'throttled') => counts.reduce((all, count) => all + count[key], 0)
    expect(sum('throttled') / sum('total')).to.be.below(0.01)
  })
})
