import { startSimulator, type FaultRule, type Simulator } from '@cae/cloud-simulator'
import { ExtractionError, toTask, type Limiter, type QuotaReport } from '@cae/core'
import { testContext } from '@cae/core/testing'
import { expect } from 'chai'
import { after, afterEach, before, describe, it } from 'mocha'
import { azureProvider, type AzureOptions } from '../src/index.ts'

const asOf = new Date().toISOString()

describe('one query of Resource Graph', () => {
  let simulator: Simulator
  before(async () => {
    simulator = await startSimulator({ estate: { seed: 3, resources: 300, azureSubscriptions: 1 } })
  })
  after(() => simulator.close())
  afterEach(() => simulator.setFaults([]))

  const strike = (rule: Omit<FaultRule, 'provider'>) => simulator.setFaults([{ provider: 'azure', ...rule }])
  const provider = (options: Partial<AzureOptions> = {}) => providerOf(simulator, options)
  const open = async (context = testContext(), one = provider()) => one.open(taskOf(simulator), context)
  const read = async (context = testContext(), one = provider()) => (await open(context, one)).read(null)
  const failure = async (work: Promise<unknown>) => {
    const thrown = await work.then(
      () => undefined,
      (reason: unknown) => reason,
    )
    expect(thrown).to.be.instanceOf(ExtractionError)
    return thrown as ExtractionError
  }

  it('gives a throttle to the limiter at once, without a further attempt of its own', async () => {
    strike({ kind: 'throttle' })
    const before = simulator.requests().azure['Resources']?.throttled ?? 0
    expect(await failure(read())).to.include({ code: 'THROTTLED' })
    expect((simulator.requests().azure['Resources']?.throttled ?? 0) - before).to.equal(1)
  })

  it('gets over a broken connection and a 5xx by itself', async () => {
    for (const kind of ['reset', 'server_error'] as const) {
      strike({ kind, times: 2 })
      expect((await read()).artifacts).to.not.have.length(0)
    }
  })

  it('ends as TIMEOUT where it hangs', async () => {
    strike({ kind: 'hang' })
    expect(await failure(read(testContext(), provider({ timeoutMs: 200 })))).to.include({ code: 'TIMEOUT' })
  })

  it('takes a new token after one that expired', async () => {
    const one = provider()
    strike({ kind: 'expired_token', times: 1 })
    expect(await failure(read(testContext(), one))).to.include({ code: 'CREDENTIALS_EXPIRED' })
    expect((await read(testContext(), one)).artifacts).to.not.have.length(0)
  })

  it('stops on its way with the reason of the signal', async () => {
    const controller = new AbortController()
    const reader = await open(testContext({ signal: controller.signal }))
    strike({ kind: 'hang' })
    const reason = new Error('shutdown')
    setTimeout(() => controller.abort(reason), 30)
    expect(await reader.read(null).catch((caught: unknown) => caught)).to.equal(reason)
  })

  it('begins anew where the cursor is not one of ours', async () => {
    const reader = await open()
    expect(await failure(reader.read('a skip token of old'))).to.include({ code: 'CURSOR_EXPIRED' })
  })

  it('is asked again for its halves where the answer holds more than a page, and keeps nothing of the half page', async () => {
    const reader = await open(testContext(), provider({ pageSize: 20 }))
    const first = await reader.read(null)
    expect(first).to.include({ next: '1.0 2:0 2:1' })
    expect(first.artifacts).to.deep.equal([])
    expect(first.expected).to.equal(undefined)
  })

  it('is asked again for its halves too where the answer is cut short and has no skip token', async () => {
    strike({ kind: 'no_skip_token' })
    const cut = await read(testContext(), provider({ pageSize: 20 }))
    expect(cut).to.deep.include({ next: '1.0 2:0 2:1', artifacts: [] })
  })

  it('says how old what it shows may be', async () => {
    expect((await read()).freshness).to.match(/notified of changes/)
  })
})

describe("Azure Resource Graph's quota", () => {
  it('is reported to the limiter, also by the answer that refuses', async () => {
    const simulator = await startSimulator({ quotas: true, estate: { seed: 3, resources: 100, azureSubscriptions: 1 } })
    const reports: QuotaReport[] = []
    const limiter: Limiter = { run: (_, call) => call((quota) => void reports.push(quota)) }
    try {
      const reader = await providerOf(simulator).open(taskOf(simulator), testContext({ limiter }))
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

function providerOf(simulator: Simulator, options: Partial<AzureOptions> = {}) {
  return azureProvider({
    endpoint: simulator.azureEndpoint,
    tenant_id: simulator.estate.azureTenant,
    accounts: simulator.estate.azureSubscriptions.map((subscription_id) => ({ subscription_id })),
    ...options,
  })
}

function taskOf({ estate }: Simulator) {
  const [scope] = estate.azureSubscriptions
  const query = { table: 'resources', subscriptions: [scope!] }
  return toTask('run1', 'azure', asOf, { scope: scope!, region: 'global', partition: 'resources', query })
}
