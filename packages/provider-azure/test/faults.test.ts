import { startSimulator, type FaultRule, type Simulator } from '@cae/cloud-simulator'
import { ExtractionError, toTask, type Limiter, type Page, type QuotaReport } from '@cae/core'
import { testContext } from '@cae/core/testing'
import { expect } from 'chai'
import { after, afterEach, before, describe, it } from 'mocha'
import { azureProvider, type AzureOptions } from '../src/index.ts'

const asOf = new Date().toISOString()

describe('Azure Resource Graph when things go wrong', () => {
  let simulator: Simulator
  before(async () => {
    simulator = await startSimulator({ quotas: false, estate: { seed: 3, resources: 1500, azureSubscriptions: 3 } })
  })
  after(() => simulator.close())
  afterEach(() => simulator.setFaults([]))

  const strike = (...rules: Omit<FaultRule, 'provider'>[]) =>
    simulator.setFaults(rules.map((rule) => ({ provider: 'azure', ...rule })))
  const provider = (options: Partial<AzureOptions> = {}) =>
    azureProvider({
      endpoint: simulator.azureEndpoint,
      tenant_id: simulator.estate.azureTenant,
      accounts: simulator.estate.azureSubscriptions.map((subscription_id) => ({ subscription_id })),
      pageSize: 50,
      ...options,
    })
  const plan = (target = {}, one = provider()) => one.plan({ asOf, ...target }, testContext())
  const open = async (context = testContext(), one = provider()) => {
    const scope = simulator.estate.azureSubscriptions[0]!
    return one.open(
      toTask('run1', 'azure', asOf, { scope, region: 'global', partition: 'resources', query: {} }),
      context,
    )
  }
  const readAll = async (context = testContext(), one = provider()) => {
    const reader = await open(context, one)
    const pages: Page[] = []
    for (let cursor: string | null = null; ;) {
      const page: Page = await reader.read(cursor)
      pages.push(page)
      if (page.next === null) return pages
      cursor = page.next
    }
  }
  const failure = async (work: Promise<unknown>) => {
    const thrown = await work.then(
      () => undefined,
      (reason: unknown) => reason,
    )
    expect(thrown).to.be.instanceOf(ExtractionError)
    return thrown as ExtractionError
  }

  it('plans a slice for each subscription and table', async () => {
    const { slices, gaps } = await plan()
    expect(gaps).to.deep.equal([])
    expect(slices.map(({ scope, partition }) => `${scope} ${partition}`)).to.deep.equal(
      simulator.estate.azureSubscriptions.flatMap((id) => [`${id} resources`, `${id} resourcecontainers`]),
    )
  })

  it('shows a subscription that Resource Graph leaves out as a gap, not as nothing', async () => {
    const [first, second, third] = simulator.estate.azureSubscriptions
    strike({ kind: 'denied', scope: second! })
    const { slices, gaps } = await plan()
    expect(new Set(slices.map(({ scope }) => scope))).to.deep.equal(new Set([first, third]))
    expect(gaps.map(({ scope, code }) => [scope, code])).to.deep.equal([[second, 'ACCESS_DENIED']])
  })

  it('shows all of them as gaps where none can be read', async () => {
    strike({ kind: 'denied' })
    const { slices, gaps } = await plan()
    expect(slices).to.deep.equal([])
    expect(gaps.map(({ code }) => code)).to.deep.equal(['ACCESS_DENIED', 'ACCESS_DENIED', 'ACCESS_DENIED'])
  })

  it('throws where planning fails for another reason', async () => {
    strike({ kind: 'throttle' })
    expect(await failure(plan())).to.include({ code: 'THROTTLED' })
  })

  it('keeps to accounts and services asked for, and asks only the tables that can have them', async () => {
    const [first] = simulator.estate.azureSubscriptions
    const { slices } = await plan({ accounts: [first!.toUpperCase(), '111111111111'], services: ['compute', 'ec2'] })
    expect(slices).to.deep.equal([
      { scope: first, region: 'global', partition: 'resources', query: { services: ['compute'] } },
    ])
    expect((await plan({ services: ['ec2'] })).slices).to.deep.equal([])
  })

  it('reads what was asked for by services and locations, with the count of just that', async () => {
    const everything = (await readAll()).flatMap(({ artifacts }) => artifacts)
    const location = everything.find(({ metadata }) => metadata.region !== 'global')!.metadata.region
    const { slices } = await plan({ services: ['compute', 'network'], regions: [location] })
    const reader = await provider().open(toTask('run1', 'azure', asOf, slices[0]!), testContext())
    const page = await reader.read(null)
    const wanted = everything.filter(
      ({ metadata: { service, region } }) =>
        ['compute', 'network'].includes(service) && (region === location || region === 'global'),
    )
    expect(page.expected).to.equal(wanted.length).and.to.be.greaterThan(0)
  })

  it('says on the first page how many resources the slice truly has', async () => {
    const pages = await readAll()
    expect(pages.length).to.be.greaterThan(2)
    expect(pages[0]?.expected).to.equal(pages.reduce((sum, { artifacts }) => sum + artifacts.length, 0))
    expect(pages.slice(1).every(({ expected }) => expected === undefined)).to.equal(true)
  })

  const outright: [Omit<FaultRule, 'provider'>, string][] = [
    [{ kind: 'denied' }, 'ACCESS_DENIED'],
    [{ kind: 'expired_token' }, 'CREDENTIALS_EXPIRED'],
    [{ kind: 'expired_cursor', page: 2 }, 'CURSOR_EXPIRED'],
    [{ kind: 'too_large' }, 'RESULT_TRUNCATED'],
    [{ kind: 'reset' }, 'UNAVAILABLE'],
    [{ kind: 'server_error' }, 'UNAVAILABLE'],
  ]
  for (const [rule, code] of outright) {
    it(`ends with ${code} where the fault is ${rule.kind}, and never with an empty page`, async () => {
      strike(rule)
      expect(await failure(readAll())).to.include({ code })
    })
  }

  it('asks for a new start where a later page refuses its token in words we do not know', async () => {
    const reader = await open()
    expect(await failure(reader.read('not a token'))).to.include({ code: 'CURSOR_EXPIRED' })
  })

  it('gives a throttle to the limiter at once, without a further attempt of its own', async () => {
    const reader = await open()
    strike({ kind: 'throttle' })
    const before = simulator.requests().azure['Resources']?.throttled ?? 0
    expect(await failure(reader.read(null))).to.include({ code: 'THROTTLED' })
    expect((simulator.requests().azure['Resources']?.throttled ?? 0) - before).to.equal(1)
  })

  it('gets over a broken connection and a 5xx by itself', async () => {
    for (const kind of ['reset', 'server_error'] as const) {
      strike({ kind, times: 2 })
      expect(await readAll()).to.not.have.length(0)
    }
  })

  it('ends a request that hangs as TIMEOUT', async () => {
    strike({ kind: 'hang' })
    expect(await failure(readAll(testContext(), provider({ timeoutMs: 200 })))).to.include({ code: 'TIMEOUT' })
  })

  it('takes a new token after one that expired', async () => {
    const one = provider()
    strike({ kind: 'expired_token', times: 1 })
    expect(await failure(readAll(testContext(), one))).to.include({ code: 'CREDENTIALS_EXPIRED' })
    expect(await readAll(testContext(), one)).to.not.have.length(0)
  })

  it('says that the credentials are invalid where the tenant is not ours', async () => {
    const one = provider({ tenant_id: '00000000-0000-4000-8000-00000000dead' })
    expect(await failure(readAll(testContext(), one))).to.include({ code: 'CREDENTIALS_INVALID' })
  })

  it('stops a request under way with the reason of the signal', async () => {
    const controller = new AbortController()
    const reader = await open(testContext({ signal: controller.signal }))
    strike({ kind: 'hang' })
    const reason = new Error('shutdown')
    setTimeout(() => controller.abort(reason), 30)
    expect(await reader.read(null).catch((caught: unknown) => caught)).to.equal(reason)
  })

  it('refuses a task of a subscription that the settings do not have', async () => {
    const task = toTask('run1', 'azure', asOf, { scope: 'x', region: 'global', partition: 'resources', query: {} })
    expect(await failure(provider().open(task, testContext()))).to.include({ code: 'SETTINGS_MISSING' })
  })
})

describe("Azure Resource Graph's quota", () => {
  it('is reported to the limiter, also by the answer that refuses', async () => {
    const simulator = await startSimulator({ quotas: true, estate: { seed: 3, resources: 100, azureSubscriptions: 1 } })
    const reports: QuotaReport[] = []
    const limiter: Limiter = { run: (_, call) => call((quota) => void reports.push(quota)) }
    try {
      const [scope] = simulator.estate.azureSubscriptions
      const one = azureProvider({
        endpoint: simulator.azureEndpoint,
        tenant_id: simulator.estate.azureTenant,
        accounts: [{ subscription_id: scope! }],
      })
      const slice = { scope: scope!, region: 'global', partition: 'resources', query: {} }
      const reader = await one.open(toTask('run1', 'azure', asOf, slice), testContext({ limiter }))
      for (let n = 0; n < 15; n++) await reader.read(null)
      const refusal = await reader.read(null).catch((thrown: unknown) => thrown)
      expect(refusal).to.include({ code: 'THROTTLED' })
      expect((refusal as ExtractionError).retryAfter)
        .to.be.greaterThan(0)
        .and.at.most(5000)
      expect(reports).to.have.length(16)
      expect(reports.map(({ remaining }) => remaining)).to.deep.equal([
        ...Array.from({ length: 15 }, (_, n) => 14 - n),
        0,
      ])
      for (const { resetsAfter } of reports) expect(resetsAfter).to.be.greaterThan(0).and.at.most(5000)
    } finally {
      await simulator.close()
    }
  })
})
