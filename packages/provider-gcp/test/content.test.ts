import { gcpRelationships, startSimulator, type FaultRule, type Simulator } from '@cae/cloud-simulator'
import { errorRow, toTask, type ExtractionError, type Page, type Slice } from '@cae/core'
import { testContext } from '@cae/core/testing'
import { expect } from 'chai'
import { after, afterEach, before, describe, it } from 'mocha'
import { gcpProvider, type GcpContent } from '../src/index.ts'
import { run } from './run.ts'

describe('relationships, where the settings do not name what to read', () => {
  let simulator: Simulator
  before(async () => {
    simulator = await startSimulator({ estate: { seed: 6, resources: 30_000, gcpProjects: 12 } })
  })
  after(() => simulator.close())
  afterEach(() => simulator.setFaults([]))

  const strike = (...rules: Omit<FaultRule, 'provider'>[]) =>
    simulator.setFaults(rules.map((rule) => ({ provider: 'gcp', ...rule })))
  const organization = () => `organizations/${simulator.estate.gcpOrganization}`
  const provider = (content?: readonly GcpContent[]) =>
    gcpProvider({
      endpoint: simulator.gcpEndpoint,
      projects: [],
      scopes: [organization()],
      ...(content && { content }),
    })
  const runOf = async (content?: readonly GcpContent[], target = {}) => {
    simulator.resetRequests()
    const ran = await run(provider(content), target)
    return { ...ran, calls: simulator.requests().gcp['ListAssets']!.total }
  }
  const related = (ran: Awaited<ReturnType<typeof runOf>>) =>
    ran.artifacts.reduce((sum, { relationships }) => sum + relationships.filter(isAsset).length, 0)
  const isAsset = ({ type }: { readonly type: string }) => type !== 'is contained in'
  const contents = (slices: readonly { readonly slice: Slice }[]) => [
    ...new Set(slices.map(({ slice }) => JSON.stringify(slice.query['content']))),
  ]

  it('are read where the organization has them, which one call finds out', async () => {
    const named = await runOf(['resource', 'iam_policy', 'relationship'])
    const ran = await runOf()
    expect([...ran.codes]).to.deep.equal(['complete'])
    expect(ran.gaps).to.deep.equal([])
    expect(related(ran)).to.equal([...gcpRelationships(simulator.estate)].length)
    expect(ran.calls).to.equal(named.calls + 1)
    expect(contents(ran.slices.slice(1))).to.deep.equal(['["resource","iam_policy","relationship"]'])
  })

  it('are done without where it has not, and said to be left out once, which is no gap', async () => {
    strike({ kind: 'relationships_off' })
    const named = await runOf(['resource', 'iam_policy'])
    const ran = await runOf()
    expect([...ran.codes]).to.deep.equal(['complete'])
    expect(ran.artifacts.length).to.equal(simulator.estate.count('gcp'))
    expect(ran.artifacts.every(({ metadata }) => metadata.withheld === undefined)).to.equal(true)
    expect(ran.gaps.map(({ scope, partition, code }) => [scope, partition, code])).to.deep.equal([
      [organization(), 'relationship', 'CONTENT_LEFT_OUT'],
    ])
    expect(errorRow(ran.gaps[0]!.code).outcome).to.equal('skipped')
    expect(ran.gaps[0]!.message).to.match(/^RELATIONSHIP is not read.*Security Command Center at the Premium tier/)
    expect(ran.calls).to.equal(named.calls + 1)
    expect(contents(ran.slices)).to.deep.equal(['["resource","iam_policy"]'])
  })

  /** What the slice that finds out says, read at these moments by another reader each: `again`, an error, or its gaps. */
  const findOut = async (...seconds: number[]) => {
    const asOf = new Date(Date.now() - 3_600_000).toISOString()
    const [slice] = (await provider().plan({ asOf }, testContext())).slices
    const begin = Date.now()
    let cursor: string | null = null
    const said: unknown[] = []
    for (const second of seconds) {
      const clock = { ...testContext().clock, now: () => begin + second * 1000 }
      const reader = await provider().open(toTask('run1', 'gcp', asOf, slice!), testContext({ clock }))
      try {
        const { next, plan }: Page = await reader.read(cursor)
        cursor = next
        said.push(plan ? plan.gaps.map(({ partition, code }) => `${partition} ${code}`) : 'again')
      } catch (thrown) {
        said.push((thrown as ExtractionError).code)
      }
    }
    return said
  }

  it('are tried again for 15 seconds from the first failure, however old the run is', async () => {
    strike({ kind: 'server_error', table: 'RELATIONSHIP' })
    expect(await findOut(0, 1, 15, 16)).to.deep.equal([
      'again',
      'UNAVAILABLE',
      'UNAVAILABLE',
      ['relationship UNAVAILABLE'],
    ])
    // The channel takes three to be one call that failed.
    strike({ kind: 'server_error', table: 'RELATIONSHIP', times: 3 })
    expect(await findOut(0, 16)).to.deep.equal(['again', []])
  })

  it('are a gap where it stays unknown whether there are any', async () => {
    strike({ kind: 'server_error', table: 'RELATIONSHIP' })
    expect([...(await runOf()).codes]).to.deep.equal(['UNAVAILABLE'])
    let now = Date.now()
    const ran = await run(
      provider(),
      {},
      testContext({ clock: { ...testContext().clock, now: () => (now += 20_000) } }),
    )
    expect([...ran.codes]).to.deep.equal(['complete'])
    expect(ran.gaps.map(({ partition, code }) => [partition, code])).to.deep.equal([['relationship', 'UNAVAILABLE']])
    expect(ran.artifacts.length).to.equal(simulator.estate.count('gcp'))
  })

  it('wait for quota, like all else', async () => {
    strike({ kind: 'throttle', table: 'RELATIONSHIP' })
    const ran = await runOf(undefined, { asOf: new Date(Date.now() - 60_000).toISOString() })
    expect([...ran.codes]).to.deep.equal(['THROTTLED'])
    expect(ran.gaps).to.deep.equal([])
  })

  it('are asked for once for each scope and of all types, before what the request wants is counted', async () => {
    const asOf = '2026-11-01T00:03:00.000Z'
    const one = gcpProvider({ projects: [{ project_id: 'shop' }], scopes: [organization()] })
    const { slices } = await one.plan({ asOf, services: ['compute', 'gke'] }, testContext())
    expect(slices.map(({ scope, partition, plans }) => [scope, partition, plans])).to.deep.equal([
      [organization(), 'content', true],
      ['shop', 'content', true],
    ])
    const named = await provider(['resource', 'iam_policy', 'relationship']).plan(
      { asOf: new Date().toISOString(), services: ['compute', 'gke'] },
      testContext(),
    )
    const asked = await provider().plan({ asOf: new Date().toISOString(), services: ['compute', 'gke'] }, testContext())
    const reader = await provider().open(toTask('run1', 'gcp', asOf, asked.slices[0]!), testContext())
    const { plan, next } = await reader.read(null)
    expect(next).to.equal(null)
    const shapes = (list: readonly Slice[]) =>
      list.map(({ partition, query, plans }) => [partition, query['hosts'], query['content'], plans])
    expect(shapes(plan!.slices)).to.deep.equal(shapes(named.slices))
  })
})
