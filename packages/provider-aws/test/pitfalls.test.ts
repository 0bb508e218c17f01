import { startSimulator, type FaultRule, type Simulator } from '@cae/cloud-simulator'
import { jsonValue, type Artifact, type JsonValue, type Slice } from '@cae/core'
import { expect } from 'chai'
import { after, afterEach, before, describe, it } from 'mocha'
import { awsProvider } from '../src/index.ts'
import { run, type Run } from './run.ts'

const QUEUE = 'AWS::SQS::Queue'
const SNAPSHOT = 'AWS::RDS::DBSnapshot'
const ROLE = 'AWS::IAM::Role'
const TRAIL = 'AWS::CloudTrail::Trail'
const IAM = ['iam']

describe('AWS Config as it is: what is said to be complete is complete', () => {
  let simulator: Simulator
  let truth: ReadonlySet<string>
  before(async () => {
    simulator = await startSimulator({ estate: { seed: 11, resources: 2400, awsAccounts: 1, awsRegions: 3 } })
    truth = new Set(simulator.estate.ids('aws'))
  })
  after(() => simulator.close())
  afterEach(() => simulator.setFaults([]))

  type Rule = Omit<FaultRule, 'provider'>
  const strike = (...rules: readonly Rule[]) =>
    simulator.setFaults(rules.map((rule) => ({ provider: 'aws' as const, ...rule })))
  const provider = (regions: readonly string[] = simulator.estate.awsRegions) => {
    const [account_id] = simulator.estate.awsAccounts
    return awsProvider({ endpoint: simulator.awsEndpoint, accounts: [{ account_id: account_id!, regions }] })
  }
  const home = () => simulator.estate.awsRegions[0]!
  const ids = ({ artifacts }: Run) => artifacts.map(({ metadata }) => metadata.resource_id)
  const ofType = ({ artifacts }: Run, type: string) => artifacts.filter(({ metadata }) => metadata.native_type === type)
  const missing = (result: Run) => [...truth].filter((id) => !new Set(ids(result)).has(id))
  const everything = (result: Run) => {
    expect(ids(result).length, 'each once').to.equal(new Set(ids(result)).size)
    expect(missing(result)).to.deep.equal([])
    expect(ids(result).length, 'nothing else').to.equal(truth.size)
  }
  const outcomes = ({ incomplete }: Run) => incomplete.map(({ outcome, code }) => `${outcome} ${code}`)

  it('reads everything once where nothing is wrong, and counts it', async () => {
    const result = await run(provider())
    everything(result)
    expect(outcomes(result)).to.deep.equal([])
    const expected = result.ended.reduce((sum, one) => sum + (one.expected?.count ?? 0), 0)
    expect(expected).to.equal(truth.size)
    expect(new Set(result.ended.filter(({ slice }) => !slice.plans).map(({ freshness }) => freshness))).to.deep.equal(
      new Set(['recorded continuously']),
    )
  })

  const harmless: Record<string, readonly Rule[]> = {
    'queries do not cover a type': [{ kind: 'sql_uncovered', table: QUEUE }],
    'queries do not cover IAM': [{ kind: 'sql_uncovered', table: ROLE }],
    'queries cover nothing at all': [{ kind: 'sql_uncovered' }],
    'queries have half of a type': [{ kind: 'sql_short', table: QUEUE }],
    'queries have half of everything': [{ kind: 'sql_short' }],
    'every region records the global types': [{ kind: 'globals_everywhere' }],
    'a batch get leaves keys unprocessed': [
      { kind: 'sql_uncovered', table: QUEUE },
      { kind: 'unprocessed_keys', times: 3 },
    ],
    'pages are empty and go on': [{ kind: 'empty_page', operation: 'SelectResourceConfig', page: 2 }],
    'listings have empty pages': [
      { kind: 'sql_uncovered', table: QUEUE },
      { kind: 'empty_page', operation: 'ListDiscoveredResources', page: 1 },
    ],
    'queries have items of deleted resources': [{ kind: 'deleted_items' }],
    'queries have items of deleted resources, and half of the others': [
      { kind: 'deleted_items', table: QUEUE },
      { kind: 'sql_short', table: QUEUE },
    ],
    'batch gets have items of deleted resources': [{ kind: 'deleted_items' }, { kind: 'sql_uncovered' }],
    'the recorder looks once a day': [{ kind: 'daily_recording' }],
    'items repeat within a page': [{ kind: 'duplicate_items', operation: 'BatchGetResourceConfig', page: 2 }],
    'a session ends in the middle': [{ kind: 'expired_token', operation: 'SelectResourceConfig', page: 2, times: 1 }],
  }
  for (const [what, rules] of Object.entries(harmless)) {
    it(`reads everything once where ${what}`, async () => {
      strike(...rules)
      const result = await run(provider())
      everything(result)
      expect(outcomes(result)).to.deep.equal([])
    })
  }

  const harmful: Record<string, { rules: readonly Rule[]; ends: string }> = {
    'a page of a query is lost': {
      rules: [{ kind: 'lost_page', operation: 'SelectResourceConfig', page: 2, times: 1 }],
      ends: 'partial COUNT_MISMATCH',
    },
    'a page of a listing is lost': {
      rules: [
        { kind: 'sql_uncovered' },
        { kind: 'lost_page', operation: 'ListDiscoveredResources', page: 1, times: 1 },
      ],
      ends: 'partial COUNT_MISMATCH',
    },
  }
  it('says that it is not complete where a page is lost and others have items of deleted resources', async () => {
    const lost = { kind: 'lost_page', operation: 'SelectResourceConfig', page: 2, times: 1 } as const
    strike({ kind: 'deleted_items' }, lost)
    const result = await run(provider(), { target: { regions: [home()] } })
    expect(missing(result)).to.not.have.length(0)
    expect(outcomes(result)).to.include('partial COUNT_MISMATCH')
  })

  for (const [what, { rules, ends }] of Object.entries(harmful)) {
    it(`says that it is not complete where ${what}`, async () => {
      strike(...rules)
      const result = await run(provider(), { target: { regions: [home()] } })
      expect(missing(result)).to.not.have.length(0)
      expect(outcomes(result)).to.include(ends)
    })
  }

  describe('keys that a batch get never processes', () => {
    const stuck = [
      { kind: 'sql_uncovered', table: QUEUE },
      { kind: 'oversized', table: QUEUE },
    ] as const
    const listed = ({ slice }: Run['ended'][number]) => slice.partition === 'listed-AWS-SQS-Queue'

    it('are read by themselves, and what nothing gives is delivered by identity, counted and told', async () => {
      strike(...stuck)
      const result = await run(provider(), { target: { services: ['sqs'] } })
      const queues = ofType(result, QUEUE)
      const wanted = [...truth].filter((id) => id.startsWith('arn:aws:sqs:'))
      expect(queues).to.have.length(wanted.length)
      const alone = queues.filter(({ metadata }) => !metadata.withheld?.includes('relationships'))
      const bare = queues.filter(({ configuration }) => configuration === null)
      expect(alone).to.not.have.length(0)
      expect(bare).to.not.have.length(0)
      for (const { metadata } of bare) expect(metadata.withheld).to.include('configuration')
      for (const { slice, outcome, code, message, artifacts } of result.ended.filter(listed)) {
        const count = artifacts.filter(({ configuration }) => configuration === null).length
        if (count === 0) expect(outcome, slice.region).to.equal('complete')
        else expect({ outcome, code }).to.deep.equal({ outcome: 'partial', code: 'RESULT_TRUNCATED' })
        if (count > 0)
          expect(message).to.include(`names ${count} resources of ${QUEUE}`).and.include('not been discovered')
      }
      expect(result.incomplete.every(listed)).to.equal(true)
    })

    it('are delivered by identity where we may not read them by themselves', async () => {
      strike(...stuck, { kind: 'denied', operation: 'GetResourceConfigHistory' })
      const result = await run(provider(), { target: { services: ['sqs'], regions: [home()] } })
      const bare = ofType(result, QUEUE).filter(({ configuration }) => configuration === null)
      expect(bare).to.not.have.length(0)
      expect(outcomes(result)).to.deep.equal(['partial RESULT_TRUNCATED'])
      expect(result.incomplete[0]!.message)
        .to.include(`names ${bare.length} resources`)
        .and.include('config:GetResourceConfigHistory')
    })

    it('wait where Config is too busy to give them', async () => {
      strike(...stuck, { kind: 'throttle', operation: 'GetResourceConfigHistory' })
      const result = await run(provider(), { target: { services: ['sqs'], regions: [home()] } })
      expect(outcomes(result)).to.deep.equal(['throttled_out THROTTLED'])
    })

    it('are named where Config fails at them, and hold up nothing else', async () => {
      strike(...stuck, { kind: 'server_error', operation: 'GetResourceConfigHistory' })
      const result = await run(provider(), { target: { services: ['sqs'], regions: [home()] } })
      const bare = ofType(result, QUEUE).filter(({ configuration }) => configuration === null)
      expect(bare).to.not.have.length(0)
      expect(ofType(result, QUEUE).length).to.equal(result.ended.find(listed)!.expected!.count)
      expect(outcomes(result)).to.deep.equal(['partial RESULT_TRUNCATED'])
      const { message } = result.incomplete[0]!
      expect(message).to.include(`names ${bare.length} resources`).and.include('internal error')
      expect(bare.some(({ metadata }) => message!.includes(metadata.native_id))).to.equal(true)
    })

    it('are asked for again where the connection breaks, which is not about one of them', async () => {
      strike(...stuck, { kind: 'reset', operation: 'GetResourceConfigHistory' })
      const result = await run(provider(), { target: { services: ['sqs'], regions: [home()] } })
      expect(outcomes(result)).to.deep.equal(['failed UNAVAILABLE'])
    })

    it('go in a bounded number of batches', async () => {
      strike(...stuck)
      simulator.resetRequests()
      const result = await run(provider(), { target: { services: ['sqs'], regions: [home()] } })
      const { aws } = simulator.requests()
      const pages = Math.ceil(ofType(result, QUEUE).length / 100)
      expect(aws['BatchGetResourceConfig']!.total).to.be.at.most(3 * pages)
    })
  })

  it('says that it is not complete where Config still counts what is gone', async () => {
    strike({ kind: 'counts_lag', table: QUEUE })
    const result = await run(provider())
    everything(result)
    for (const { outcome, slice } of result.incomplete) {
      expect(outcome).to.be.oneOf(['partial', 'failed'])
      expect(slice.partition).to.equal('beyond-AWS-SQS-Queue')
    }
    expect(result.incomplete).to.not.have.length(0)
  })

  describe('where a recorder is off', () => {
    for (const kind of ['recorder_stopped', 'recorder_off'] as const) {
      it(`reads everything once by other services, and says so, where the fault is ${kind}`, async () => {
        const region = simulator.estate.awsRegions[1]!
        strike({ kind, region })
        const result = await run(provider())
        everything(result)
        expect(outcomes(result)).to.deep.equal([])
        for (const { metadata } of result.artifacts) {
          expect(metadata.source !== undefined, metadata.resource_id).to.equal(metadata.region === region)
        }
      })
    }

    it('says what to turn on where no other service can tell what exists', async () => {
      strike({ kind: 'recorder_stopped' }, { kind: 'index_off' })
      const result = await run(provider())
      expect(missing(result)).to.not.have.length(0)
      for (const region of simulator.estate.awsRegions) {
        const gap = result.incomplete.find(({ slice }) => slice.region === region)
        expect(gap, region).to.include({ outcome: 'not_enabled', code: 'NOT_ENABLED' })
        expect(gap!.message).to.include('recorder').and.include('Resource Explorer')
      }
    })

    it('is read by Cloud Control where Resource Explorer may be seen but not listed', async () => {
      strike(
        { kind: 'recorder_off', region: home() },
        { kind: 'denied', operation: 'resource-explorer-2:ListResources' },
      )
      const result = await run(provider())
      const here = ({ metadata }: Artifact) => metadata.region === home()
      expect(result.artifacts.filter(here)).to.not.have.length(0)
      for (const { metadata } of result.artifacts.filter(here)) expect(metadata.source).to.equal('cloud-control')
      expect(outcomes(result)).to.deep.equal(['not_enabled NOT_ENABLED'])
      expect(result.incomplete[0]!.message).to.include('resource-explorer-2:ListResources')
    })

    it('is asked for types that are one for all regions where nothing else is asked for', async () => {
      const target = { services: ['route53'] }
      const placesOf = ({ ended }: Run, kind: string) =>
        ended.filter(({ slice }) => slice.partition.startsWith(kind)).map(({ slice }) => slice.region)
      strike({ kind: 'recorder_off' })
      expect(placesOf(await run(provider(), { target }), 'explorer-global')).to.deep.equal([home()])
      strike({ kind: 'recorder_off' }, { kind: 'index_off' })
      const result = await run(provider(), { target })
      expect(placesOf(result, 'cloud-control')).to.deep.equal([home()])
      expect(placesOf(result, 'unrecorded')).to.deep.equal([home()])
    })

    it('is denied where the other services are', async () => {
      const services = [
        'resource-explorer-2:GetIndex',
        'resource-explorer-2:GetDefaultView',
        'cloudformation:ListResources',
      ]
      strike(
        { kind: 'recorder_stopped', region: home() },
        ...services.map((operation) => ({ kind: 'denied' as const, operation })),
      )
      const result = await run(provider())
      expect(missing(result)).to.not.have.length(0)
      expect(outcomes(result)).to.include('denied ACCESS_DENIED')
    })
  })

  describe('where a recorder may not have seen all', () => {
    it('says since when it runs, of the region and of each of its slices, where it was started minutes ago', async () => {
      strike({ kind: 'recorder_fresh', region: home() })
      const result = await run(provider())
      expect(missing(result)).to.not.have.length(0)
      expect(outcomes(result)).to.deep.equal(['partial COUNT_MISMATCH'])
      expect(result.incomplete[0]!.slice).to.include({ region: home(), partition: 'recorder' })
      expect(result.incomplete[0]!.message).to.match(/was started at .*run again after \d{4}-/)
      for (const { slice, freshness } of result.ended) {
        if (slice.plans || slice.partition === 'recorder') continue
        expect(freshness?.includes('since'), slice.partition).to.equal(slice.region === home())
      }
    })

    it('says why where it fails at what it sees', async () => {
      strike({ kind: 'recorder_failing', region: home() })
      const result = await run(provider(), { target: { services: ['sqs'] } })
      expect(outcomes(result)).to.deep.equal(['failed UNAVAILABLE'])
      expect(result.incomplete[0]!.message).to.include('may not describe').and.include(home())
    })
  })

  describe('types that a recorder leaves out', () => {
    it('are read by Cloud Control where it lists them', async () => {
      strike({ kind: 'recorder_partial', table: QUEUE, region: home() })
      const result = await run(provider())
      everything(result)
      expect(outcomes(result)).to.deep.equal([])
    })

    it('are delivered by identity where it leaves them out after they were counted', async () => {
      strike({ kind: 'sql_uncovered', table: QUEUE })
      const before = ({ plans }: Slice) => {
        if (!plans) strike({ kind: 'recorder_partial', table: QUEUE })
      }
      const result = await run(provider(), { before })
      everything(result)
      expect(ofType(result, QUEUE)).to.not.have.length(0)
      for (const { metadata, configuration } of ofType(result, QUEUE)) {
        expect(configuration).to.equal(null)
        expect(metadata.withheld).to.include('configuration').and.include('relationships')
      }
    })

    it('are named in a gap where nothing else has them', async () => {
      strike({ kind: 'recorder_partial', table: SNAPSHOT, region: home() })
      const result = await run(provider())
      expect(outcomes(result)).to.deep.equal(['not_enabled NOT_ENABLED'])
      expect(result.incomplete[0]!.message).to.include(SNAPSHOT).and.include('leaves out 1 types')
      expect(missing(result)).to.not.have.length(0)
      for (const id of missing(result)) expect(id).to.match(/:rds:.*:snapshot:/)
    })
  })

  describe('types that the home region alone records', () => {
    const DISTRIBUTION = 'AWS::CloudFront::Distribution'
    const KEY = 'AWS::CloudFront::PublicKey'
    const others = () => simulator.estate.awsRegions.slice(1)
    const listing = ({ ended }: Run, type: string) =>
      ended
        .filter(({ slice }) => (slice.query?.['types'] as string[] | undefined)?.includes(type))
        .map(({ slice }) => slice.region)
    const gapsOf = ({ ended }: Run) => ended.filter(({ slice }) => slice.partition === 'home-region-types')

    it('are read by Cloud Control, once, or named in a gap where the home region is not read', async () => {
      for (const target of [{}, { services: ['cloudfront'] }, { regions: ['global'] }]) {
        const result = await run(provider(others()), { target })
        expect(listing(result, DISTRIBUTION)).to.deep.equal([others()[0]])
        const [gap, ...more] = gapsOf(result)
        expect(more).to.deep.equal([])
        const isAsked = Object.keys(target).length > 0
        expect(gap).to.include(
          isAsked ? { outcome: 'not_enabled', code: 'NOT_ENABLED' } : { outcome: 'skipped', code: 'REGIONS_LEFT_OUT' },
        )
        expect(gap!.message).to.include(KEY).and.include(`add ${home()} to its regions`)
      }
    })

    it('are left to that region where it is read, and to nobody where only others are asked for', async () => {
      for (const [regions, target] of [
        [simulator.estate.awsRegions, {}],
        [others(), { regions: others() }],
      ] as const) {
        const result = await run(provider(regions), { target })
        expect(listing(result, DISTRIBUTION)).to.deep.equal([])
        expect(gapsOf(result)).to.deep.equal([])
      }
    })
  })

  describe('global types', () => {
    it('are counted once where every region reports them', async () => {
      strike({ kind: 'globals_everywhere' })
      const result = await run(provider(), { target: { services: IAM } })
      const wanted = [...truth].filter((id) => id.startsWith('arn:aws:iam:'))
      expect(ids(result).toSorted()).to.deep.equal(wanted.toSorted())
    })

    for (const [what, rules] of Object.entries({
      'nothing is wrong': [],
      'every region reports them': [{ kind: 'globals_everywhere' }],
      'no recorder runs': [{ kind: 'recorder_off' }],
      'no recorder runs, and there is no index': [{ kind: 'recorder_off' }, { kind: 'index_off' }],
    } as const)) {
      it(`are read once where they alone are asked for and ${what}`, async () => {
        strike(...rules)
        const result = await run(provider(), { target: { regions: ['global'] } })
        const wanted = [...truth].filter((id) => id.startsWith('arn:aws:iam:'))
        expect(ids(result).toSorted()).to.deep.equal(wanted.toSorted())
      })
    }

    const globalsMissing = (result: Run) => missing(result).filter((id) => id.startsWith('arn:aws:iam:'))
    for (const kind of ['denied', 'recorder_off', 'recorder_stopped', 'region_disabled'] as const) {
      it(`are read in another region that records them where the home region ends as ${kind}`, async () => {
        strike({ kind: 'globals_everywhere' }, { kind, region: home() })
        const result = await run(provider())
        expect(globalsMissing(result)).to.deep.equal([])
        for (const { metadata } of ofType(result, ROLE)) expect(metadata.source).to.equal(undefined)
        expect(ids(result).length).to.equal(new Set(ids(result)).size)
        for (const { slice } of result.incomplete) expect(slice.region).to.equal(home())
      })
    }

    it('are read where they are recorded, though another of them is not', async () => {
      strike({ kind: 'recorder_partial', table: ROLE })
      const result = await run(provider(), { target: { services: IAM, regions: [home()] } })
      const users = [...truth].filter((id) => id.includes(':user/'))
      expect(ofType(result, 'AWS::IAM::User')).to.have.length(users.length).above(0)
      expect(ofType(result, ROLE)).to.deep.equal([])
    })

    it('are read by other services where no region records them', async () => {
      strike({ kind: 'recorder_stopped', region: home() })
      const result = await run(provider())
      expect(globalsMissing(result)).to.deep.equal([])
      expect(ofType(result, ROLE)).to.not.have.length(0)
      for (const { metadata } of ofType(result, ROLE)) expect(metadata.source).to.equal('cloud-control')
    })

    it('are read in a region of the settings where these leave out the home region, which may refuse us', async () => {
      strike({ kind: 'denied', region: home() })
      const result = await run(provider(simulator.estate.awsRegions.slice(1)), { target: { services: IAM } })
      expect(globalsMissing(result)).to.deep.equal([])
      expect(outcomes(result)).to.not.include('denied ACCESS_DENIED')
    })

    it('are not complete where those services are refused too', async () => {
      strike(
        { kind: 'recorder_stopped', region: home() },
        { kind: 'denied', operation: 'cloudformation:ListResources' },
        { kind: 'index_off' },
      )
      const result = await run(provider(), { target: { services: IAM } })
      expect(globalsMissing(result)).to.not.have.length(0)
      expect(outcomes(result)).to.include('denied ACCESS_DENIED')
    })
  })

  describe('a recorder that is stopped between planning and reading', () => {
    it('ends as not enabled where the region is empty by then', async () => {
      const before = ({ plans }: Slice) => {
        if (!plans) strike({ kind: 'recorder_off' })
      }
      const result = await run(provider(), { before })
      expect(result.artifacts).to.have.length(0)
      const reading = result.ended.filter(({ slice }) => !slice.plans)
      expect(reading).to.not.have.length(0)
      for (const { outcome } of reading) expect(outcome).to.equal('not_enabled')
    })
  })

  it('is not complete where queries lose a type after planning', async () => {
    const before = ({ plans }: Slice) => {
      if (!plans) strike({ kind: 'sql_uncovered', table: QUEUE })
    }
    const result = await run(provider(), { before })
    expect(missing(result)).to.not.have.length(0)
    expect(outcomes(result)).to.include('partial COUNT_MISMATCH')
  })

  describe('what queries learn of after planning', () => {
    // By then the slice of rows is read, which had what queries knew before.
    const learnt = ({ partition }: Slice) => {
      if (partition.startsWith('beyond')) strike()
    }

    it('is not left out by the listing that takes what they did not have', async () => {
      strike({ kind: 'sql_short', table: QUEUE })
      const result = await run(provider(), { before: learnt })
      expect(missing(result)).to.deep.equal([])
      expect(outcomes(result)).to.deep.equal([])
      // As rows, so that what was read before is not replaced by less.
      for (const { metadata } of ofType(result, QUEUE)) expect(metadata.withheld).to.equal(undefined)
    })
  })

  describe('what Config does not give', () => {
    const one = (artifacts: readonly Artifact[]): Artifact => {
      expect(artifacts).to.not.have.length(0)
      return artifacts[0]!
    }

    it('is marked in items of listings, whose relationships and tags are nowhere to be had', async () => {
      strike({ kind: 'sql_uncovered', table: QUEUE })
      for (const { metadata, configuration } of ofType(await run(provider()), QUEUE)) {
        expect(metadata.withheld).to.include('relationships')
        expect(configuration).to.be.an('object')
        expect(metadata.captured_at).to.match(/^\d{4}-.*Z$/)
      }
    })

    it('is marked of types whose tags the Tagging API does not give, and of no others', async () => {
      const kinds = [ROLE, 'AWS::IAM::User']
      strike({ kind: 'sql_uncovered' })
      const result = await run(provider())
      for (const type of [...kinds, 'AWS::IAM::Policy', QUEUE]) {
        const untagged = ofType(result, type).filter(({ metadata }) => Object.keys(metadata.labels).length === 0)
        const withheld = untagged.filter(({ metadata }) => metadata.withheld?.includes('tags'))
        expect(untagged, type).to.not.have.length(0)
        expect(withheld.length, type).to.equal(kinds.includes(type) ? untagged.length : 0)
      }
    })

    it('is not asked for where the Tagging API does not give it', async () => {
      strike({ kind: 'sql_uncovered', table: ROLE })
      simulator.resetRequests()
      const result = await run(provider(), { target: { resourceTypes: ['aws:iam:role'] } })
      expect(ofType(result, ROLE)).to.not.have.length(0)
      expect(simulator.requests().aws['tag:GetResources']).to.equal(undefined)
    })

    it('is marked of what is global where another region than the home region lists it', async () => {
      strike(
        { kind: 'globals_everywhere' },
        { kind: 'sql_uncovered' },
        { kind: 'denied', region: home(), operation: 'DescribeConfigurationRecorders' },
      )
      const policies = ofType(await run(provider()), 'AWS::IAM::Policy')
      expect(policies).to.not.have.length(0)
      for (const { metadata } of policies) expect(metadata.withheld).to.include('tags')
    })

    it('is marked where a custom type has no configuration', async () => {
      strike({ kind: 'configuration_null', table: QUEUE })
      expect(one(ofType(await run(provider()), QUEUE)).metadata.withheld).to.deep.equal(['configuration'])
    })

    describe('the tags of trails,', () => {
      const target = { services: ['cloudtrail'] }
      const trails = async () => ofType(await run(provider(), { target }), TRAIL)

      it('is had from the Tagging API, in queries and in listings alike', async () => {
        const queried = await trails()
        expect(queried.some(({ metadata }) => Object.keys(metadata.labels).length > 1)).to.equal(true)
        for (const { metadata } of queried) expect(metadata.withheld).to.equal(undefined)
        strike({ kind: 'sql_uncovered', table: TRAIL })
        const listed = await trails()
        expect(listed.map(({ metadata }) => metadata.labels)).to.deep.equal(
          queried.map(({ metadata }) => metadata.labels),
        )
        for (const { metadata } of listed) expect(metadata.withheld).to.deep.equal(['relationships'])
      })

      it('is marked where that may not be asked', async () => {
        strike({ kind: 'denied', operation: 'tag:GetResources' })
        for (const { metadata } of await trails()) expect(metadata).to.deep.include({ labels: {}, withheld: ['tags'] })
      })

      it('is asked for of these alone', async () => {
        simulator.resetRequests()
        await run(provider(), { target: { services: ['sqs'] } })
        expect(simulator.requests().aws['tag:GetResources']).to.equal(undefined)
      })
    })

    it('is the age of what is recorded once a day', async () => {
      strike({ kind: 'daily_recording', region: home() })
      const { ended } = await run(provider())
      for (const { slice, freshness } of ended) {
        if (slice.plans) continue
        expect(freshness).to.equal(slice.region === home() ? 'recorded daily' : 'recorded continuously')
      }
    })
  })

  it('identifies what has no ARN, in queries and in listings alike', async () => {
    strike({ kind: 'no_arn', table: QUEUE })
    const queried = ids(await run(provider(), { target: { services: ['sqs'] } }))
    strike({ kind: 'no_arn', table: QUEUE }, { kind: 'sql_uncovered', table: QUEUE })
    const listed = ids(await run(provider(), { target: { services: ['sqs'] } }))
    expect(listed.toSorted()).to.deep.equal(queried.toSorted())
    expect(new Set(queried).size).to.equal(queried.length)
    for (const id of queried) expect(id).to.match(/^\d{12}\/[a-z0-9-]+\/AWS::SQS::Queue\//)
  })

  describe('wherever Config puts them,', () => {
    const target = { services: ['s3'] }
    const buckets = async (...rules: readonly Rule[]) => {
      strike(...rules)
      const { artifacts } = await run(provider(), { target })
      return artifacts.map(({ metadata, configuration }) => {
        return {
          id: metadata.resource_id,
          labels: metadata.labels,
          configuration: withoutTags(jsonValue(configuration)),
        }
      })
    }
    // The fault puts tags where there were none.
    const withoutTags = (configuration: JsonValue) => {
      const { supplementaryConfiguration: more = {}, ...rest } = configuration as Record<string, JsonValue>
      const { Tags: _tags, ...others } = more as Record<string, JsonValue>
      return { ...rest, supplementaryConfiguration: others }
    }
    const byId = (ones: Awaited<ReturnType<typeof buckets>>) => ones.toSorted((a, b) => (a.id < b.id ? -1 : 1))

    it('finds the same labels and configuration', async () => {
      const plain = await buckets()
      expect(plain.some(({ labels }) => Object.keys(labels).length > 1)).to.equal(true)
      expect(
        plain.some(({ configuration }) => Object.keys(configuration.supplementaryConfiguration).length > 1),
      ).to.equal(true)
      for (const kind of ['tags_in_supplementary', 'double_encoded'] as const) {
        expect(await buckets({ kind }), kind).to.deep.equal(plain)
      }
      const both = await buckets({ kind: 'tags_in_supplementary' }, { kind: 'double_encoded' })
      expect(both).to.deep.equal(plain)
    })

    it('finds them in listings too', async () => {
      const plain = await buckets()
      expect(byId(await buckets({ kind: 'sql_uncovered' }))).to.deep.equal(byId(plain))
    })

    it('leaves the keys of a configuration as the operation gives them, and marks which one did', async () => {
      const [plain] = byId(await buckets())
      const [odd] = byId(await buckets({ kind: 'sql_uncovered' }, { kind: 'upper_camel' }))
      const keys = (configuration: object) =>
        Object.keys(configuration).filter((key) => !key.startsWith('supplementary'))
      const upper = (key: string) => key.charAt(0).toUpperCase() + key.slice(1)
      expect(keys(odd!.configuration)).to.have.members(keys(plain!.configuration).map(upper))
      expect(odd!.labels).to.deep.equal(plain!.labels)
      const { artifacts } = await run(provider(), { target })
      for (const { metadata } of artifacts) expect(metadata.withheld).to.include('relationships')
    })
  })

  it('keeps to what is asked for, in calls and in counts', async () => {
    simulator.resetRequests()
    const result = await run(provider(), { target: { services: ['sqs'], regions: [home()] } })
    expect(result.incomplete).to.deep.equal([])
    expect(new Set(result.artifacts.map(({ metadata }) => metadata.native_type))).to.deep.equal(new Set([QUEUE]))
    const expected = result.ended.find(({ slice }) => !slice.plans)!.expected!.count
    expect(result.artifacts.length).to.equal(expected)
    expect(simulator.requests().aws['SelectResourceConfig']!.total).to.equal(1 + Math.max(1, Math.ceil(expected / 100)))
  })

  it('narrows by globs over our own types', async () => {
    const result = await run(provider(), { target: { resourceTypes: ['aws:sqs:*', 'aws:iam:role'] } })
    const types = new Set(result.artifacts.map(({ metadata }) => metadata.native_type))
    expect(types).to.deep.equal(new Set([QUEUE, ROLE]))
  })
})
