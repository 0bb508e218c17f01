import { startSimulator, type Simulator } from '@cae/cloud-simulator'
import { expect } from 'chai'
import { after, afterEach, before, describe, it } from 'mocha'
import { awsProvider, type AwsOptions } from '../src/index.ts'
import { strike } from './over-the-wire.ts'
import { run, type Run } from './run.ts'

describe('AWS accounts and regions that nobody listed', () => {
  let simulator: Simulator
  before(async () => {
    simulator = await startSimulator({ estate: { seed: 41, resources: 2000, awsAccounts: 3, awsRegions: 2 } })
  })
  after(() => simulator.close())
  afterEach(() => simulator.setFaults([]))

  const account = (n: number) => simulator.estate.awsAccounts[n]!
  const provider = (options: Partial<AwsOptions> = {}) =>
    awsProvider({
      endpoint: simulator.awsEndpoint,
      accounts: [],
      organization: { role_name: 'inventory/reader', external_id: 'agreed' },
      ...options,
    })
  const ids = ({ artifacts }: Run) => artifacts.map(({ metadata }) => metadata.resource_id).toSorted()
  const truth = () => [...simulator.estate.ids('aws')].toSorted()
  const accountsIn = ({ artifacts }: Run) =>
    [...new Set(artifacts.map(({ metadata }) => String(metadata.account_id)))].toSorted()
  const shown = ({ incomplete }: Run) =>
    incomplete.map(({ slice, outcome }) => `${slice.scope} ${slice.region} ${outcome}`)

  it('are all read, each resource once', async () => {
    const result = await run(provider())
    expect(ids(result)).to.deep.equal(truth())
    expect(result.incomplete).to.deep.equal([])
  })

  it('are planned without asking for regions where the settings name them', async () => {
    simulator.resetRequests()
    const regions = [...simulator.estate.awsRegions]
    const result = await run(provider({ organization: { role_name: 'reader', regions } }))
    expect(ids(result)).to.deep.equal(truth())
    expect(simulator.requests().aws).to.not.have.property('account:ListRegions')
  })

  it('do not ask the organization for an account that is asked for by name', async () => {
    simulator.resetRequests()
    const result = await run(provider(), { target: { accounts: [account(2)] } })
    expect(accountsIn(result)).to.deep.equal([account(2)])
    expect(simulator.requests().aws).to.not.have.property('organizations:ListAccounts')
  })

  it('are read as the settings say where these name one', async () => {
    const named = { account_id: account(1), regions: ['us-east-1'], role_arn: `arn:aws:iam::${account(1)}:role/other` }
    const result = await run(provider({ accounts: [named] }))
    const regions = new Set(
      result.artifacts
        .filter(({ metadata }) => metadata.account_id === account(1))
        .map(({ metadata }) => metadata.region),
    )
    expect([...regions].toSorted()).to.deep.equal(['global', 'us-east-1'])
    expect(accountsIn(result)).to.have.length(3)
  })

  it('are left out where the settings exclude them, also when asked for', async () => {
    const one = provider({ organization: { role_name: 'reader', exclude: [account(1)] } })
    expect(accountsIn(await run(one))).to.deep.equal([account(0), account(2)].toSorted())
    expect((await run(one, { target: { accounts: [account(1)] } })).artifacts).to.deep.equal([])
  })

  it('are shown where the organization has suspended them', async () => {
    strike(simulator, { kind: 'account_suspended', scope: account(1) })
    const result = await run(provider())
    expect(accountsIn(result)).to.not.include(account(1))
    expect(shown(result)).to.deep.equal([`${account(1)} global not_enabled`])
    expect(result.incomplete[0]!.message).to.include('SUSPENDED').and.include('aws.organization.exclude')
  })

  it('are denied one by one where the role can not be assumed', async () => {
    strike(simulator, { kind: 'denied', operation: 'AssumeRole', scope: account(1) })
    const result = await run(provider())
    expect(shown(result)).to.deep.equal([`${account(1)} global denied`])
    expect(accountsIn(result)).to.deep.equal([account(0), account(2)].toSorted())
  })

  it('are denied as a whole where the organization can not be listed', async () => {
    strike(simulator, { kind: 'denied', operation: 'organizations:ListAccounts' })
    const result = await run(provider())
    expect(shown(result)).to.deep.equal(['organization global denied'])
  })

  it('go on after empty pages of accounts and regions', async () => {
    strike(
      simulator,
      { kind: 'empty_page', operation: 'organizations:ListAccounts', page: 1 },
      { kind: 'empty_page', operation: 'account:ListRegions', page: 1 },
    )
    expect(ids(await run(provider()))).to.deep.equal(truth())
  })

  it('name the regions that an account has not enabled, once for each account, without calling them complete or empty', async () => {
    const region = simulator.estate.awsRegions[1]!
    const NEVER = ['af-south-1', 'ap-east-1', 'me-south-1']
    strike(simulator, { kind: 'region_disabled', scope: account(0), region })
    const { ended } = await run(provider())
    const skipped = ended.filter(({ outcome }) => outcome === 'skipped')
    expect(skipped.map(({ slice }) => `${slice.scope} ${slice.partition}`).toSorted()).to.deep.equal(
      [0, 1, 2].map((n) => `${account(n)} disabled-regions`).toSorted(),
    )
    for (const { slice, message, code } of skipped) {
      expect(code).to.equal('REGIONS_LEFT_OUT')
      for (const name of NEVER) expect(message).to.include(name)
      expect(message!.includes(region)).to.equal(slice.scope === account(0))
    }
    const { ended: asked } = await run(provider(), { target: { regions: ['us-east-1'] } })
    expect(asked.filter(({ outcome }) => outcome === 'skipped')).to.deep.equal([])
  })

  it('say which region is disabled only where it is asked for, or may still hold something', async () => {
    const region = simulator.estate.awsRegions[1]!
    strike(simulator, { kind: 'region_disabled', scope: account(0), region })
    expect(shown(await run(provider()))).to.deep.equal([])
    const asked = await run(provider(), { target: { accounts: [account(0)], regions: [region] } })
    expect(shown(asked)).to.deep.equal([`${account(0)} ${region} not_enabled`])
    strike(simulator, { kind: 'region_enabling', scope: account(0), region })
    expect(shown(await run(provider()))).to.deep.equal([`${account(0)} ${region} not_enabled`])
  })
})
