import { expect } from 'chai'
import { startCluster, type Cluster } from '../support/index.ts'

interface Preflight {
  readonly status: string
  readonly ready: boolean
  readonly providers: Readonly<Record<string, Answered>>
}

interface Answered {
  readonly ready: boolean
  readonly checks: readonly {
    readonly check: string
    readonly status: string
    readonly advice?: string
    readonly places: readonly { readonly scope: string }[]
  }[]
  readonly estimate: { readonly calls: number; readonly resources: number; readonly at_least: boolean }
}

describe('a preflight of the simulated clouds, by a real worker', () => {
  let cluster: Cluster

  before(async () => {
    cluster = await startCluster({
      clouds: { seed: 4, resources: 12_000, accounts: 2, regions: 2, subscriptions: 12, projects: 2 },
      workers: 1,
      environment: { LIMITS_ENABLED: 'false' },
    })
  })
  after(() => cluster.stop())
  afterEach(() => cluster.clouds.setFaults([]))

  const check = async (query: string): Promise<Preflight> => {
    let response = await fetch(`${cluster.apiUrl}/extraction/preflight?${query}`)
    while (response.status === 202) response = await fetch(cluster.apiUrl + response.headers.get('location')!)
    const body = (await response.json()) as Preflight
    expect(response.status, JSON.stringify(body)).to.equal(200)
    return body
  }
  // Signing in and finding accounts are no calls of a limit that a run is estimated by.
  const OPERATIONS: Readonly<Record<string, RegExp>> = {
    aws: /Config/,
    azure: /^Resources$/,
    gcp: /Assets|Search/,
  }
  const calls = async (provider: 'aws' | 'azure' | 'gcp') =>
    Object.entries((await cluster.clouds.requests())[provider])
      .filter(([operation]) => OPERATIONS[provider]!.test(operation))
      .reduce((sum, [, { total }]) => sum + total, 0)
  const resourcesOf = async (provider: string) =>
    (await cluster.clouds.slices())
      .filter((slice) => slice.provider === provider)
      .reduce((sum, { count }) => sum + count, 0)

  for (const provider of ['aws', 'azure', 'gcp'] as const) {
    it(`finds ${provider} ready, counts what there is, and knows the calls that a run takes`, async () => {
      const { ready, providers } = await check(`provider=${provider}`)
      expect(ready, JSON.stringify(providers)).to.equal(true)
      const { estimate } = providers[provider]!
      expect(estimate.at_least).to.equal(false)
      expect(estimate.resources).to.equal(await resourcesOf(provider))
      const before = await calls(provider)
      const job = await cluster.finished(await cluster.submit({ providers: [provider] }))
      expect(job.status).to.equal('completed')
      const taken = (await calls(provider)) - before
      expect(estimate.calls).to.be.within(taken * 0.8, taken * 1.2)
    })
  }

  it('shows the subscription that Azure hides, and what to grant', async () => {
    const hidden = cluster.clouds.azureSubscriptions[3]!
    await cluster.clouds.setFaults([{ provider: 'azure', kind: 'denied', scope: hidden }])
    const { ready, providers } = await check('provider=azure')
    expect(ready).to.equal(false)
    const missing = providers['azure']!.checks.filter(({ status }) => status === 'missing')
    expect(missing.flatMap(({ places }) => places.map(({ scope }) => scope))).to.deep.equal([hidden])
    expect(missing[0]!.advice).to.include('Reader')
    expect(providers['azure']!.estimate.at_least).to.equal(true)
  })

  it('checks only what is selected', async () => {
    const [account] = cluster.clouds.azureSubscriptions
    const { providers } = await check(`provider=azure&accounts=${account}&resource_types=azure:compute:*`)
    const scopes = new Set(providers['azure']!.checks.flatMap(({ places }) => places.map(({ scope }) => scope)))
    expect([...scopes].filter((scope) => cluster.clouds.azureSubscriptions.includes(scope))).to.deep.equal([account])
  })

  it('leaves no job behind', async () => {
    const jobs = (await (await fetch(`${cluster.apiUrl}/extraction/jobs`)).json()) as { total: number }
    expect(jobs.total, 'the runs of the first tests').to.equal(3)
  })
})
