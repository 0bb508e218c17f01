import { SelectResourceConfigCommand } from '@aws-sdk/client-config-service'
import { expect } from 'chai'
import { after, before, describe, it } from 'mocha'
import { startSimulator, type Simulator } from '../src/index.ts'
import { AWS_QUOTAS, AZURE_QUERIES, createQuotas, GCP_QUOTAS } from '../src/quotas.ts'
import { assetClient, configClient, graphClient } from './clients.ts'

describe('quotas', () => {
  let simulator: Simulator
  before(async () => {
    // Time stands nearly still, so that no window ends while a busy machine tests it.
    simulator = await startSimulator({ estate: { seed: 5, resources: 500 }, quotas: true, timeScale: 0.001 })
  })
  after(() => simulator.close())

  const codes = async (times: number, call: () => Promise<unknown>) => {
    const seen: string[] = []
    for (let n = 0; n < times; n++) {
      seen.push(
        await call().then(
          () => 'ok',
          (thrown: { code?: string | number; name: string }) => String(thrown.code ?? thrown.name),
        ),
      )
    }
    return { ok: seen.filter((code) => code === 'ok').length, last: seen.at(-1) }
  }

  it('AWS Config allows 8 selects a second per account and region', async () => {
    const client = configClient(simulator)
    const call = () => client.send(new SelectResourceConfigCommand({ Expression: 'SELECT arn' }))
    expect(await codes(10, call)).to.deep.equal({ ok: 8, last: 'ThrottlingException' })
    client.destroy()
  })

  it('Resource Graph allows 15 queries in 5 seconds and says in headers what is left', async () => {
    const client = graphClient(simulator)
    const left: (string | undefined)[] = []
    const call = () =>
      client.resources(
        { query: 'resources | count' },
        { onResponse: (raw) => left.push(raw.headers.get('x-ms-user-quota-remaining')) },
      )
    expect(await codes(16, call)).to.deep.equal({ ok: 15, last: 'RateLimiting' })
    expect(left.slice(0, 2)).to.deep.equal(['14', '13'])
    const other = graphClient(simulator, 'another-principal')
    expect(await codes(1, () => other.resources({ query: 'resources | count' }))).to.deep.equal({ ok: 1, last: 'ok' })
  })

  it('Cloud Asset Inventory allows 100 lists a minute per quota project', async () => {
    const client = assetClient(simulator)
    const parent = `projects/${simulator.estate.gcpProjects[0]}`
    const as = (project: string) => () =>
      client.listAssets(
        { parent, pageSize: 1 },
        { autoPaginate: false, retry: null, otherArgs: { headers: { 'x-goog-user-project': project } } },
      )
    expect(await codes(101, as('one'))).to.deep.equal({ ok: 100, last: '8' })
    expect(await codes(1, as('two'))).to.deep.equal({ ok: 1, last: 'ok' })
    await client.close()
  })

  it('a bucket refills with time, and faster on a larger time scale', () => {
    let now = 0
    const quotas = createQuotas(true, 10, () => now)
    const spend = () =>
      Array.from({ length: 20 }, () => quotas.bucket('key', AWS_QUOTAS['SelectResourceConfig']!)).filter(Boolean).length
    expect(spend()).to.equal(8)
    now += 50
    expect(spend()).to.equal(4)
  })

  it('a window starts anew when it has passed', () => {
    let now = 0
    const quotas = createQuotas(true, 1, () => now)
    const spend = () =>
      Array.from({ length: 20 }, () => quotas.window('key', AZURE_QUERIES)).filter(({ allowed }) => allowed).length
    expect(spend()).to.equal(15)
    now += 4999
    expect(spend()).to.equal(0)
    now += 1
    expect(spend()).to.equal(15)
  })
  it("a day's budget ends with the day, however the minutes go", () => {
    let now = 0
    const quotas = createQuotas(true, 1, () => now)
    const [minute, day] = GCP_QUOTAS['ListAssets']!.organization
    let allowed = 0
    for (let n = 0; n < 1000 && now < day!.windowMs; n++, now += minute!.windowMs) {
      for (let call = 0; call < minute!.requests; call++) {
        if (quotas.window('minute', minute!).allowed && quotas.window('day', day!).allowed) allowed++
      }
    }
    expect(allowed).to.equal(650_000)
    now = day!.windowMs
    expect(quotas.window('day', day!).allowed).to.equal(true)
  })
})
