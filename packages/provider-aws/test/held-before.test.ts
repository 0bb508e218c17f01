import { testContext } from '@cae/core/testing'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import type { Call } from '../src/call.ts'
import { planCollected } from '../src/plan-collected.ts'

const account = '123456789012'
const [ACCELERATOR, ZONE, ROLE] = ['AWS::GlobalAccelerator::Accelerator', 'AWS::Route53::HostedZone', 'AWS::IAM::Role']
const rowsOf = (rows: readonly (readonly [string, string])[]) =>
  rows.map(([awsRegion, resourceType]) => JSON.stringify({ awsRegion, resourceType, 'COUNT(*)': 1 }))

/** The first has one region, in which some of what is global is recorded; the second has all regions. */
const ROWS: Readonly<Record<string, string[]>> = {
  first: rowsOf([
    ['us-west-2', 'AWS::SQS::Queue'],
    ['global', ACCELERATOR!],
  ]),
  second: rowsOf([
    ['us-west-2', 'AWS::SQS::Queue'],
    ['us-east-1', 'AWS::SQS::Queue'],
    ['global', ACCELERATOR!],
    ['global', ZONE!],
    ['global', ROLE!],
  ]),
}

const call: Call = async (operation, _place, _context, send) => {
  const sent = async ({ input }: { input: { ConfigurationAggregatorName: string } }) =>
    operation === 'SelectAggregateResourceConfig'
      ? { Results: ROWS[input.ConfigurationAggregatorName] }
      : { TotalDiscoveredResources: 0, GroupedResourceCounts: [] }
  return send({ send: sent } as never, { abortSignal: new AbortController().signal })
}

describe('what is global and of an account that two aggregators have', () => {
  it('is left to the first by its type, since each region records types of its own', async () => {
    const aggregators = ['first', 'second'].map((name) => ({ name, account_id: account, region: 'us-east-1' }))
    const query = { kind: 'plan-collected', aggregator: 'second' } as const
    const options = { accounts: [], aggregators }
    const { slices } = await planCollected(call, options, aggregators[1]!, account, query, testContext())
    const shown = slices.map(({ region, partition, query: { kind, in: types, except } }) => {
      return { region, partition: partition.split('-')[0], kind, ...(types && { types }), ...(except && { except }) }
    })
    const all = ['AWS::IAM::Group', 'AWS::IAM::Policy', ROLE, 'AWS::IAM::User', 'AWS::RDS::GlobalCluster']
    expect(shown).to.deep.equal([
      { region: 'global', partition: 'plan', kind: 'plan-collected' },
      { region: 'global', partition: 'all', kind: 'collected', except: [ACCELERATOR, ...all] },
      { region: 'us-east-1', partition: 'all', kind: 'collected', except: all },
      { region: 'global', partition: 'globals', kind: 'collected-globals', types: [ROLE] },
    ])
  })
})
