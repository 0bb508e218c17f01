import { ExtractionError } from '@cae/core'
import { testContext } from '@cae/core/testing'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import type { Call } from '../src/client/call.ts'
import { awsProvider } from '../src/index.ts'
import { planGlobals, planRegion } from '../src/plan/plan-region.ts'
import type { PlanRegion } from '../src/slice-query.ts'
import { accountOf } from './over-the-wire.ts'

const account = '123456789012'
const place = { account: accountOf(account), region: 'xx-new-1' }
const CLUSTER = 'AWS::RDS::GlobalCluster'
const ROLE = 'AWS::IAM::Role'
const arn = `arn:aws:config:xx-new-1:${account}:configuration-recorder/default/x`

/** A region that is new to AWS Config: its recorder says that it includes global types, and records none of IAM. */
const call: Call = async (operation) => {
  const answers: Readonly<Record<string, object>> = {
    DescribeConfigurationRecorderStatus: { ConfigurationRecordersStatus: [{ recording: true, arn }] },
    DescribeConfigurationRecorders: {
      ConfigurationRecorders: [{ recordingGroup: { allSupported: true, includeGlobalResourceTypes: true } }],
    },
    GetDiscoveredResourceCounts: { totalDiscoveredResources: 1, resourceCounts: [{ resourceType: CLUSTER, count: 1 }] },
    SelectResourceConfig: { Results: [JSON.stringify({ resourceType: CLUSTER, 'COUNT(*)': 1 })] },
  }
  return answers[operation] as never
}

describe('a region whose recorder says that it records IAM, and has no role', () => {
  const globals = [ROLE, CLUSTER]
  const shown = ({ slices }: Awaited<ReturnType<typeof planGlobals>>) =>
    slices.map(({ region, partition, query }) => [region, partition, query['globals'] ?? query['in'] ?? query['types']])

  it('hands IAM on to the next region, and keeps what it has', async () => {
    const query = { kind: 'plan-globals', globals, next: ['eu-west-1'] } as const
    expect(shown(await planGlobals(call, place, query, testContext()))).to.deep.equal([
      ['xx-new-1', 'AWS-RDS-GlobalCluster', [CLUSTER]],
      ['eu-west-1', 'plan-globals', [ROLE]],
    ])
  })

  it('does so too where it is the first that is asked', async () => {
    const query = { kind: 'plan-region', services: ['iam'], globals: [ROLE], next: ['eu-west-1'] } as const
    const plan = shown(await planRegion(call, place, query, testContext()))
    expect(plan).to.deep.include(['eu-west-1', 'plan-globals', [ROLE]])
  })

  it('leaves it to Cloud Control where there is no other', async () => {
    const query = { kind: 'plan-globals', globals: [ROLE], next: [], must: true } as const
    const reader = async (regions?: readonly string[]) =>
      shown(await planGlobals(call, { ...place, account: { ...place.account, regions } }, query, testContext()))
    for (const regions of [undefined, ['us-east-1', 'xx-new-1']]) {
      expect(await reader(regions)).to.deep.equal([['us-east-1', 'cloud-control-IAM-Role', [ROLE]]])
    }
    expect(await reader(['xx-new-1'])).to.deep.equal([['xx-new-1', 'cloud-control-IAM-Role', [ROLE]]])
  })
})

describe('a region that is read for what is global alone', () => {
  const ZONE = 'AWS::Route53::HostedZone'
  const types = [ZONE, ROLE, 'AWS::S3::Bucket']

  it('gives what its recorder alone has, and leaves to another slice what several may have', async () => {
    const recording: Call = async (operation, ...rest) => {
      if (operation === 'GetDiscoveredResourceCounts') {
        const resourceCounts = types.map((resourceType) => ({ resourceType, count: 2 }))
        return { totalDiscoveredResources: 6, resourceCounts } as never
      }
      if (operation !== 'SelectResourceConfig') return call(operation, ...rest)
      return { Results: types.map((resourceType) => JSON.stringify({ resourceType, 'COUNT(*)': 2 })) } as never
    }
    const provider = awsProvider({ accounts: [{ account_id: account, regions: ['eu-west-1', 'us-east-1'] }] })
    const { slices } = await provider.plan({ asOf: '2026-11-01T00:00:00.000Z', regions: ['global'] }, testContext())
    const { query, region } = slices.find(({ partition }) => partition === 'plan')!
    const { slices: reading } = await planRegion(recording, { ...place, region }, query as PlanRegion, testContext())
    expect(reading.map(({ partition, expected }) => [partition, expected?.count])).to.deep.equal([
      ['AWS-Route53-HostedZone', 2],
    ])
  })
})

describe('global types that no region was seen to record', () => {
  const query = { kind: 'plan-globals', globals: [CLUSTER], next: [], must: true } as const

  it('are denied, not off, where the last region that is asked refuses us', async () => {
    const refused: Call = async () => {
      throw new ExtractionError('ACCESS_DENIED', 'not authorized')
    }
    const { gaps } = await planGlobals(refused, place, query, testContext())
    expect(gaps).to.have.length(1)
    expect(gaps[0]).to.include({ scope: account, partition: 'global-types', code: 'ACCESS_DENIED' })
    expect(gaps[0]!.message).to.match(/records AWS::RDS::GlobalCluster: not authorized$/)
  })
})
