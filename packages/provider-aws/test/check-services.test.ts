import { startSimulator, type Simulator } from '@cae/cloud-simulator'
import { testContext } from '@cae/core/testing'
import { expect } from 'chai'
import { after, afterEach, before, describe, it } from 'mocha'
import type { Call } from '../src/call.ts'
import { checkCloudControl, checkExplorer, checkOrganization, checkRegions, checkTags } from '../src/check-services.ts'
import { SERVICE_LIMITS } from '../src/service-limits.ts'
import { SERVICE_PERMISSIONS } from '../src/service-permissions.ts'
import { callsTo, placeOf, strike } from './over-the-wire.ts'

describe('AWS preflight beside Config', () => {
  let simulator: Simulator
  let call: Call
  before(async () => {
    simulator = await startSimulator({ estate: { seed: 2, resources: 400, awsAccounts: 2, awsRegions: 1 } })
    call = callsTo(simulator)
  })
  after(() => simulator.close())
  afterEach(() => simulator.setFaults([]))

  const findings = async () => {
    const place = placeOf(simulator)
    const context = testContext()
    const all = [
      await checkOrganization(call, place.account, context),
      await checkRegions(call, place.account, context),
      await checkTags(call, place, context),
      ...(await checkCloudControl(call, place, context)),
      await checkExplorer(call, place, context),
    ]
    return new Map(all.map((finding) => [finding.check, finding]))
  }

  it('finds all in order where it is', async () => {
    const all = await findings()
    expect([...all.keys()]).to.deep.equal([
      'organizations:ListAccounts',
      'account:ListRegions',
      'tag:GetResources',
      'cloudformation:ListResources',
      'cloudformation:GetResource',
      'resource-explorer',
    ])
    for (const { status } of all.values()) expect(status).to.equal('ok')
  })

  it('says which right is missing and what to grant, of what a run can do without as a warning', async () => {
    for (const [operation, status] of [
      ['organizations:ListAccounts', 'missing'],
      ['account:ListRegions', 'missing'],
      ['tag:GetResources', 'warning'],
      ['cloudformation:ListResources', 'warning'],
      ['cloudformation:GetResource', 'warning'],
    ] as const) {
      strike(simulator, { kind: 'denied', operation })
      const finding = (await findings()).get(operation)
      expect(finding).to.include({
        status,
        advice: `Allow ${operation} in a policy of the identity that reads this account`,
      })
      expect(finding!.message).to.include('not authorized')
    }
  })

  it('says that there is no organization, or no index, and what to turn on', async () => {
    strike(simulator, { kind: 'no_organization' })
    expect((await findings()).get('organizations:ListAccounts')).to.include({ status: 'missing' })
    strike(simulator, { kind: 'index_off' })
    const explorer = (await findings()).get('resource-explorer')
    expect(explorer).to.include({ status: 'warning', message: 'Resource Explorer has no index there' })
    expect(explorer!.advice).to.include('Turn on Resource Explorer')
  })

  it('takes a throttle for no missing right', async () => {
    strike(simulator, { kind: 'throttle', operation: 'account:ListRegions' })
    expect((await findings()).get('account:ListRegions')).to.include({ status: 'warning' })
  })

  it('declares a right and a limit for every operation that it calls', async () => {
    simulator.resetRequests()
    await findings()
    const called = Object.keys(simulator.requests().aws).filter((operation) => operation.includes(':'))
    expect(called).to.not.have.length(0)
    for (const operation of called) {
      expect(SERVICE_PERMISSIONS.map(({ action }) => action)).to.include(operation)
      expect(SERVICE_LIMITS.map(({ where }) => where.operation)).to.include(operation)
    }
  })
})
