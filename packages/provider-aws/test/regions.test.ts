import { startSimulator, type Simulator } from '@cae/cloud-simulator'
import { testContext } from '@cae/core/testing'
import { expect } from 'chai'
import { after, afterEach, before, describe, it } from 'mocha'
import { accountRegions } from '../src/plan/regions.ts'
import { accountOf, callsTo, failure, strike } from './over-the-wire.ts'

describe('regions of an AWS account', () => {
  let simulator: Simulator
  const awsRegions = ['us-east-1', 'eu-west-1', 'il-central-1']
  before(async () => {
    simulator = await startSimulator({ estate: { seed: 6, resources: 200, awsAccounts: 2, awsRegions } })
  })
  after(() => simulator.close())
  afterEach(() => simulator.setFaults([]))

  const regions = (account = 1) =>
    accountRegions(callsTo(simulator), accountOf(simulator.estate.awsAccounts[account]!), testContext())

  it('are those enabled by choice and by default', async () => {
    expect((await regions()).enabled).to.deep.equal(awsRegions.toSorted())
  })

  it('that are disabled, or only being enabled, are told apart with their state', async () => {
    const scope = simulator.estate.awsAccounts[1]!
    strike(
      simulator,
      { kind: 'region_disabled', scope, region: 'eu-west-1' },
      { kind: 'region_enabling', scope, region: 'il-central-1' },
    )
    const { enabled, disabled } = await regions()
    expect(enabled).to.deep.equal(['us-east-1'])
    expect(disabled).to.deep.include({ region: 'eu-west-1', state: 'DISABLED' })
    expect(disabled).to.deep.include({ region: 'il-central-1', state: 'ENABLING' })
    expect((await regions(0)).enabled).to.have.length(3)
  })

  it('are read on after an empty page that has a token', async () => {
    strike(simulator, { kind: 'empty_page', operation: 'account:ListRegions', times: 1 })
    expect((await regions()).enabled).to.have.length(3)
  })

  it('are not guessed where we may not ask', async () => {
    strike(simulator, { kind: 'denied', operation: 'account:ListRegions' })
    expect(await failure(regions())).to.include({ code: 'ACCESS_DENIED' })
  })

  it('tell the limiter of a throttle', async () => {
    strike(simulator, { kind: 'throttle', operation: 'account:ListRegions' })
    expect(await failure(regions())).to.include({ code: 'THROTTLED' })
  })
})
