import { startSimulator, type FaultRule, type Simulator } from '@cae/cloud-simulator'
import { ExtractionError, toTask, type Page } from '@cae/core'
import { testContext } from '@cae/core/testing'
import { expect } from 'chai'
import { after, afterEach, before, describe, it } from 'mocha'
import { awsProvider } from '../src/index.ts'

const asOf = new Date().toISOString()
const SELECT = { operation: 'SelectResourceConfig' } as const

describe('AWS Config when things go wrong', () => {
  let simulator: Simulator
  before(async () => {
    simulator = await startSimulator({ estate: { seed: 3, resources: 1200, awsAccounts: 1, awsRegions: 1 } })
  })
  after(() => simulator.close())
  afterEach(() => simulator.setFaults([]))

  const strike = (...rules: Omit<FaultRule, 'provider'>[]) =>
    simulator.setFaults(rules.map((rule) => ({ provider: 'aws', ...rule })))
  const provider = (timeoutMs = 20_000) => {
    const [account_id] = simulator.estate.awsAccounts
    const regions = [...simulator.estate.awsRegions]
    return awsProvider({ endpoint: simulator.awsEndpoint, timeoutMs, accounts: [{ account_id: account_id!, regions }] })
  }
  const open = async (context = testContext(), one = provider()) => {
    const plan = await one.plan({ asOf }, context)
    const planning = await one.open(toTask('run1', 'aws', asOf, plan.slices[0]!), context)
    const { plan: further } = await planning.read(null)
    return one.open(toTask('run1', 'aws', asOf, further!.slices[0]!), context)
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

  const outright: [FaultRule['kind'], string][] = [
    ['denied', 'ACCESS_DENIED'],
    ['region_disabled', 'REGION_DISABLED'],
    ['expired_token', 'CREDENTIALS_EXPIRED'],
  ]
  for (const [kind, code] of outright) {
    it(`ends with ${code} where the fault is ${kind}, and never with an empty page`, async () => {
      strike({ kind })
      expect(await failure(readAll())).to.include({ code })
    })
  }

  it('says that the credentials are invalid where STS refuses them too', async () => {
    strike({ kind: 'region_disabled' }, { kind: 'region_disabled', operation: 'GetCallerIdentity' })
    const error = await failure(readAll())
    expect(error.code).to.be.oneOf(['CREDENTIALS_INVALID', 'REGION_DISABLED'])
  })

  it('gives a throttle to the limiter at once, without a further attempt of its own', async () => {
    const reader = await open()
    strike({ kind: 'throttle', ...SELECT })
    const before = simulator.requests().aws['SelectResourceConfig']?.throttled ?? 0
    const cursor = 'any'
    expect(await failure(reader.read(cursor))).to.include({ code: 'THROTTLED' })
    expect((simulator.requests().aws['SelectResourceConfig']?.throttled ?? 0) - before).to.equal(1)
  })

  it('gets over a broken connection and a 5xx by itself', async () => {
    for (const kind of ['reset', 'server_error'] as const) {
      strike({ kind, times: 2 })
      expect(await readAll()).to.not.have.length(0)
    }
  })

  it('says UNAVAILABLE where the connection breaks again and again', async () => {
    strike({ kind: 'reset' })
    expect(await failure(readAll())).to.include({ code: 'UNAVAILABLE' })
  })

  it('ends a request that hangs as TIMEOUT', async () => {
    strike({ kind: 'hang', ...SELECT })
    expect(await failure(readAll(testContext(), provider(200)))).to.include({ code: 'TIMEOUT' })
  })

  it('asks for a new start where the token is no longer accepted', async () => {
    strike({ kind: 'expired_cursor', page: 2 })
    expect(await failure(readAll())).to.include({ code: 'CURSOR_EXPIRED' })
  })

  it('takes a new session after one that expired', async () => {
    const one = provider()
    strike({ kind: 'expired_token', times: 1 })
    expect(await failure(readAll(testContext(), one))).to.include({ code: 'CREDENTIALS_EXPIRED' })
    expect(await readAll(testContext(), one)).to.not.have.length(0)
  })

  it('stops a request under way with the reason of the signal', async () => {
    const controller = new AbortController()
    const reader = await open(testContext({ signal: controller.signal }))
    strike({ kind: 'hang' })
    const reason = new Error('shutdown')
    setTimeout(() => controller.abort(reason), 30)
    const thrown = await reader.read('cursor').catch((caught: unknown) => caught)
    expect(thrown).to.equal(reason)
  })

  it('refuses to show the resources of one account as those of another', async () => {
    const account_id = '123456789012'
    const one = awsProvider({ endpoint: simulator.awsEndpoint, accounts: [{ account_id, regions: ['us-east-1'] }] })
    const error = await failure(readAll(testContext(), one))
    expect(error).to.include({ code: 'CREDENTIALS_INVALID' })
    expect(error.message).to.include(account_id).and.include(simulator.estate.awsAccounts[0])
  })

  it('refuses a task of an account that the settings do not have', async () => {
    const task = toTask('run1', 'aws', asOf, {
      scope: '999999999999',
      region: 'us-east-1',
      partition: 'all',
      query: { kind: 'nothing' },
    })
    expect(await failure(provider().open(task, testContext()))).to.include({ code: 'SETTINGS_MISSING' })
  })
})
