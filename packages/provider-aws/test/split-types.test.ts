import { startSimulator, type Simulator } from '@cae/cloud-simulator'
import { ExtractionError, toTask } from '@cae/core'
import { testContext } from '@cae/core/testing'
import { expect } from 'chai'
import { after, afterEach, before, describe, it } from 'mocha'
import type { Call } from '../src/client/call.ts'
import { MAX_EXPRESSION, selectRows } from '../src/query/expression.ts'
import { idParts } from '../src/query/id-parts.ts'
import { awsProvider } from '../src/index.ts'
import { readRows } from '../src/read/read-rows.ts'
import { splitTypes } from '../src/plan/split-types.ts'
import { placeOf, strike } from './over-the-wire.ts'
import { run } from './run.ts'

const VOLUME = 'AWS::EC2::Volume'
const hexIds = (count: number) => Array.from({ length: count }, (_, n) => `vol-0${((n * 7919) % 65_536).toString(16)}`)

describe('Parts of a type by ids', () => {
  const holds = (part: object, id: string) => {
    const { like, unlike = [] } = part as { like?: string[]; unlike?: string[] }
    return like ? like.some((prefix) => id.startsWith(prefix)) : !unlike.some((prefix) => id.startsWith(prefix))
  }

  it('hold every id once, also those that the sample had none like', () => {
    const parts = idParts(hexIds(100), 4)!
    expect(parts).to.have.length(4)
    for (const id of [...hexIds(5000), 'vol-1', 'vol-0', 'vol-0Z', 'something else']) {
      expect(parts.filter((part) => holds(part, id)).length, id).to.equal(1)
    }
  })

  it('are about as large', () => {
    const ids = hexIds(5000)
    for (const part of idParts(ids.slice(0, 100), 8)!) {
      expect(ids.filter((id) => holds(part, id)).length).to.be.within(300, 1200)
    }
  })

  it('are none where ids do not begin alike, or do not go on at random', () => {
    expect(idParts(['a1b2', 'b3c4', 'c5d6'], 2)).to.equal(undefined)
    expect(idParts(['queue-a1', 'queue-a2', 'queue-a3'], 4)).to.equal(undefined)
    expect(idParts(['50%-a', '50%-b', '50%-c'], 2)).to.equal(undefined)
    expect(idParts([], 2)).to.equal(undefined)
  })

  it('fit into an expression', () => {
    const [like, ...others] = idParts(hexIds(100), 2)!
    for (const part of [like!, ...others]) {
      expect(selectRows({ in: { resourceType: [VOLUME] }, ...part }).length).to.be.at.most(MAX_EXPRESSION)
    }
    expect(selectRows({ in: { resourceType: [VOLUME] }, unlike: ['vol-0', 'vol-1'] })).to.match(
      / WHERE resourceType = 'AWS::EC2::Volume' AND NOT \(resourceId LIKE 'vol-0%' OR resourceId LIKE 'vol-1%'\)$/,
    )
  })
})

describe('A type with very many resources', function () {
  this.timeout(60_000)

  let simulator: Simulator
  let volumes: ReadonlySet<string>
  before(async () => {
    simulator = await startSimulator({ estate: { seed: 5, resources: 300_000, awsAccounts: 1, awsRegions: 1 } })
    volumes = new Set([...simulator.estate.ids('aws')].filter((id) => id.includes(':volume/')))
  })
  after(() => simulator.close())
  afterEach(() => simulator.setFaults([]))

  const target = { resourceTypes: ['aws:ec2:volume'] }
  const provider = () =>
    awsProvider({
      endpoint: simulator.awsEndpoint,
      accounts: [{ account_id: simulator.estate.awsAccounts[0]!, regions: ['us-east-1'] }],
    })

  it('is read in parts that hold each of them once, each with the count that AWS Config has of it', async () => {
    const { artifacts, incomplete, ended } = await run(provider(), { target })
    expect(incomplete).to.deep.equal([])
    expect(artifacts).to.have.length(volumes.size)
    expect(new Set(artifacts.map(({ metadata }) => metadata.resource_id))).to.deep.equal(volumes)
    const parts = ended.filter(({ slice }) => slice.partition.startsWith('AWS-EC2-Volume-'))
    expect(parts).to.have.length(4)
    for (const { expected, artifacts: own } of parts) {
      expect(expected).to.deep.equal({ count: own.length, source: 'SELECT COUNT(*)' })
      expect(own.length).to.be.lessThan(volumes.size / 2)
    }
  })

  it('is not complete where one part lost a page', async () => {
    strike(simulator, { kind: 'lost_page', operation: 'SelectResourceConfig', page: 3, times: 1 })
    const { artifacts, incomplete } = await run(provider(), { target })
    expect(artifacts.length).to.be.lessThan(volumes.size)
    expect(incomplete.map(({ code }) => code)).to.deep.equal(['COUNT_MISMATCH'])
  })
})

describe('A large type is read in one', () => {
  const count = 20_000
  /** AWS Config, of which only counts by what ids begin with are of interest here. */
  const answering = (countOf: (expression: string) => number): Call => {
    const send = async ({ input }: { input: { Expression: string } }) => {
      if (!input.Expression.includes('COUNT(*)'))
        return { Results: hexIds(100).map((resourceId) => JSON.stringify({ resourceId })) }
      return { Results: [JSON.stringify({ 'COUNT(*)': countOf(input.Expression) })] }
    }
    return ((_operation: string, _place: object, _context: object, ask: (client: object, options: object) => unknown) =>
      ask({ send }, {})) as unknown as Call
  }
  const partsOf = async (countOf: (expression: string) => number) => {
    const place = placeOf({ estate: { awsAccounts: ['111111111111'] } } as unknown as Simulator)
    return splitTypes(answering(countOf), place, new Map([[VOLUME, count]]), testContext())
  }
  const isPart = (expression: string) => expression.includes('LIKE')

  it('unless its parts sum to the whole', async () => {
    const even = (expression: string) => (isPart(expression) ? count / 8 : count)
    expect((await partsOf(even)).get(VOLUME)).to.have.length(8)
    expect((await partsOf((expression) => even(expression) - Number(isPart(expression)))).size).to.equal(0)
    expect((await partsOf((expression) => even(expression) + Number(isPart(expression)))).size).to.equal(0)
  })

  it('where queries hold fewer than they counted a moment ago', async () => {
    const shrunk = (expression: string) => (isPart(expression) ? count / 16 : count / 2)
    expect((await partsOf(shrunk)).size).to.equal(0)
  })

  it('where one part has most of it', async () => {
    const last = (expression: string) => (isPart(expression) && !expression.includes('NOT') ? 0 : count)
    expect((await partsOf(last)).size).to.equal(0)
  })

  it('where AWS Config refuses such queries, and not where it fails', async () => {
    const refusing = (code: 'REQUEST_INVALID' | 'UNAVAILABLE') => (expression: string) => {
      if (isPart(expression)) throw new ExtractionError(code, 'no')
      return count
    }
    expect((await partsOf(refusing('REQUEST_INVALID'))).size).to.equal(0)
    const thrown = await partsOf(refusing('UNAVAILABLE')).catch((reason: unknown) => reason)
    expect(thrown).to.have.property('code', 'UNAVAILABLE')
  })
})

describe('A part that comes out short', () => {
  const expected = { count: 3000, source: 'SELECT COUNT(*)' }
  /** What its one page, which is empty, says is to be expected. */
  const expectedWhere = async (counts: { part: number; queried: number; discovered: number }) => {
    const answers: Readonly<Record<string, (expression: string) => object>> = {
      SelectResourceConfig: (expression) => {
        if (!expression.includes('COUNT(*)')) return { Results: [] }
        const count = expression.includes('LIKE') ? counts.part : counts.queried
        return { Results: [JSON.stringify({ 'COUNT(*)': count })] }
      },
      GetDiscoveredResourceCounts: () => ({
        totalDiscoveredResources: counts.discovered,
        resourceCounts: [{ resourceType: VOLUME, count: counts.discovered }],
      }),
      DescribeConfigurationRecorderStatus: () => ({ ConfigurationRecordersStatus: [{ recording: true }] }),
    }
    const call = ((operation: string, _place: object, _context: object, ask: (client: object) => unknown) =>
      ask({
        send: async ({ input }: { input: { Expression?: string } }) => answers[operation]!(input.Expression ?? ''),
      })) as unknown as Call
    const place = placeOf({ estate: { awsAccounts: ['111111111111'] } } as unknown as Simulator)
    const query = { kind: 'rows', in: [VOLUME], like: ['vol-0'] } as const
    const slice = { scope: '111111111111', region: 'us-east-1', partition: 'part', query, expected }
    const task = toTask('run1', 'aws', '2026-11-01T00:00:00.000Z', slice)
    return (await readRows(call, place, task, query, testContext()).read(null)).expected
  }

  it('is held to what was planned where Config has discovered more of the type than queries hold', async () => {
    expect(await expectedWhere({ part: 1750, queried: 7000, discovered: 12_000 })).to.deep.equal(expected)
  })

  it('is believed where both counts of the type have shrunk alike', async () => {
    expect(await expectedWhere({ part: 2900, queried: 11_600, discovered: 11_600 })).to.include({ count: 2900 })
  })
})
