import { selector, toTask } from '@cae/core'
import { testContext } from '@cae/core/testing'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import type { Call } from '../src/client/call.ts'
import { readCollected, readGlobals } from '../src/read/read-aggregate.ts'
import { readRows } from '../src/read/read-rows.ts'
import { accountOf } from './over-the-wire.ts'

const account = '123456789012'
const [A, B] = ['AWS::SQS::Queue', 'AWS::SNS::Topic'] as const
const slice = { scope: account, region: 'us-east-1', partition: 'all', expected: { count: 20, source: 'planned' } }
const row = (resourceType: string, n: number) =>
  JSON.stringify({ resourceType, resourceId: `${n}`, accountId: account })
const counts = { [A]: 10, [B]: 5 }

/** AWS Config, whose queries have lost half of one type since planning, and whose own counts lack half of the other. */
const call: Call = async (operation, _place, _context, send) => {
  const answers: Readonly<Record<string, object>> = {
    GetDiscoveredResourceCounts: {
      totalDiscoveredResources: 15,
      resourceCounts: [
        { resourceType: A, count: 5 },
        { resourceType: B, count: 10 },
      ],
    },
    GetAggregateDiscoveredResourceCounts: {
      TotalDiscoveredResources: 15,
      GroupedResourceCounts: [
        { GroupName: A, ResourceCount: 5 },
        { GroupName: B, ResourceCount: 10 },
      ],
    },
    DescribeConfigurationRecorderStatus: {
      ConfigurationRecordersStatus: [{ recording: true, arn: `a:b:c:d:${account}` }],
    },
  }
  const sent = async ({ input }: { input: { Expression?: string } }) =>
    input.Expression === undefined ? answers[operation] : { Results: query(input.Expression) }
  return send({ send: sent } as never, { abortSignal: new AbortController().signal })
}

function query(expression: string): string[] {
  if (!expression.includes('COUNT(*)')) {
    return Object.entries(counts).flatMap(([type, count]) => Array.from({ length: count }, (_, n) => row(type, n)))
  }
  if (!expression.includes('GROUP BY')) return [JSON.stringify({ 'COUNT(*)': 15 })]
  return Object.entries(counts).map(([resourceType, count]) => JSON.stringify({ resourceType, 'COUNT(*)': count }))
}

describe('the counts that a slice of several types is held to where it came out short', () => {
  it('are better of the two for each type, so that what is too few of one does not hide what is missing of another', async () => {
    const place = { account: accountOf(account), region: 'us-east-1' }
    const query = { kind: 'rows', in: [A, B] } as const
    const task = toTask('run1', 'aws', '2026-01-01T00:00:00Z', { ...slice, query })
    const { artifacts, expected } = await readRows(call, place, task, query, testContext()).read(null)
    expect([artifacts.length, expected?.count]).to.deep.equal([15, 20])
  })

  it('are so where an aggregator counts', async () => {
    const aggregator = { name: 'one', account_id: account, region: 'us-east-1' }
    const query = { kind: 'collected', aggregator: 'one', in: [A, B] } as const
    const task = toTask('run1', 'aws', '2026-01-01T00:00:00Z', { ...slice, query })
    const { artifacts, expected } = await readCollected(call, aggregator, task, query, testContext()).read(null)
    expect([artifacts.length, expected?.count]).to.deep.equal([15, 20])
  })
})

describe('what an aggregator counts again of a region', () => {
  const [TOPIC, ZONE] = ['AWS::SNS::Topic', 'AWS::Route53::HostedZone'] as const
  /** The region has ten topics. What is recorded under `global`, its recorder has discovered too. */
  const recording: Call = async (operation, _place, _context, send) => {
    const GroupedResourceCounts = [TOPIC, ZONE].map((GroupName) => ({ GroupName, ResourceCount: 10 }))
    const answers: Readonly<Record<string, object>> = {
      GetAggregateDiscoveredResourceCounts: { TotalDiscoveredResources: 20, GroupedResourceCounts },
    }
    const rows = (expression: string) => {
      const type = expression.includes("awsRegion = 'global'") ? ZONE : TOPIC
      if (expression.includes('COUNT(*)')) return [JSON.stringify({ resourceType: type, 'COUNT(*)': 10 })]
      return Array.from({ length: 10 }, (_, n) => row(type, n))
    }
    const sent = async ({ input }: { input: { Expression?: string } }) =>
      input.Expression === undefined ? answers[operation] : { Results: rows(input.Expression) }
    return send({ send: sent } as never, { abortSignal: new AbortController().signal })
  }

  it('is without what queries have under `global`, which another slice reads', async () => {
    const aggregator = { name: 'one', account_id: account, region: 'us-east-1' }
    const query = { kind: 'collected', aggregator: 'one', except: ['AWS::IAM::Role'] } as const
    const expected = { count: 11, source: 'planned' }
    const task = toTask('run1', 'aws', '2026-01-01T00:00:00Z', { ...slice, query, expected })
    const page = await readCollected(recording, aggregator, task, query, testContext()).read(null)
    expect([page.artifacts.length, page.expected?.count]).to.deep.equal([10, 10])
  })
})

describe('a global cluster that an aggregator has from each region', () => {
  const CLUSTER = 'AWS::RDS::GlobalCluster'
  const arn = `arn:aws:rds::${account}:global-cluster:orders`
  const reported: Call = async (_operation, _place, _context, send) => {
    const Results = ['eu-west-1', 'us-east-1'].map((awsRegion) =>
      JSON.stringify({ resourceType: CLUSTER, resourceId: 'orders', arn, accountId: account, awsRegion }),
    )
    return send({ send: async () => ({ Results }) } as never, { abortSignal: new AbortController().signal })
  }

  it('is given and counted once, and is in a request for any of the regions', async () => {
    const aggregator = { name: 'one', account_id: account, region: 'us-east-1' }
    const query = { kind: 'collected-globals', aggregator: 'one', in: [CLUSTER], rows: 2 } as const
    const task = toTask('run1', 'aws', '2026-01-01T00:00:00Z', { ...slice, region: 'global', query })
    const { artifacts, expected } = await readGlobals(reported, aggregator, task, query, testContext()).read(null)
    expect([artifacts.length, expected?.count]).to.deep.equal([1, 1])
    for (const region of ['eu-west-1', 'us-east-1', 'global']) {
      const isAsked = selector({ providers: ['aws'], regions: [region], batch_size: 1 })
      expect(artifacts.filter(isAsked), region).to.have.length(1)
    }
  })
})
