import { startSimulator, type Simulator } from '@cae/cloud-simulator'
import { ExtractionError, type Finding, type Target } from '@cae/core'
import { testContext } from '@cae/core/testing'
import { expect } from 'chai'
import { after, afterEach, before, describe, it } from 'mocha'
import { tried } from '../src/check/finding.ts'
import { awsProvider, type AwsOptions } from '../src/index.ts'
import { PERMISSIONS } from '../src/permissions.ts'
import { strike } from './over-the-wire.ts'
import { asOf, run } from './run.ts'

describe('AWS preflight', () => {
  let simulator: Simulator
  before(async () => {
    simulator = await startSimulator({ estate: { seed: 21, resources: 1600, awsAccounts: 2, awsRegions: 2 } })
  })
  after(() => simulator.close())
  afterEach(() => simulator.setFaults([]))

  const accounts = () =>
    simulator.estate.awsAccounts.map((account_id) => ({
      account_id,
      regions: [...simulator.estate.awsRegions],
      role_arn: `arn:aws:iam::${account_id}:role/reader`,
    }))
  const provider = (options: Partial<AwsOptions> = {}) =>
    awsProvider({ endpoint: simulator.awsEndpoint, accounts: accounts(), ...options })
  const check = (one = provider(), target: Partial<Target> = {}) => one.check({ asOf, ...target }, testContext())
  const wrong = (findings: readonly Finding[]) => findings.filter(({ status }) => status !== 'ok')
  const first = () => simulator.estate.awsAccounts[0]!

  it('finds nothing wrong where nothing is, and says so of every action in every region', async () => {
    const findings = await check()
    expect(wrong(findings)).to.deep.equal([])
    const actions = new Set(findings.map(({ check }) => check))
    expect(actions).to.include('credentials').and.include('recorder').and.include('config:BatchGetResourceConfig')
    const places = new Set(findings.map(({ scope, region }) => `${scope} ${region}`))
    expect(places.size).to.equal(2 + 4)
  })

  it('estimates what a run then takes', async () => {
    const findings = await check()
    const estimates = findings.flatMap(({ estimate }) => (estimate ? [estimate] : []))
    const total = (name: string) => estimates.reduce((sum, { calls }) => sum + (calls[name] ?? 0), 0)
    expect(estimates.reduce((sum, { resources = 0 }) => sum + resources, 0)).to.equal(simulator.estate.count('aws'))
    simulator.resetRequests()
    await run(provider())
    const { aws } = simulator.requests()
    expect(total('aws.config.select')).to.equal(aws['SelectResourceConfig']!.total)
    expect(total('aws.config.counts')).to.equal(aws['GetDiscoveredResourceCounts']!.total)
  })

  it('counts only what is asked for', async () => {
    const findings = await check(provider(), { services: ['sqs'], accounts: [first()], regions: ['us-east-1'] })
    expect(new Set(findings.map(({ scope }) => scope))).to.deep.equal(new Set([first()]))
    const [estimate] = findings.flatMap(({ estimate }) => (estimate ? [estimate] : []))
    expect(estimate!.resources).to.be.greaterThan(0).and.lessThan(100)
  })

  it('tries the region that has what is global where nothing else is asked for', async () => {
    const findings = await check(provider(), { accounts: [first()], regions: ['global'] })
    expect(new Set(findings.map(({ region }) => region))).to.deep.equal(new Set(['global', 'us-east-1']))
    const [estimate] = findings.flatMap(({ estimate }) => (estimate ? [estimate] : []))
    const { artifacts } = await run(provider(), { target: { accounts: [first()], regions: ['global'] } })
    expect(estimate!.resources).to.equal(artifacts.length).and.greaterThan(0)
  })

  for (const action of ['SelectResourceConfig', 'GetDiscoveredResourceCounts', 'BatchGetResourceConfig']) {
    it(`names config:${action} where it is not allowed, and what allows it`, async () => {
      strike(simulator, { kind: 'denied', operation: action, scope: first() })
      const findings = wrong(await check())
      expect(findings).to.have.length(2)
      for (const finding of findings) {
        expect(finding).to.include({ scope: first(), check: `config:${action}`, status: 'missing' })
        expect(finding.advice).to.include(`config:${action}`)
      }
    })
  }

  it('says where no role can be assumed, and asks nothing more of that account', async () => {
    strike(simulator, { kind: 'denied', operation: 'AssumeRole', scope: first() })
    const findings = wrong(await check())
    expect(findings).to.have.length(1)
    expect(findings[0]).to.include({ scope: first(), check: 'credentials', status: 'missing' })
    expect(findings[0]!.advice).to.include(`arn:aws:iam::${first()}:role/reader`).and.include('sts:AssumeRole')
  })

  it('says where the credentials are of another account', async () => {
    const one = provider({ accounts: [{ account_id: '123456789012', regions: ['us-east-1'] }] })
    const [finding] = wrong(await check(one))
    expect(finding).to.include({ check: 'credentials', status: 'missing' })
    expect(finding!.advice).to.include('role_arn')
  })

  it('says which recorder is off, which leaves types out, and which looks once a day', async () => {
    const states = [
      ['recorder_off', 'missing', 'no recorder'],
      ['recorder_stopped', 'missing', 'stopped'],
      ['recorder_partial', 'warning', 'leaves out 1 types'],
      ['daily_recording', 'warning', 'once a day'],
      ['recorder_fresh', 'warning', 'was started at'],
      ['recorder_failing', 'warning', 'may not describe'],
    ] as const
    for (const [kind, status, says] of states) {
      const table = kind === 'recorder_partial' ? { table: 'AWS::SQS::Queue' } : {}
      strike(simulator, { kind, region: 'us-east-1', scope: first(), ...table })
      const findings = wrong(await check())
      expect(findings, kind).to.have.length(1)
      expect(findings[0]).to.include({ check: 'recorder', status, region: 'us-east-1', scope: first() })
      expect(findings[0]!.message).to.include(says)
      expect(findings[0]!.advice).to.not.equal(undefined)
    }
  })

  it('tries the services that are read where a recorder is off', async () => {
    strike(simulator, { kind: 'recorder_off', region: 'us-east-1', scope: first() }, { kind: 'index_off' })
    const findings = wrong(await check())
    expect(findings.map((finding) => finding.check)).to.deep.equal(['recorder', 'resource-explorer'])
    for (const finding of findings) expect(finding).to.include({ region: 'us-east-1', scope: first() })
  })

  it('says of Resource Explorer that it is not to be had where its resources may not be listed', async () => {
    const operation = 'resource-explorer-2:ListResources'
    strike(simulator, { kind: 'recorder_off', region: 'us-east-1', scope: first() }, { kind: 'denied', operation })
    const explorer = wrong(await check()).find((finding) => finding.check === 'resource-explorer')
    expect(explorer).to.include({ region: 'us-east-1', scope: first(), status: 'warning' })
    expect(explorer!.message).to.include(operation)
    expect(explorer!.tried).to.include(operation)
  })

  describe('tells of the actions that it called, and of no others,', () => {
    const declared = new Set(PERMISSIONS.map(({ action }) => action))
    const called = () =>
      Object.keys(simulator.requests().aws)
        .map((operation) => (operation === 'AssumeRole' ? 'sts:AssumeRole' : operation))
        .map((operation) => (operation.includes(':') ? operation : `config:${operation}`))
        .filter((action) => declared.has(action))
    const told = (findings: readonly Finding[]) => {
      const actions = findings.flatMap((finding) => finding.tried ?? [finding.check])
      return [...new Set(actions)].filter((action) => declared.has(action))
    }
    const cases: Record<string, readonly Parameters<typeof strike>[1][]> = {
      'where nothing is wrong': [],
      'where recorders are off': [{ kind: 'recorder_off' }],
      'where Resource Explorer is off too': [{ kind: 'recorder_off' }, { kind: 'index_off' }],
      'where its views are filtered': [{ kind: 'recorder_off' }, { kind: 'view_filtered' }],
      'where no role can be assumed': [{ kind: 'denied', operation: 'AssumeRole' }],
    }
    for (const [what, rules] of Object.entries(cases)) {
      it(what, async () => {
        strike(simulator, ...rules)
        simulator.resetRequests()
        const aggregators = [{ name: 'organization', account_id: first(), region: 'us-east-1' }]
        const findings = await check(provider({ aggregators }))
        expect(told(findings)).to.have.members(called())
        for (const { tried = [] } of findings) for (const action of tried) expect(declared).to.include(action)
      })
    }

    it('but of none whose answer told nothing', async () => {
      strike(simulator, { kind: 'server_error', operation: 'SelectResourceConfig' })
      const actions = told(await check())
      expect(actions).to.include('config:BatchGetResourceConfig')
      expect(actions).to.not.include('config:SelectResourceConfig')
    })
  })

  it('misses a region that the settings name and that is not enabled, as a run will', async () => {
    strike(simulator, { kind: 'region_disabled', region: 'us-east-1', scope: first() })
    const findings = wrong(await check())
    expect(findings).to.have.length(1)
    expect(findings[0]).to.include({ check: 'region', status: 'missing', region: 'us-east-1' })
    expect(findings[0]!.advice).to.include('enable the region')
  })

  it('misses a region that the request names and the account has not enabled, and no other that is off', async () => {
    const open = provider({ accounts: accounts().map(({ account_id, role_arn }) => ({ account_id, role_arn })) })
    expect(wrong(await check(open))).to.deep.equal([])
    const [finding, ...others] = wrong(await check(open, { accounts: [first()], regions: ['us-east-1', 'af-south-1'] }))
    expect(others).to.deep.equal([])
    expect(finding).to.include({ scope: first(), region: 'af-south-1', check: 'region', status: 'missing' })
  })

  it('says of a region that AWS does not have which one may be meant, whether it is refused or has no host', async () => {
    const regions = ['us-est-1', 'us-east-1']
    const refused = wrong(await check(provider({ accounts: accounts().map((account) => ({ ...account, regions })) })))
    expect(refused).to.have.length(2)
    expect(refused[0]).to.include({ region: 'us-est-1', check: 'region', status: 'missing' })
    expect(refused[0]!.message).to.equal('no region us-est-1 of AWS is known')
    expect(refused[0]!.advice).to.match(/^name us-east-1, if that is meant/)
    const noHost = new ExtractionError('UNAVAILABLE', 'AWS: no host', { nativeCode: 'ENOTFOUND' })
    const { finding } = await tried({ scope: first(), region: 'us-est-1' }, 'a', () => Promise.reject(noHost))
    expect(finding).to.include({ status: 'missing', advice: refused[0]!.advice })
    const known = await tried({ scope: first(), region: 'us-east-1' }, 'a', () => Promise.reject(noHost))
    expect(known.finding).to.include({ status: 'warning' })
  })

  it('looks into every account of the organization, and every region of each', async () => {
    const one = provider({ accounts: [], organization: { role_name: 'reader' } })
    const findings = await check(one)
    expect(findings[0]).to.include({ scope: 'organization', check: 'organizations:ListAccounts', status: 'ok' })
    const estimates = findings.filter(({ estimate }) => estimate).map(({ scope, region }) => `${scope} ${region}`)
    expect(estimates).to.have.length(4)
    expect(findings.filter(({ check }) => check === 'account:ListRegions')).to.have.length(2)
  })

  it('changes nothing and stops with the reason of the signal', async () => {
    const signal = AbortSignal.abort(new Error('stop'))
    const thrown = await provider()
      .check({ asOf }, testContext({ signal }))
      .catch((caught: unknown) => caught)
    expect((thrown as Error).message).to.equal('stop')
  })
})
