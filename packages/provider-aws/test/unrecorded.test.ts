import { startSimulator, type FaultRule, type Simulator } from '@cae/cloud-simulator'
import { ExtractionError, toTask, type Artifact, type Gap, type Page, type Slice } from '@cae/core'
import { countingLimiter, testContext } from '@cae/core/testing'
import { expect } from 'chai'
import { after, afterEach, before, describe, it } from 'mocha'
import type { Call } from '../src/client/call.ts'
import { resourceLister, type ListPosition } from '../src/unrecorded/cloud-control-lister.ts'
import { LIMITS } from '../src/limits.ts'
import { openUnrecorded, planUnrecorded } from '../src/unrecorded/unrecorded.ts'
import { callsTo, failure, placeOf, strike } from './over-the-wire.ts'

const asOf = '2026-11-01T00:00:00.000Z'
const HOME = 'us-east-1'
const OTHER = 'eu-west-1'
const LIST = 'cloudformation:ListResources'

interface Listed {
  readonly Identifier: string
}

interface Walk {
  readonly artifacts: readonly Artifact[]
  readonly gaps: readonly Gap[]
  readonly slices: readonly Slice[]
  /** Errors that slices ended with, by partition. */
  readonly errors: ReadonlyMap<string, string>
  /** Partitions whose last count is not what they held. */
  readonly mismatches: readonly string[]
}

describe('AWS where Config is off', () => {
  let simulator: Simulator
  let call: Call
  before(async () => {
    simulator = await startSimulator({
      estate: { seed: 11, resources: 2400, awsAccounts: 1, awsRegions: [HOME, OTHER] },
    })
    call = callsTo(simulator)
  })
  after(() => simulator.close())
  afterEach(() => simulator.setFaults([]))

  const everything = () => true
  const plan = (region: string, wants: (type: string) => boolean = everything, context = testContext()) =>
    planUnrecorded(call, placeOf(simulator, 0, region), { wants, globals: region === HOME }, context)
  const open = (slice: Slice, context = testContext(), wants: (type: string) => boolean = everything) =>
    openUnrecorded(call, placeOf(simulator, 0, slice.region), toTask('run1', 'aws', asOf, slice), context, { wants })!

  /** What the engine does: every slice, and every slice that a page gives, each with a new reader at every page. */
  const walk = async (regions: readonly string[], wants?: (type: string) => boolean, context = testContext()) => {
    const artifacts: Artifact[] = []
    const gaps: Gap[] = []
    const errors = new Map<string, string>()
    const mismatches: string[] = []
    const slices: Slice[] = []
    for (const region of regions) {
      const first = await plan(region, wants, context)
      slices.push(...first.slices)
      gaps.push(...first.gaps)
    }
    for (const slice of slices) {
      let read = 0
      let expected = slice.expected?.count
      try {
        for (let cursor: string | null = null; ;) {
          const page: Page = await open(slice, context, wants).read(cursor)
          artifacts.push(...page.artifacts)
          read += page.artifacts.length
          expected = page.expected?.count ?? expected
          slices.push(...(page.plan?.slices ?? []))
          gaps.push(...(page.plan?.gaps ?? []))
          if (page.next === null) break
          expect(page.next).to.not.equal(cursor)
          cursor = page.next
        }
        if (expected !== undefined && expected !== read) mismatches.push(slice.partition)
      } catch (thrown) {
        errors.set(slice.partition, (thrown as { code: string }).code)
      }
    }
    return { artifacts, gaps, slices, errors, mismatches } satisfies Walk
  }
  const idsOf = (artifacts: readonly Artifact[]) => artifacts.map(({ metadata }) => metadata.resource_id).toSorted()
  const ofType = (artifacts: readonly Artifact[], type: string) =>
    artifacts.filter(({ metadata }) => metadata.native_type === type)
  const truth = () => [...simulator.estate.ids('aws')].toSorted()

  describe('and Resource Explorer is on', () => {
    it('reads every resource once, under the identity that Config gives it', async () => {
      const { artifacts, gaps, errors, mismatches } = await walk([HOME, OTHER])
      expect(idsOf(artifacts)).to.deep.equal(truth())
      expect([gaps, [...errors], mismatches]).to.deep.equal([[], [], []])
    })

    it('says of each resource where it is from and what is not known of it', async () => {
      const { artifacts } = await walk([HOME])
      const sources = new Map(artifacts.map(({ metadata }) => [metadata.native_type, metadata.source]))
      expect(sources.get('AWS::EC2::Instance')).to.equal('cloud-control')
      expect(sources.get('AWS::RDS::DBSnapshot')).to.equal('resource-explorer')
      expect(sources.get('AWS::IAM::Policy')).to.equal('cloud-control')
      for (const { metadata, configuration } of artifacts) {
        const isWhole = metadata.source === 'cloud-control'
        expect(metadata.withheld?.includes('configuration')).to.equal(!isWhole)
        expect(configuration === null).to.equal(!isWhole)
        expect(metadata.observed_at).to.equal(asOf)
      }
    })

    it('has a count for every slice of Cloud Control and says that it is from the index', async () => {
      const { slices } = await walk([OTHER])
      const counted = slices.filter(({ query }) => query['kind'] === 'cloud-control')
      expect(counted).to.not.have.length(0)
      for (const { expected } of counted) expect(expected?.source).to.equal('resource-explorer-2:ListResources')
    })

    it('gives every slice of both regions a task id of its own, and a query that is small', async () => {
      const { slices, gaps } = await walk([HOME, OTHER])
      const ids = slices.map((slice) => toTask('run1', 'aws', asOf, slice).id)
      expect(new Set(ids).size).to.equal(slices.length)
      for (const slice of slices) expect(JSON.stringify(slice).length).to.be.lessThan(1500)
      expect(gaps).to.deep.equal([])
    })

    it('asks Cloud Control for no type that does not exist', async () => {
      simulator.resetRequests()
      const { slices } = await walk([OTHER])
      const types = slices.flatMap(({ query }) =>
        query['kind'] === 'cloud-control' ? (query['types'] as string[]) : [],
      )
      expect(types).to.include('AWS::EC2::Volume').and.not.include('AWS::StepFunctions::StateMachine')
      expect(types).to.not.include('AWS::IAM::Role')
      expect(simulator.requests().aws[LIST]?.failed).to.equal(0)
    })

    it('reads by Cloud Control what Resource Explorer does not know', async () => {
      strike(
        simulator,
        { kind: 'unindexed', table: 'AWS::EC2::Volume' },
        { kind: 'unindexed', table: 'AWS::IAM::User' },
      )
      const { artifacts, gaps, errors } = await walk([HOME, OTHER])
      expect(idsOf(artifacts)).to.deep.equal(truth())
      expect([gaps, [...errors]]).to.deep.equal([[], []])
      expect(ofType(artifacts, 'AWS::IAM::User')).to.not.have.length(0)
    })

    it('asks Cloud Control for all that the index does not show where we may not ask what it can show', async () => {
      const operation = 'resource-explorer-2:ListSupportedResourceTypes'
      strike(simulator, { kind: 'denied', operation }, { kind: 'unindexed', table: 'AWS::EC2::Volume' })
      const { artifacts, slices } = await walk([HOME, OTHER])
      expect(idsOf(artifacts)).to.deep.equal(truth())
      const types = slices.flatMap(({ query }) => (query['types'] ?? []) as string[])
      expect(types).to.include('AWS::StepFunctions::StateMachine')
    })

    it('reads no more than what is asked for', async () => {
      const { artifacts } = await walk([HOME], (type) => type === 'AWS::S3::Bucket' || type === 'AWS::RDS::DBSnapshot')
      const types = new Set(artifacts.map(({ metadata }) => metadata.native_type))
      expect([...types].toSorted()).to.deep.equal(['AWS::RDS::DBSnapshot', 'AWS::S3::Bucket'])
    })

    const refusals: [FaultRule['kind'], string][] = [
      ['unsupported_type', 'NOT_ENABLED'],
      ['needs_model', 'NOT_ENABLED'],
      ['handler_denied', 'ACCESS_DENIED'],
    ]
    for (const [kind, code] of refusals) {
      it(`shows by identity what Cloud Control can't list (${kind}), with a gap that says ${code}`, async () => {
        strike(simulator, { kind, table: 'AWS::EC2::Volume', region: OTHER })
        const { artifacts, gaps, errors, mismatches } = await walk([HOME, OTHER])
        expect(idsOf(artifacts)).to.deep.equal(truth())
        expect([[...errors], mismatches]).to.deep.equal([[], []])
        expect(gaps.map((gap) => [gap.region, gap.partition, gap.code])).to.deep.equal([
          [OTHER, 'unlisted-EC2-Volume', code],
        ])
        expect(gaps[0]!.message).to.include('start the AWS Config recorder')
        const volumes = ofType(artifacts, 'AWS::EC2::Volume').filter(({ metadata }) => metadata.region === OTHER)
        expect(volumes).to.not.have.length(0)
        for (const { metadata } of volumes) expect(metadata.source).to.equal('resource-explorer')
      })
    }

    it('shows everything by identity where Cloud Control is denied altogether', async () => {
      strike(simulator, { kind: 'denied', operation: LIST })
      const { artifacts, gaps, errors } = await walk([HOME, OTHER])
      expect(idsOf(artifacts)).to.deep.equal(truth())
      expect(new Set(gaps.map(({ code }) => code))).to.deep.equal(new Set(['ACCESS_DENIED']))
      expect([...errors]).to.deep.equal([])
      for (const { metadata } of artifacts) expect(metadata.source).to.equal('resource-explorer')
    })

    it('gives a type whose handler fails a slice of its own, which fails alone', async () => {
      strike(simulator, { kind: 'handler_failed', table: 'AWS::EC2::Subnet', operation: LIST })
      const { artifacts, errors, mismatches } = await walk([OTHER])
      expect([...errors]).to.deep.equal([['cloud-control-EC2-Subnet', 'UNAVAILABLE']])
      expect(mismatches).to.deep.equal([])
      expect(ofType(artifacts, 'AWS::EC2::Subnet')).to.deep.equal([])
      expect(ofType(artifacts, 'AWS::EC2::VPC')).to.not.have.length(0)
    })

    for (const kind of ['identifiers_only', 'partial_properties'] as const) {
      it(`reads resources one by one where the list has a part of them (${kind})`, async () => {
        const whole = await walk([OTHER])
        strike(simulator, { kind, operation: LIST })
        const { artifacts, mismatches } = await walk([OTHER])
        const byId = (list: readonly Artifact[]) => new Map(list.map((one) => [one.metadata.resource_id, one]))
        expect(byId(artifacts)).to.deep.equal(byId(whole.artifacts))
        expect(artifacts.length).to.equal(whole.artifacts.length)
        expect(mismatches).to.deep.equal([])
      })
    }

    describe('and the first resource of a list has no property that the list leaves out', () => {
      const TYPE = 'AWS::ECS::TaskDefinition'
      const tagged = new Set<string>()
      let all: readonly Artifact[]
      /** The list in another order. */
      const arranged = (arrange: (untagged: Listed[], tagged: Listed[]) => Listed[]): Call => {
        return async (operation, ...rest) => {
          const answer = await call(operation, ...rest)
          const asked: string = operation
          if (asked !== LIST) return answer
          const { ResourceDescriptions: ones } = answer as { ResourceDescriptions: Listed[] }
          const isTagged = ({ Identifier }: Listed) => tagged.has(Identifier)
          const [without, having] = [ones.filter((one) => !isTagged(one)), ones.filter(isTagged)]
          return { ...answer, ResourceDescriptions: arrange(without, having) }
        }
      }
      const read = async (calls: Call) => {
        const limiter = countingLimiter()
        const list = resourceLister(calls, placeOf(simulator, 0, HOME), asOf, testContext({ limiter }))
        const artifacts: Artifact[] = []
        let at: ListPosition = {}
        do {
          const { artifacts: some, ...next } = await list(TYPE, at)
          artifacts.push(...some)
          at = next
        } while (at.token !== undefined || at.after !== undefined)
        return { artifacts, gets: limiter.runs.filter(({ operation }) => operation.endsWith(':GetResource')).length }
      }
      before(async () => {
        all = (await read(call)).artifacts
        for (const { metadata } of all) if (Object.keys(metadata.labels).length > 0) tagged.add(metadata.native_id)
      })

      it('reads each one, once, where others of the page have more than the list', async () => {
        strike(simulator, { kind: 'partial_properties', operation: LIST })
        const { artifacts, gets } = await read(arranged((untagged, others) => [...untagged, ...others]))
        const byId = (list: readonly Artifact[]) => new Map(list.map((one) => [one.metadata.resource_id, one]))
        expect(byId(artifacts)).to.deep.equal(byId(all))
        expect(gets).to.equal(all.length)
      })

      it('says of what was not read that tags are withheld, where the list shows none of any', async () => {
        strike(simulator, { kind: 'partial_properties', operation: LIST })
        // All that have tags, where a few reads over the page would not come upon one.
        const isRead = (n: number, of: number) => [...Array(8).keys()].some((k) => Math.floor((k * of) / 8) === n)
        const hidden = arranged((untagged, others) => {
          const of = untagged.length + others.length
          const [bare, rest] = [untagged.slice(0, 8), [...others, ...untagged.slice(8)]]
          return Array.from({ length: of }, (_, n) => (isRead(n, of) ? bare.shift()! : rest.shift()!))
        })
        const { artifacts, gets } = await read(hidden)
        expect(gets).to.equal(8)
        expect(artifacts).to.have.length(all.length)
        for (const { metadata } of artifacts.filter((one) => tagged.has(one.metadata.native_id))) {
          expect(metadata.withheld).to.deep.equal(['tags', 'relationships'])
        }
      })

      it('takes a list that shows tags of some for one that shows all, and reads no more than a few', async () => {
        const { artifacts, gets } = await read(arranged((untagged, others) => [...untagged, ...others]))
        expect(gets).to.equal(8)
        for (const { metadata } of artifacts) expect(metadata.withheld).to.deep.equal(['relationships'])
      })
    })

    it('misses nothing where a resource is deleted while the others of its page are read one by one', async () => {
      strike(simulator, { kind: 'identifiers_only' })
      let lists = 0
      const shrinking: Call = async (operation, ...rest) => {
        const answer = await call(operation, ...rest)
        const asked: string = operation
        if (asked !== LIST || ++lists === 1) return answer
        const { ResourceDescriptions } = answer as { ResourceDescriptions: unknown[] }
        return { ...answer, ResourceDescriptions: ResourceDescriptions.slice(1) }
      }
      const list = resourceLister(shrinking, placeOf(simulator, 0, HOME), asOf, testContext())
      const found: string[] = []
      let at: ListPosition = {}
      do {
        const { artifacts, ...next } = await list('AWS::SQS::Queue', at)
        found.push(...artifacts.map(({ metadata }) => metadata.resource_id))
        at = next
      } while (at.token !== undefined || at.after !== undefined)
      const wanted = [...simulator.estate.ids('aws')].filter((id) => id.startsWith(`arn:aws:sqs:${HOME}:`))
      expect(lists).to.be.greaterThan(2)
      expect(found.toSorted()).to.deep.equal(wanted.toSorted())
    })

    describe('and the list has identifiers alone', () => {
      const queues = () =>
        [...simulator.estate.ids('aws')].filter((id) => id.startsWith(`arn:aws:sqs:${HOME}:`)).toSorted()
      /** All queues, by one reader, or by another for each part of a page. */
      const read = async (calls: Call, readers: 'one reader' | 'several readers') => {
        strike(simulator, { kind: 'identifiers_only' })
        const reader = () => resourceLister(calls, placeOf(simulator, 0, HOME), asOf, testContext())
        const first = reader()
        const found: string[] = []
        let parts = 0
        let at: ListPosition = {}
        do {
          const list = readers === 'one reader' ? first : reader()
          const { artifacts, ...next } = await list('AWS::SQS::Queue', at)
          found.push(...artifacts.map(({ metadata }) => metadata.resource_id))
          at = next
          parts++
        } while (at.token !== undefined || at.after !== undefined)
        expect(parts).to.be.greaterThan(2)
        return found
      }
      /** The last of the page goes after its first part is read, and so there is room for what is the first by name. */
      const moving = (): Call => {
        let lists = 0
        return async (operation, ...rest) => {
          const answer = await call(operation, ...rest)
          const asked: string = operation
          if (asked !== LIST) return answer
          const { ResourceDescriptions } = answer as { ResourceDescriptions: { Identifier: string }[] }
          const byName = ResourceDescriptions.toSorted((a, b) => (a.Identifier < b.Identifier ? -1 : 1))
          return { ...answer, ResourceDescriptions: ++lists === 1 ? byName.slice(1) : byName.slice(0, -1) }
        }
      }

      it('misses nothing that moves up from the next page into what is read of this one', async () => {
        const found = await read(moving(), 'one reader')
        expect(found.toSorted()).to.deep.equal(queues().slice(0, -1))
      })

      it('misses nothing of that either where another reader goes on', async () => {
        const found = await read(moving(), 'several readers')
        expect([...new Set(found)].toSorted()).to.deep.equal(queues().slice(0, -1))
      })

      it('reads nothing again where another reader goes on and nothing has changed', async () => {
        const found = await read(call, 'several readers')
        expect(found.toSorted()).to.deep.equal(queues())
      })
    })

    it('keeps what the list has of a resource that its handler fails at, marked, and reads the others', async () => {
      strike(simulator, { kind: 'identifiers_only', table: 'AWS::SQS::Queue' })
      let failing: string | undefined
      const broken: Call = async (operation, place, context, send) => {
        const asked: string = operation
        if (asked !== 'cloudformation:GetResource') return call(operation, place, context, send)
        return call(operation, place, context, async (client, options) => {
          const at = client as { send(command: { input: { Identifier: string } }): Promise<never> }
          const watched = {
            send: async (command: { input: { Identifier: string } }, ...rest: []) => {
              failing ??= command.input.Identifier
              const nativeCode = 'HandlerInternalFailureException'
              if (command.input.Identifier === failing)
                throw new ExtractionError('UNAVAILABLE', 'it broke', { nativeCode })
              return at.send(command, ...rest)
            },
          }
          return send(watched as never, options)
        })
      }
      const query = { kind: 'cloud-control', types: ['AWS::SQS::Queue'] }
      const task = toTask('run1', 'aws', asOf, { scope: 'any', region: HOME, partition: 'one', query })
      const found: Artifact[] = []
      for (let cursor: string | null = null; ;) {
        const reader = openUnrecorded(broken, placeOf(simulator, 0, HOME), task, testContext(), { wants: everything })!
        const page: Page = await reader.read(cursor)
        found.push(...page.artifacts)
        if (page.next === null) break
        cursor = page.next
      }
      const wanted = [...simulator.estate.ids('aws')].filter((id) => id.startsWith(`arn:aws:sqs:${HOME}:`))
      expect(found).to.have.length(wanted.length)
      const bare = found.filter(({ metadata }) => metadata.withheld?.includes('configuration'))
      expect(bare.map(({ metadata }) => metadata.native_id)).to.deep.equal([failing])
    })

    it('keeps what the list has, marked, where reading one by one is denied', async () => {
      strike(simulator, { kind: 'denied', operation: 'cloudformation:GetResource' })
      const { artifacts, gaps, errors } = await walk([HOME, OTHER])
      expect(idsOf(artifacts)).to.deep.equal(truth())
      // Of buckets it could not be told which are of the region.
      expect(new Set(gaps.map(({ partition }) => partition))).to.deep.equal(new Set(['unlisted-S3-Bucket']))
      expect([...errors]).to.deep.equal([])
      for (const { metadata } of artifacts) expect(metadata.withheld).to.include('configuration')
    })

    it('reads each bucket in its own region, where every region lists those of all', async () => {
      strike(simulator, { kind: 'buckets_everywhere' })
      const { artifacts, mismatches } = await walk([HOME, OTHER])
      expect(idsOf(artifacts)).to.deep.equal(truth())
      expect(mismatches).to.deep.equal([])
    })

    it('shows buckets by identity where it could not tell which are of the region', async () => {
      strike(simulator, { kind: 'denied', operation: 'cloudformation:GetResource' }, { kind: 'buckets_everywhere' })
      const { artifacts, gaps } = await walk([HOME, OTHER])
      expect(idsOf(artifacts)).to.deep.equal(truth())
      expect(gaps).to.not.have.length(0)
      for (const { metadata } of ofType(artifacts, 'AWS::S3::Bucket'))
        expect(metadata.source).to.equal('resource-explorer')
    })

    it('goes on after an empty page that has a token', async () => {
      strike(
        simulator,
        { kind: 'empty_page', operation: 'resource-explorer-2:ListResources', page: 1 },
        { kind: 'empty_page', operation: LIST, page: 1 },
      )
      expect(idsOf((await walk([HOME, OTHER])).artifacts)).to.deep.equal(truth())
    })

    it('notices a page that Cloud Control lost', async () => {
      strike(simulator, { kind: 'lost_page', operation: LIST, table: 'AWS::EC2::NetworkInterface', page: 1 })
      const { mismatches } = await walk([OTHER])
      expect(mismatches).to.have.length(1)
    })

    it('counts nothing twice that comes twice', async () => {
      strike(
        simulator,
        { kind: 'duplicate_items', operation: 'resource-explorer-2:ListResources' },
        { kind: 'duplicate_items', operation: LIST, table: 'AWS::EC2::Volume' },
      )
      const { artifacts, errors } = await walk([HOME, OTHER])
      expect([...new Set(idsOf(artifacts))]).to.deep.equal(truth())
      expect([...errors]).to.deep.equal([])
      const { slices } = await walk([OTHER])
      const expected = slices.reduce((sum, slice) => sum + (slice.expected?.count ?? 0), 0)
      const counted = artifacts.filter(
        ({ metadata }) => metadata.source === 'cloud-control' && metadata.region === OTHER,
      )
      expect(expected).to.equal(new Set(idsOf(counted)).size)
    })

    it('does not go on for ever where a token of Resource Explorer comes back', async () => {
      strike(simulator, { kind: 'repeated_cursor', operation: 'resource-explorer-2:ListResources' })
      expect([...(await walk([HOME])).errors]).to.deep.equal([[`explorer-${HOME}`, 'CURSOR_LOOP']])
    })

    it('asks for a new start where a token of Resource Explorer is no longer accepted', async () => {
      strike(simulator, { kind: 'expired_cursor', operation: 'resource-explorer-2:ListResources' })
      expect([...(await walk([HOME])).errors]).to.deep.equal([[`explorer-${HOME}`, 'CURSOR_EXPIRED']])
    })

    it('asks for a new start where a token of Cloud Control is no longer accepted', async () => {
      const larger = await startSimulator({ estate: { seed: 11, resources: 8000, awsAccounts: 1, awsRegions: 1 } })
      const query = { kind: 'cloud-control', types: ['AWS::EC2::NetworkInterface'] }
      const slice = { scope: larger.estate.awsAccounts[0]!, region: HOME, partition: 'one', query }
      const task = toTask('run1', 'aws', asOf, slice)
      const reader = openUnrecorded(callsTo(larger), placeOf(larger), task, testContext(), { wants: everything })!
      const { next } = await reader.read(null)
      expect((await reader.read(next)).artifacts).to.not.have.length(0)
      strike(larger, { kind: 'expired_cursor' })
      expect(await failure(reader.read(next))).to.include({ code: 'CURSOR_EXPIRED' })
      await larger.close()
    })

    it('reads on after a broken connection and a 5xx, and waits for the limiter after a throttle', async () => {
      for (const kind of ['reset', 'server_error'] as const) {
        strike(simulator, { kind, times: 2 })
        expect(idsOf((await walk([HOME, OTHER])).artifacts)).to.deep.equal(truth())
      }
      const [slice] = (await plan(OTHER)).slices
      strike(simulator, { kind: 'throttle' })
      expect(await failure(open(slice!).read(null))).to.include({ code: 'THROTTLED' })
    })

    it('calls nothing but through the limiter, under a declared limit', async () => {
      const limiter = countingLimiter()
      simulator.resetRequests()
      await walk([OTHER], undefined, testContext({ limiter }))
      const counted = Object.entries(simulator.requests().aws)
        .filter(([operation]) => operation !== 'AssumeRole')
        .reduce((sum, [, { total }]) => sum + total, 0)
      expect(limiter.runs.length).to.equal(counted).and.to.be.greaterThan(5)
      for (const { operation } of limiter.runs) {
        expect(
          LIMITS.some(({ where }) => where.operation === operation),
          operation,
        ).to.equal(true)
      }
    })
  })

  describe('and Resource Explorer is not to be had', () => {
    const ways: [string, Omit<FaultRule, 'provider'>][] = [
      ['has no index', { kind: 'index_off' }],
      ['has a view that leaves resources out', { kind: 'view_filtered' }],
      ['is denied', { kind: 'denied', operation: 'resource-explorer-2:GetIndex' }],
    ]
    for (const [how, rule] of ways) {
      it(`reads the types that Cloud Control lists, and says what it can't see, where it ${how}`, async () => {
        strike(simulator, rule)
        const { artifacts, gaps, errors } = await walk([HOME, OTHER])
        expect([...errors]).to.deep.equal([])
        expect(new Set(artifacts.map(({ metadata }) => metadata.source))).to.deep.equal(new Set(['cloud-control']))
        const ids = idsOf(artifacts)
        expect(new Set(ids).size).to.equal(ids.length)
        const all = new Set(truth())
        expect(ids.filter((id) => !all.has(id))).to.deep.equal([])
        expect(ids.length).to.be.lessThan(all.size)
        expect(gaps.map((gap) => [gap.region, gap.partition, gap.code])).to.deep.equal([
          [HOME, 'unrecorded', 'NOT_ENABLED'],
          [OTHER, 'unrecorded', 'NOT_ENABLED'],
        ])
        expect(gaps[0]!.message).to.match(/start the AWS Config recorder, or turn on Resource Explorer/)
      })
    }

    it('has no gap where all that is asked for can be listed', async () => {
      strike(simulator, { kind: 'index_off' })
      const { artifacts, gaps } = await walk([HOME, OTHER], (type) => type === 'AWS::EC2::Volume')
      expect(gaps).to.deep.equal([])
      expect(artifacts).to.not.have.length(0)
    })

    it('has nothing but the gap where nothing that is asked for can be listed', async () => {
      strike(simulator, { kind: 'index_off' })
      const { slices, gaps } = await plan(OTHER, (type) => type === 'AWS::ACM::Certificate')
      expect(slices).to.deep.equal([])
      expect(gaps).to.have.length(1)
      expect(gaps[0]!.message).to.include('AWS::ACM::Certificate')
    })

    it('is denied, not empty, where Cloud Control is denied', async () => {
      strike(simulator, { kind: 'index_off' }, { kind: 'denied', operation: LIST })
      const { artifacts, slices, errors } = await walk([OTHER])
      expect(artifacts).to.deep.equal([])
      expect(errors.size).to.equal(slices.length)
      expect(new Set(errors.values())).to.deep.equal(new Set(['ACCESS_DENIED']))
    })

    it('has a gap for a single type that is denied, and reads the others', async () => {
      strike(simulator, { kind: 'index_off' }, { kind: 'handler_denied', table: 'AWS::EC2::VPC' })
      const { artifacts, gaps } = await walk([OTHER])
      expect(gaps.map(({ partition, code }) => [partition, code])).to.deep.equal([
        ['unrecorded', 'NOT_ENABLED'],
        ['unlisted-EC2-VPC', 'ACCESS_DENIED'],
      ])
      expect(ofType(artifacts, 'AWS::EC2::VPC')).to.deep.equal([])
      expect(ofType(artifacts, 'AWS::EC2::Subnet')).to.not.have.length(0)
    })
  })

  it('is a disabled region where the region is disabled', async () => {
    strike(simulator, { kind: 'region_disabled', region: OTHER })
    expect(await failure(plan(OTHER))).to.include({ code: 'REGION_DISABLED' })
  })
})
