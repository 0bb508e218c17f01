import { toTask } from '@cae/core'
import { testContext } from '@cae/core/testing'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import type { Call } from '../src/client/call.ts'
import { readListed } from '../src/read/read-listed.ts'
import { accountOf } from './over-the-wire.ts'

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
