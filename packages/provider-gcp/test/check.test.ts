import { startSimulator, type FaultRule, type Simulator } from '@cae/cloud-simulator'
import type { Context, Limiter } from '@cae/core'
import { testContext } from '@cae/core/testing'
import { expect } from 'chai'
import { after, afterEach, before, describe, it } from 'mocha'
import { setMaxListeners } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { gcpProvider, type GcpOptions } from '../src/index.ts'

const SEARCH = 'cloudasset.assets.searchAllResources'

describe('GCP preflight', () => {
  let simulator: Simulator
  before(async () => {
    simulator = await startSimulator({ estate: { seed: 4, resources: 6000, gcpProjects: 1 } })
  })
  after(() => simulator.close())
  afterEach(() => simulator.setFaults([]))

  const provider = (options: Partial<GcpOptions> = {}) =>
    gcpProvider({
      endpoint: simulator.gcpEndpoint,
      projects: simulator.estate.gcpProjects.map((project_id) => ({ project_id })),
      content: ['resource', 'iam_policy', 'relationship'],
      quota_project: 'billing',
      ...options,
    })
  const check = async (rule?: Omit<FaultRule, 'provider'>, one = provider()) => {
    simulator.setFaults(rule ? [{ provider: 'gcp', ...rule }] : [])
    return one.check({ asOf: new Date().toISOString() }, testContext())
  }
  const statuses = async (rule?: Omit<FaultRule, 'provider'>) =>
    Object.fromEntries((await check(rule)).map(({ check: what, status }) => [what, status]))

  it('finds all that a run needs, and estimates the run', async () => {
    const findings = await check()
    const [project] = simulator.estate.gcpProjects
    expect(findings.map(({ check: what, status }) => [what, status])).to.deep.equal([
      ['credentials', 'ok'],
      ['serviceusage.services.use', 'ok'],
      ['cloudasset.googleapis.com', 'ok'],
      ['cloudasset.assets.listResource', 'ok'],
      ['cloudasset.assets.listIamPolicy', 'ok'],
      ['relationships', 'ok'],
      ['cloudasset.assets.searchAllResources', 'ok'],
    ])
    for (const { scope, region } of findings) expect([scope, region]).to.deep.equal([project, 'global'])
    const { resources, calls } = findings.at(-1)!.estimate!
    expect(resources).to.equal(simulator.estate.count('gcp'))
    expect(calls['gcp.asset.search.project']).to.equal(3)
    expect(calls['gcp.asset.list.project']).to.be.within(4, 6)
    const names = provider().limits.map(({ name }) => name)
    for (const name of Object.keys(calls)) expect(names).to.include(name)
  })

  const missing: [Omit<FaultRule, 'provider'>, string, RegExp][] = [
    [{ kind: 'expired_token' }, 'credentials', /credentials_file/],
    [{ kind: 'quota_project_denied' }, 'serviceusage.services.use', /serviceUsageConsumer on projects\/billing/],
    [{ kind: 'region_disabled' }, 'cloudasset.googleapis.com', /gcloud services enable .* --project=billing/],
    [{ kind: 'denied' }, 'cloudasset.assets.listResource', /roles\/cloudasset.viewer on projects\//],
  ]
  for (const [rule, what, advice] of missing) {
    it(`says that ${what} is missing where the fault is ${rule.kind}, and nothing of what comes after it`, async () => {
      const findings = await check(rule)
      const last = findings.at(-1)!
      expect(last).to.include({ check: what, status: 'missing' })
      expect(last.advice).to.match(advice)
      expect(last.message).to.match(/^Google Cloud: /)
      expect(findings.slice(0, -1).every(({ status }) => status === 'ok')).to.equal(true)
    })
  }

  it('says that a quota project is missing where the credentials name none', async () => {
    const findings = await check(
      { kind: 'quota_project_missing' },
      gcpProvider({ endpoint: simulator.gcpEndpoint, projects: [{ project_id: simulator.estate.gcpProjects[0]! }] }),
    )
    expect(findings).to.have.length(1)
    expect(findings[0]).to.include({ check: 'credentials', status: 'missing' })
    expect(findings[0]!.advice).to.match(/gcp.quota_project/)
  })

  it('warns of what a run can do without', async () => {
    expect(await statuses({ kind: 'denied', table: 'IAM_POLICY' })).to.include({
      'cloudasset.assets.listResource': 'ok',
      'cloudasset.assets.listIamPolicy': 'warning',
    })
    expect(await statuses({ kind: 'relationships_off' })).to.include({ relationships: 'warning' })
    expect(await statuses({ kind: 'denied', operation: 'SearchAllResources' })).to.include({
      'cloudasset.assets.searchAllResources': 'warning',
    })
    expect(await statuses({ kind: 'throttle', operation: 'ListAssets' })).to.deep.equal({
      'cloudasset.assets.listResource': 'warning',
    })
  })

  it('shows whether there are relationships where the settings do not name the content, and that they are no must', async () => {
    const { endpoint, projects } = { endpoint: simulator.gcpEndpoint, projects: simulator.estate.gcpProjects }
    const unnamed = gcpProvider({ endpoint, projects: projects.map((project_id) => ({ project_id })) })
    const lists = async (rule?: Omit<FaultRule, 'provider'>) => {
      const findings = await check(rule, unnamed)
      const { status, message, advice } = findings.find(({ check: what }) => what === 'relationships')!
      return { status, message, advice, calls: findings.at(-1)!.estimate!.calls['gcp.asset.list.project']! }
    }
    const there = await lists()
    expect(there).to.include({ status: 'ok', advice: undefined })
    const missing = await lists({ kind: 'relationships_off' })
    expect(missing).to.include({ status: 'warning' })
    expect(missing.message).to.match(/Security Command Center at the Premium tier/)
    expect(missing.advice).to.match(/^Nothing: a run does without, and is complete/)
    // The one that finds it out is made in any case.
    expect(missing.calls).to.be.lessThan(there.calls)
    const [one] = projects
    const named = gcpProvider({ endpoint, projects: [{ project_id: one! }], content: ['resource', 'iam_policy'] })
    const { calls } = (await check(undefined, named)).at(-1)!.estimate!
    expect(missing.calls).to.equal(calls['gcp.asset.list.project']! + 1)
  })

  it('gives advice on what is refused, not on what fails for the moment', async () => {
    const projects = simulator.estate.gcpProjects.map((project_id) => ({ project_id }))
    const unnamed = gcpProvider({ endpoint: simulator.gcpEndpoint, projects })
    const optional: [Partial<FaultRule>, string][] = [
      [{ table: 'RELATIONSHIP' }, 'relationships'],
      [{ table: 'IAM_POLICY' }, 'cloudasset.assets.listIamPolicy'],
      [{ operation: 'SearchAllResources' }, SEARCH],
    ]
    for (const one of [provider(), unnamed]) {
      for (const [rule, what] of optional) {
        const findingOf = async (kind: FaultRule['kind']) =>
          (await check({ kind, ...rule }, one)).find((finding) => finding.check === what)
        expect(await findingOf('denied'), what)
          .to.include({ status: 'warning' })
          .and.have.property('advice')
        expect(await findingOf('server_error'), what)
          .to.include({ status: 'warning' })
          .and.not.have.property('advice')
      }
    }
  })

  it('tells which of the declared actions it tried, and of none that was not tried to the end', async () => {
    const told = async (rule?: Omit<FaultRule, 'provider'>) =>
      new Set((await check(rule)).flatMap(({ check: what, tried = [what] }) => tried))
    expect(await told()).to.include.all.keys(provider().permissions.map(({ action }) => action))
    expect(await told({ kind: 'denied', operation: 'SearchAllResources' })).to.include(SEARCH)
    expect(await told({ kind: 'throttle', operation: 'SearchAllResources' })).to.not.include(SEARCH)
    expect(await told({ kind: 'throttle', operation: 'ListAssets' })).to.not.include('cloudasset.assets.listResource')
  })

  describe('of many projects', () => {
    let many: Simulator
    before(async () => {
      many = await startSimulator({ estate: { seed: 4, resources: 1000, gcpProjects: 20 }, latencyMs: 5 })
    })
    after(() => many.close())

    const watched = () => {
      let [now, most] = [0, 0]
      const limiter: Limiter = {
        run: async (_, call) => {
          now++
          most = Math.max(most, now)
          return call(() => {}).finally(() => now--)
        },
      }
      return { limiter, most: () => most }
    }
    const checkMany = (context: Partial<Context>) => {
      const projects = many.estate.gcpProjects.map((project_id) => ({ project_id }))
      const one = provider({ endpoint: many.gcpEndpoint, projects })
      const { signal = new AbortController().signal } = context
      setMaxListeners(0, signal)
      return one.check({ asOf: new Date().toISOString() }, testContext({ ...context, signal }))
    }

    it('tries some at once, and tells of them in the order of the settings', async () => {
      const { limiter, most } = watched()
      const findings = await checkMany({ limiter })
      expect([...new Set(findings.map(({ scope }) => scope))]).to.deep.equal(many.estate.gcpProjects)
      expect(findings).to.have.length(20 * 7)
      // Of each of eight, what comes beside the resources and the search.
      expect(most()).to.be.within(8, 24)
    })

    it('begins no further one once the signal is aborted', async () => {
      const abort = new AbortController()
      let calls = 0
      const limiter: Limiter = {
        run: async (_, call) => {
          if (++calls === 8) abort.abort(new Error('stop'))
          return call(() => {})
        },
      }
      const thrown = await checkMany({ limiter, signal: abort.signal }).catch((caught: unknown) => caught)
      expect(thrown).to.equal(abort.signal.reason)
      await sleep(50)
      expect(calls).to.equal(8)
    })
  })

  it('stops with the reason of the signal', async () => {
    const reason = new Error('stop')
    const context = testContext({ signal: AbortSignal.abort(reason) })
    const thrown = await provider()
      .check({ asOf: new Date().toISOString() }, context)
      .catch((caught: unknown) => caught)
    expect(thrown).to.equal(reason)
  })

  it('has a purpose for each permission', () => {
    for (const { action, purpose } of provider().permissions) {
      expect(action).to.match(/^[a-z]+(\.[a-zA-Z]+)+$/)
      expect(purpose).to.match(/\.$/)
    }
  })
})
