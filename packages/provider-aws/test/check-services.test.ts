import { startSimulator, type Simulator } from '@cae/cloud-simulator'
import { testContext } from '@cae/core/testing'
import { expect } from 'chai'
import { after, afterEach, before, describe, it } from 'mocha'
import type { Call } from '../src/client/call.ts'
import { checkTags, checkUnrecorded } from '../src/check/check-services.ts'
import { SERVICE_LIMITS } from '../src/service-limits.ts'
import { SERVICE_PERMISSIONS } from '../src/service-permissions.ts'
import { supportedTypes } from '../src/unrecorded/resource-explorer.ts'
import { accountOf, callsTo, placeOf, strike } from './over-the-wire.ts'

describe('AWS preflight of the services beside Config', () => {
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
    const all = [await checkTags(call, place, testContext()), ...(await checkUnrecorded(call, place, testContext()))]
    return new Map(all.map((finding) => [finding.check, finding]))
  }

  it('finds all in order where it is', async () => {
    const all = await findings()
    expect([...all.keys()]).to.deep.equal([
      'tag:GetResources',
      'resource-explorer',
      'resource-explorer-2:ListSupportedResourceTypes',
      'cloudformation:ListResources',
      'cloudformation:GetResource',
    ])
    for (const { status } of all.values()) expect(status).to.equal('ok')
  })

  it('warns of a right that is missing, since a run can do without, and says what to allow', async () => {
    for (const operation of [
      'tag:GetResources',
      'resource-explorer-2:ListSupportedResourceTypes',
      'cloudformation:ListResources',
      'cloudformation:GetResource',
    ]) {
      strike(simulator, { kind: 'denied', operation })
      const finding = (await findings()).get(operation)
      expect(finding).to.include({ status: 'warning' })
      expect(finding!.message).to.include('not authorized')
      expect(finding!.advice).to.include(operation)
    }
  })

  for (const kind of ['index_off', 'view_filtered'] as const) {
    it(`warns where Resource Explorer does not show all (${kind}), and says what to turn on`, async () => {
      strike(simulator, { kind })
      const explorer = (await findings()).get('resource-explorer')
      expect(explorer).to.include({ status: 'warning' })
      expect(explorer!.message).to.include('Resource Explorer has no')
      expect(explorer!.advice).to.include('turn on Resource Explorer')
    })
  }

  it('leaves to Resource Explorer what it allows of all but searches together', () => {
    const others = SERVICE_LIMITS.filter(
      ({ where }) => where.operation!.startsWith('resource-explorer-2:') && !where.operation!.endsWith(':Search'),
    )
    expect(others.reduce((sum, { ratePerSecond }) => sum + ratePerSecond, 0)).to.be.closeTo(3, 0.001)
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

describe('the types that Resource Explorer supports', () => {
  it('are asked for in few pages, since it answers few calls in a second', async () => {
    const asked: { MaxResults?: number; NextToken?: string }[] = []
    const answering: Call = async (_operation, _place, _context, send) => {
      await send(
        { send: async ({ input }: { input: (typeof asked)[number] }) => asked.push(input) } as never,
        {} as never,
      )
      return {
        ResourceTypes: [{ CFNResourceTypes: [`AWS::X::Y${asked.length}`] }],
        NextToken: asked[1] ? undefined : 'b',
      } as never
    }
    const place = { account: accountOf('123456789012'), region: 'us-east-1' }
    expect([...(await supportedTypes(answering, place, testContext()))]).to.deep.equal(['AWS::X::Y1', 'AWS::X::Y2'])
    expect(asked).to.deep.equal([
      { MaxResults: 500, NextToken: undefined },
      { MaxResults: 500, NextToken: 'b' },
    ])
  })
})
