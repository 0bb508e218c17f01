import { startSimulator, type FaultRule, type Simulator } from '@cae/cloud-simulator'
import { ExtractionError, toTask, type Page } from '@cae/core'
import { testContext } from '@cae/core/testing'
import { expect } from 'chai'
import { after, afterEach, before, describe, it } from 'mocha'
import { gcpProvider, type GcpOptions } from '../src/index.ts'

const asOf = new Date().toISOString()

describe('Cloud Asset Inventory when things go wrong', () => {
  let simulator: Simulator
  before(async () => {
    simulator = await startSimulator({ estate: { seed: 3, resources: 8000, gcpProjects: 1 } })
  })
  after(() => simulator.close())
  afterEach(() => simulator.setFaults([]))

  const strike = (...rules: Omit<FaultRule, 'provider'>[]) =>
    simulator.setFaults(rules.map((rule) => ({ provider: 'gcp', ...rule })))
  const provider = (options: Partial<GcpOptions> = {}) =>
    gcpProvider({
      endpoint: simulator.gcpEndpoint,
      projects: simulator.estate.gcpProjects.map((project_id) => ({ project_id })),
      ...options,
    })
  const open = async (context = testContext(), one = provider(), target = {}) => {
    const { slices } = await one.plan({ asOf, ...target }, context)
    return one.open(toTask('run1', 'gcp', asOf, slices[0]!), context)
  }
  const readAll = async (context = testContext(), one = provider(), target = {}) => {
    const reader = await open(context, one, target)
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

  it('reads the services asked for, and nothing else', async () => {
    const artifacts = (await readAll(testContext(), provider(), { services: ['compute', 'storage', 'ec2'] })).flatMap(
      (page) => page.artifacts,
    )
    expect(new Set(artifacts.map(({ metadata }) => metadata.service))).to.deep.equal(new Set(['compute', 'storage']))
  })

  it('keeps to the regions of the settings, and to what has none', async () => {
    const [project_id] = simulator.estate.gcpProjects
    const everything = (await readAll()).flatMap(({ artifacts }) => artifacts)
    const region = everything.find(({ metadata }) => metadata.zone)!.metadata.region
    const projects = [{ project_id: project_id!, regions: [region.toUpperCase()] }]
    const some = (await readAll(testContext(), provider({ projects }))).flatMap(({ artifacts }) => artifacts)
    expect(some.length).to.be.greaterThan(0).and.lessThan(everything.length)
    for (const { metadata } of some) expect(metadata.region).to.be.oneOf([region, 'global'])
  })

  const outright: [Omit<FaultRule, 'provider'>, string][] = [
    [{ kind: 'denied' }, 'ACCESS_DENIED'],
    [{ kind: 'region_disabled' }, 'NOT_ENABLED'],
    [{ kind: 'expired_token' }, 'CREDENTIALS_EXPIRED'],
    [{ kind: 'expired_cursor', page: 2 }, 'CURSOR_EXPIRED'],
    [{ kind: 'server_error' }, 'UNAVAILABLE'],
    [{ kind: 'reset' }, 'UNAVAILABLE'],
  ]
  for (const [rule, code] of outright) {
    it(`ends with ${code} where the fault is ${rule.kind}, and never with an empty page`, async () => {
      strike(rule)
      expect(await failure(readAll())).to.include({ code })
    })
  }

  it('gives a throttle to the limiter at once, without a further attempt of its own', async () => {
    const reader = await open()
    strike({ kind: 'throttle' })
    const before = simulator.requests().gcp['ListAssets']?.throttled ?? 0
    expect(await failure(reader.read(null))).to.include({ code: 'THROTTLED' })
    expect((simulator.requests().gcp['ListAssets']?.throttled ?? 0) - before).to.equal(1)
  })

  it('gets over an answer of UNAVAILABLE by itself', async () => {
    strike({ kind: 'server_error', times: 2 })
    expect(await readAll()).to.not.have.length(0)
  })

  it('ends a request that hangs as TIMEOUT', async () => {
    strike({ kind: 'hang' })
    expect(await failure(readAll(testContext(), provider({ timeoutMs: 200 })))).to.include({ code: 'TIMEOUT' })
  })

  it('says UNAVAILABLE or TIMEOUT where nobody listens', async () => {
    const one = provider({ endpoint: '127.0.0.1:1', timeoutMs: 300 })
    expect((await failure(readAll(testContext(), one))).code).to.be.oneOf(['UNAVAILABLE', 'TIMEOUT'])
  })

  it('stops a request under way with the reason of the signal', async () => {
    const controller = new AbortController()
    const reader = await open(testContext({ signal: controller.signal }))
    strike({ kind: 'hang' })
    const reason = new Error('shutdown')
    setTimeout(() => controller.abort(reason), 30)
    expect(await reader.read(null).catch((caught: unknown) => caught)).to.equal(reason)
  })

  it('refuses a task of a project that the settings do not have', async () => {
    const task = toTask('run1', 'gcp', asOf, { scope: 'x', region: 'global', partition: 'resource', query: {} })
    expect(await failure(provider().open(task, testContext()))).to.include({ code: 'SETTINGS_MISSING' })
  })
})
