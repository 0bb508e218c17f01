import { toTask, type PageReader } from '@cae/core'
import { testContext } from '@cae/core/testing'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import type { Call } from '../src/client/call.ts'
import { readCollectedListing } from '../src/read/read-collected-listing.ts'
import { readListed } from '../src/read/read-listed.ts'
import { accountOf, failure } from './over-the-wire.ts'

const TYPE = 'AWS::SQS::Queue'
const account = '123456789012'
const place = { account: accountOf(account), region: 'us-east-1' }
const task = toTask('run1', 'aws', '2026-01-01T00:00:00Z', {
  scope: account,
  region: place.region,
  partition: 'listed',
  query: { kind: 'listed', type: TYPE },
  expected: { count: 1, source: 'GetDiscoveredResourceCounts' },
})

/** AWS Config, which no simulator lets delete a resource between two calls. */
function callsAnswering(answers: Readonly<Record<string, object>>): Call {
  return async (operation) => answers[operation] as never
}

describe('a resource that AWS Config lists and leaves unprocessed', () => {
  const key = { resourceType: TYPE, resourceId: 'q-1' }
  const listing = {
    ListDiscoveredResources: { resourceIdentifiers: [key] },
    BatchGetResourceConfig: { unprocessedResourceKeys: [key] },
    GetDiscoveredResourceCounts: { resourceCounts: [], totalDiscoveredResources: 0 },
    DescribeConfigurationRecorderStatus: {
      ConfigurationRecordersStatus: [{ recording: true, arn: `a:b:c:d:${account}` }],
    },
    GetResources: { ResourceTagMappingList: [] },
  }
  const read = async (history: object) => {
    const call = callsAnswering({ ...listing, GetResourceConfigHistory: history })
    return readListed(call, place, task, { kind: 'listed', type: TYPE }, testContext()).read(null)
  }

  it('is not delivered where it has been deleted meanwhile', async () => {
    for (const configurationItemStatus of ['ResourceDeleted', 'ResourceDeletedNotRecorded']) {
      const { artifacts, next } = await read({ configurationItems: [{ ...key, configurationItemStatus }] })
      expect([artifacts, next]).to.deep.equal([[], null])
    }
  })

  it('is delivered where it exists, and with its identity where its history is empty, which is told', async () => {
    const item = {
      ...key,
      configurationItemStatus: 'OK',
      accountId: account,
      configuration: '{"a":1}',
      relationships: [],
    }
    const whole = await read({ configurationItems: [item] })
    expect(whole.artifacts.map(({ configuration }) => configuration)).to.deep.equal([{ a: 1 }])
    expect(whole.next).to.equal(null)
    const bare = await read({ configurationItems: [] })
    expect(bare.artifacts.map(({ configuration }) => configuration)).to.deep.equal([null])
    expect(bare.next).to.include('its history is empty')
  })
})

describe('what queries have by now, and its slices may not', () => {
  const ids = ['q-1', 'q-2', 'q-3']
  const rows = ids.map((resourceId) =>
    JSON.stringify({ resourceType: TYPE, resourceId, accountId: account, awsRegion: place.region }),
  )
  /** Rows that do not fit into one answer, though as few ids do. */
  const answer = ({ Expression, NextToken }: { Expression: string; NextToken?: string }) => {
    if (Expression.startsWith('SELECT COUNT')) return { Results: ['{"COUNT(*)":3}'] }
    if (!Expression.includes('configuration,')) return { Results: rows }
    return NextToken ? { Results: rows.slice(1) } : { Results: rows.slice(0, 1), NextToken: 'more' }
  }
  const read = async (open: (call: Call) => PageReader, give = answer) => {
    const call: Call = async (operation, _place, _context, send) => {
      const queried: unknown[] = []
      const client = { send: async ({ input }: { input: Parameters<typeof give>[0] }) => queried.push(give(input)) }
      if (operation.startsWith('Select')) await send(client as never, {} as never)
      const own = { resourceIdentifiers: ids.map((resourceId) => ({ resourceType: TYPE, resourceId })) }
      const collected = ids.map((ResourceId) => ({ ResourceId, SourceRegion: place.region }))
      const listings = {
        ListDiscoveredResources: own,
        ListAggregateDiscoveredResources: { ResourceIdentifiers: collected },
      }
      const counts = { GetDiscoveredResourceCounts: { totalDiscoveredResources: 0 } }
      const status = { ConfigurationRecordersStatus: [{ recording: true, arn: `a:b:c:d:${account}` }] }
      const answers: Readonly<Record<string, object>> = {
        ...listings,
        ...counts,
        DescribeConfigurationRecorderStatus: status,
      }
      return (queried[0] ?? answers[operation] ?? {}) as never
    }
    const { artifacts } = await open(call).read(null)
    return artifacts.map(({ metadata }) => metadata.resource_id.split('/').at(-1))
  }
  const ways: Readonly<Record<string, (call: Call) => PageReader>> = {
    'an account of its own': (call) =>
      readListed(call, place, task, { kind: 'listed', type: TYPE, beyond: 1 }, testContext()),
    'an aggregator': (call) => {
      const query = { kind: 'collected-listing', aggregator: 'all', type: TYPE, beyond: 1 } as const
      const aggregator = { name: 'all', account_id: account, region: place.region }
      return readCollectedListing(call, aggregator, task, query, testContext())
    },
  }
  for (const [what, open] of Object.entries(ways)) {
    it(`is read on where it is of ${what} and does not fit into one answer`, async () => {
      expect(await read(open)).to.deep.equal(ids)
    })

    it(`is not taken for nothing where an answer of ${what} has no word of it`, async () => {
      const broken = (input: Parameters<typeof answer>[0]) => {
        return input.Expression.startsWith('SELECT COUNT') ? answer(input) : ({} as ReturnType<typeof answer>)
      }
      expect(await failure(read(open, broken))).to.include({ code: 'RESPONSE_INVALID' })
    })
  }
})
