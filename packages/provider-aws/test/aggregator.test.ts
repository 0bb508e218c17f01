import { startSimulator, type FaultRule, type Simulator } from '@cae/cloud-simulator'
import type { Slice } from '@cae/core'
import { testContext } from '@cae/core/testing'
import { expect } from 'chai'
import { after, afterEach, before, describe, it } from 'mocha'
import { awsProvider, type AwsOptions } from '../src/index.ts'
import { strike } from './over-the-wire.ts'
import { asOf, run, type Run } from './run.ts'

const QUEUE = 'AWS::SQS::Queue'

describe('AWS Config aggregators', () => {
  let simulator: Simulator
  let truth: ReadonlySet<string>
  before(async () => {
    simulator = await startSimulator({ estate: { seed: 31, resources: 2400, awsAccounts: 3, awsRegions: 2 } })
    truth = new Set(simulator.estate.ids('aws'))
  })
  after(() => simulator.close())
  afterEach(() => simulator.setFaults([]))

  const account = (n: number) => simulator.estate.awsAccounts[n]!
  const provider = (options: Partial<AwsOptions> = {}) =>
    awsProvider({
      endpoint: simulator.awsEndpoint,
      accounts: [],
      aggregators: [{ name: 'organization', account_id: account(0), region: 'us-east-1' }],
      ...options,
    })
  const ids = ({ artifacts }: Run) => artifacts.map(({ metadata }) => metadata.resource_id)
  const missing = (result: Run) => [...truth].filter((id) => !new Set(ids(result)).has(id))
  const everything = (result: Run) => {
    expect(ids(result).length, 'each once').to.equal(new Set(ids(result)).size)
    expect(missing(result)).to.deep.equal([])
    expect(ids(result).length, 'nothing else').to.equal(truth.size)
    expect(result.incomplete).to.deep.equal([])
  }

  it('give all accounts and regions from one place, each resource once, with the account that it is of', async () => {
    simulator.resetRequests()
    const result = await run(provider())
    everything(result)
    expect(new Set(result.artifacts.map(({ metadata }) => metadata.account_id)).size).to.equal(3)
    expect(Object.keys(simulator.requests().aws).filter((operation) => !operation.includes('Aggregat'))).to.deep.equal([
      'organizations:ListAccounts',
    ])
    const reading = result.ended.filter(({ slice }) => !slice.plans)
    expect(reading.reduce((sum, { expected }) => sum + expected!.count, 0)).to.equal(truth.size)
    for (const { freshness } of reading) expect(freshness).to.equal('collected by an aggregator')
  })

  const harmless: Record<string, readonly Omit<FaultRule, 'provider'>[]> = {
    'every region reports the global types': [{ kind: 'globals_everywhere' }],
    'queries do not cover a type': [{ kind: 'sql_uncovered', table: QUEUE }],
    'queries have half of a type': [{ kind: 'sql_short', table: QUEUE }],
    'queries have half of a type, and deleted resources of another': [
      { kind: 'sql_short', table: QUEUE },
      { kind: 'deleted_items', table: 'AWS::SNS::Topic' },
    ],
    'a batch get leaves keys unprocessed': [
      { kind: 'sql_uncovered', table: QUEUE },
      { kind: 'unprocessed_keys', times: 2 },
    ],
    'queries have items of deleted resources': [{ kind: 'deleted_items' }],
    'batch gets have items of deleted resources': [{ kind: 'deleted_items' }, { kind: 'sql_uncovered', table: QUEUE }],
    'pages are empty and go on': [{ kind: 'empty_page', operation: 'SelectAggregateResourceConfig', page: 2 }],
  }
  for (const [what, rules] of Object.entries(harmless)) {
    it(`give everything once where ${what}`, async () => {
      strike(simulator, ...rules)
      everything(await run(provider()))
    })
  }

  it('give what a batch get never processes one by one, and say what is withheld of what is too large', async () => {
    strike(simulator, { kind: 'sql_uncovered', table: QUEUE }, { kind: 'oversized', table: QUEUE })
    const result = await run(provider())
    const queues = result.artifacts.filter(({ metadata }) => metadata.native_type === QUEUE)
    expect(result.incomplete).to.deep.equal([])
    expect(result.artifacts).to.have.length(truth.size)
    const bare = queues.filter(({ metadata }) => metadata.withheld?.includes('configuration'))
    const alone = queues.filter(({ metadata }) => !metadata.withheld?.includes('relationships'))
    expect(bare).to.not.have.length(0)
    expect(alone).to.not.have.length(0)
    for (const { configuration, metadata } of bare) {
      expect(configuration).to.equal(null)
      expect(metadata.withheld).to.deep.equal(['configuration', 'relationships', 'tags'])
    }
    for (const { configuration } of alone) expect(configuration).to.not.equal(null)
  })

  it('give what a recorder leaves out by identity, where they list it', async () => {
    const unrecorded = { scope: account(0), region: 'us-east-1' }
    strike(
      simulator,
      { kind: 'sql_uncovered', table: QUEUE },
      { kind: 'recorder_partial', table: QUEUE, ...unrecorded },
    )
    const result = await run(provider())
    everything(result)
    const queues = result.artifacts.filter(({ metadata }) => metadata.native_type === QUEUE)
    const isUnrecorded = ({ metadata }: (typeof queues)[number]) =>
      metadata.account_id === unrecorded.scope && metadata.region === unrecorded.region
    expect(queues.filter(isUnrecorded)).to.not.have.length(0)
    for (const queue of queues) {
      const withheld = isUnrecorded(queue) ? ['configuration', 'relationships', 'tags'] : ['relationships']
      expect(queue.metadata.withheld).to.include.members(withheld)
      expect(queue.configuration === null).to.equal(isUnrecorded(queue))
    }
  })

  it('say of trails that their tags are withheld, which Config does not record', async () => {
    const { artifacts } = await run(provider(), { target: { services: ['cloudtrail'] } })
    expect(artifacts).to.not.have.length(0)
    for (const { metadata } of artifacts) expect(metadata).to.deep.include({ labels: {}, withheld: ['tags'] })
  })

  it('name what they fail at, and give all else', async () => {
    strike(
      simulator,
      { kind: 'sql_uncovered', table: QUEUE },
      { kind: 'oversized', table: QUEUE },
      { kind: 'server_error', operation: 'GetAggregateResourceConfig' },
    )
    const result = await run(provider())
    expect(result.artifacts).to.have.length(truth.size)
    expect(result.incomplete).to.not.have.length(0)
    for (const { outcome, code, slice, message } of result.incomplete) {
      expect({ outcome, code }).to.deep.equal({ outcome: 'partial', code: 'RESULT_TRUNCATED' })
      expect(slice.partition).to.equal('listed-AWS-SQS-Queue-organization')
      expect(message).to.include('internal error')
    }
  })

  it('do not call what is too large withheld where they are too busy to give it', async () => {
    strike(
      simulator,
      { kind: 'sql_uncovered', table: QUEUE },
      { kind: 'oversized', table: QUEUE },
      { kind: 'throttle', operation: 'GetAggregateResourceConfig' },
    )
    const result = await run(provider())
    expect(result.incomplete).to.not.have.length(0)
    for (const { outcome, slice } of result.incomplete) {
      expect(outcome).to.equal('throttled_out')
      expect(slice.partition).to.equal('listed-AWS-SQS-Queue-organization')
    }
  })

  it('are not complete where they lost a page, also of global types', async () => {
    for (const page of [1, 2]) {
      strike(simulator, { kind: 'lost_page', operation: 'SelectAggregateResourceConfig', page })
      const result = await run(provider())
      expect(missing(result)).to.not.have.length(0)
      expect(result.incomplete).to.not.have.length(0)
    }
  })

  it('are not complete where queries lack global types that were counted', async () => {
    strike(simulator, { kind: 'sql_short', table: 'AWS::IAM::Role', scope: account(1) })
    const result = await run(provider())
    expect(missing(result)).to.not.have.length(0)
    expect(result.incomplete).to.have.length(1)
    expect(result.incomplete[0]).to.include({ code: 'COUNT_MISMATCH' })
    expect(result.incomplete[0]!.slice.scope).to.equal(account(1))
  })

  it('say which account and region they could not collect from', async () => {
    strike(
      simulator,
      { kind: 'source_failed', scope: account(1), region: 'us-east-1' },
      { kind: 'source_outdated', scope: account(2), region: 'us-east-1' },
    )
    const result = await run(provider())
    const shown = result.incomplete.map(({ slice, outcome }) => `${slice.scope} ${slice.region} ${outcome}`)
    expect(shown).to.deep.equal([
      `${account(1)} us-east-1 denied`,
      `${account(2)} us-east-1 failed`,
      // Of the region that was to report them, so that there are none of IAM either.
      `${account(1)} global not_enabled`,
    ])
    expect(result.incomplete[0]!.message).to.include('not authorized')
    const isOfIt = (id: string) => id.includes(account(1)) || id.startsWith('arn:aws:s3')
    expect(missing(result).filter((id) => !isOfIt(id))).to.deep.equal([])
  })

  it('do not leave out what queries learn of between two slices of a type', async () => {
    strike(simulator, { kind: 'sql_short', table: QUEUE })
    const before = ({ partition }: Slice) => {
      if (partition.startsWith('beyond')) strike(simulator)
    }
    const result = await run(provider(), { before })
    expect(missing(result)).to.deep.equal([])
    expect(result.incomplete).to.deep.equal([])
  })

  it('leave accounts to the settings that name them', async () => {
    const named = { account_id: account(1), regions: [...simulator.estate.awsRegions] }
    const role_arn = `arn:aws:iam::${account(1)}:role/reader`
    const result = await run(provider({ accounts: [{ ...named, role_arn }] }))
    everything(result)
    const collected = result.ended.filter(({ freshness }) => freshness === 'collected by an aggregator')
    expect(collected.some(({ slice }) => slice.scope === account(1))).to.equal(false)
  })

  it('keep to the accounts, regions and services asked for', async () => {
    const target = { accounts: [account(2)], regions: ['us-east-1'], services: ['ec2'] }
    const result = await run(provider(), { target })
    expect(result.incomplete).to.deep.equal([])
    expect(result.artifacts).to.not.have.length(0)
    for (const { metadata } of result.artifacts) {
      expect(metadata).to.include({ account_id: account(2), region: 'us-east-1', service: 'ec2' })
    }
  })

  it('say of an account that they do not have that it was not found', async () => {
    const result = await run(provider(), { target: { accounts: ['123456789012'] } })
    expect(result.incomplete.map(({ code }) => code)).to.deep.equal(['SCOPE_NOT_FOUND'])
    expect(result.incomplete[0]!.slice.scope).to.equal('123456789012')
  })

  it('are not asked about accounts that the settings name themselves', async () => {
    simulator.resetRequests()
    const named = { account_id: account(1), regions: ['us-east-1'] }
    await run(provider({ accounts: [named] }), { target: { accounts: [account(1)] } })
    expect(Object.keys(simulator.requests().aws).filter((operation) => operation.includes('Aggregat'))).to.deep.equal(
      [],
    )
  })

  it('end as the provider says where there is none of that name', async () => {
    const aggregators = [{ name: 'other', account_id: account(0), region: 'us-east-1' }]
    const result = await run(provider({ aggregators }))
    expect(result.artifacts).to.deep.equal([])
    expect(result.incomplete).to.have.length(1)
    expect(result.incomplete[0]).to.include({ outcome: 'failed', code: 'SCOPE_NOT_FOUND' })
  })

  it('have the preflight say that their role cannot be assumed, and ask nothing more', async () => {
    strike(simulator, { kind: 'denied', operation: 'AssumeRole' })
    const role_arn = `arn:aws:iam::${account(0)}:role/aggregator`
    const aggregators = [{ name: 'organization', account_id: account(0), region: 'us-east-1', role_arn }]
    const findings = await provider({ aggregators }).check({ asOf }, testContext())
    expect(findings).to.have.length(1)
    expect(findings[0]).to.include({ scope: account(0), check: 'credentials', status: 'missing' })
    expect(findings[0]!.advice).to.include(role_arn)
  })

  const rights = { List: 'missing', BatchGet: 'missing', Get: 'warning' } as const
  for (const [word, status] of Object.entries(rights)) {
    const operation = word === 'List' ? 'ListAggregateDiscoveredResources' : `${word}AggregateResourceConfig`
    it(`have the preflight name config:${operation} where it is not allowed`, async () => {
      strike(simulator, { kind: 'denied', operation })
      const findings = await provider().check({ asOf }, testContext())
      const wrong = findings.filter((finding) => finding.status !== 'ok')
      expect(wrong).to.have.length(1)
      expect(wrong[0]).to.include({ scope: account(0), check: `config:${operation}`, status })
    })
  }

  it('are part of the preflight', async () => {
    strike(
      simulator,
      { kind: 'source_failed', scope: account(1), region: 'us-east-1' },
      { kind: 'denied', operation: 'GetAggregateDiscoveredResourceCounts' },
    )
    const findings = await provider().check({ asOf }, testContext())
    const wrong = findings.filter(({ status }) => status !== 'ok')
    expect(wrong.map(({ scope, check, status }) => `${scope} ${check} ${status}`)).to.deep.equal([
      `${account(0)} config:GetAggregateDiscoveredResourceCounts missing`,
      `${account(1)} aggregator organization warning`,
    ])
  })
})

describe('An AWS Config aggregator of a large region', () => {
  let simulator: Simulator
  before(async () => {
    simulator = await startSimulator({ estate: { seed: 32, resources: 20_000, awsAccounts: 1, awsRegions: 1 } })
  })
  after(() => simulator.close())
  afterEach(() => simulator.setFaults([]))

  const provider = () => {
    const [account_id] = simulator.estate.awsAccounts
    const aggregators = [{ name: 'organization', account_id: account_id!, region: 'us-east-1' }]
    return awsProvider({ endpoint: simulator.awsEndpoint, accounts: [], aggregators })
  }
  const typesOf = ({ artifacts }: Run['ended'][number]) =>
    new Set(artifacts.map(({ metadata }) => metadata.native_type))

  for (const [what, target] of Object.entries({
    'all of it': {},
    'some services': { services: ['ec2', 's3', 'sqs'] },
  })) {
    it(`gives ${what} in slices that can be read at the same time, each type in one of them`, async () => {
      const result = await run(provider(), { target })
      expect(result.incomplete).to.deep.equal([])
      const ids = result.artifacts.map(({ metadata }) => metadata.resource_id)
      expect(ids.length).to.equal(new Set(ids).size)
      if (!target.services) expect(ids.length).to.equal(simulator.estate.count('aws'))
      const reading = result.ended.filter(({ slice }) => !slice.plans && slice.region !== 'global')
      expect(reading.length).to.be.greaterThan(2)
      for (const one of reading) if (one.expected!.count > 2000) expect(typesOf(one).size).to.equal(1)
      const types = reading.flatMap((one) => [...typesOf(one)])
      expect(types.length).to.equal(new Set(types).size)
    })
  }

  it('still gives what appears after it was counted', async () => {
    strike(simulator, { kind: 'sql_uncovered', table: QUEUE }, { kind: 'recorder_partial', table: QUEUE })
    const before = ({ plans }: Slice) => {
      if (!plans) strike(simulator)
    }
    const { artifacts } = await run(provider(), { before })
    expect(artifacts.some(({ metadata }) => metadata.native_type === QUEUE)).to.equal(true)
  })
})

describe('Several AWS Config aggregators', () => {
  const ABSENT = '123456789012'
  let simulator: Simulator
  before(async () => {
    simulator = await startSimulator({
      estate: { seed: 31, resources: 1200, awsAccounts: 3, awsRegions: 2 },
      awsAggregators: [
        { name: 'first', accounts: [0] },
        { name: 'second', accounts: [1] },
      ],
    })
  })
  after(() => simulator.close())
  afterEach(() => simulator.setFaults([]))

  const account = (n: number) => simulator.estate.awsAccounts[n]!
  // In two regions, so that a fault can be one's alone.
  const provider = (options: Partial<AwsOptions> = {}) =>
    awsProvider({
      endpoint: simulator.awsEndpoint,
      accounts: [],
      aggregators: [
        { name: 'first', account_id: account(0), region: 'us-east-1' },
        { name: 'second', account_id: account(0), region: 'eu-west-1' },
      ],
      ...options,
    })
  const endsOf = (result: Run, scope: string) => result.ended.filter(({ slice }) => slice.scope === scope)
  // A slice that planned others covers nothing itself.
  const outcomesOf = (result: Run, scope: string) => {
    const covering = endsOf(result, scope).filter(({ slice, outcome }) => !slice.plans || outcome !== 'complete')
    return new Set(covering.map(({ outcome }) => outcome))
  }
  const truthOf = (scope: string) =>
    simulator.estate
      .slices()
      .filter((slice) => slice.scope === scope)
      .reduce((sum, { count }) => sum + count, 0)

  it('read each account that is named where it is, and say of one that none has that it was not found', async () => {
    const result = await run(provider(), { target: { accounts: [account(0), account(1), ABSENT, account(2)] } })
    for (const scope of [account(0), account(1)]) {
      const ids = endsOf(result, scope).flatMap(({ artifacts }) =>
        artifacts.map(({ metadata }) => metadata.resource_id),
      )
      expect(ids.length, 'each once').to.equal(new Set(ids).size)
      expect(ids).to.have.length(truthOf(scope))
      expect([...outcomesOf(result, scope)]).to.deep.equal(['complete'])
    }
    const shown = result.incomplete.map(({ slice, outcome, code }) => `${slice.scope} ${outcome} ${code}`)
    expect(shown).to.deep.equal([`${ABSENT} failed SCOPE_NOT_FOUND`, `${account(2)} failed SCOPE_NOT_FOUND`])
    expect([...outcomesOf(result, ABSENT)]).to.deep.equal(['failed'])
  })

  for (const [kind, outcome] of [
    ['denied', 'denied'],
    ['server_error', 'failed'],
    ['throttle', 'throttled_out'],
  ] as const) {
    it(`call no account complete that the one that answers does not have, where the other ends as ${outcome}`, async () => {
      strike(simulator, { kind, region: 'us-east-1', operation: 'GetAggregateDiscoveredResourceCounts' })
      const result = await run(provider(), { target: { accounts: [account(0), account(1), ABSENT] } })
      expect([...outcomesOf(result, ABSENT)]).to.deep.equal([outcome])
      expect([...outcomesOf(result, account(0))]).to.deep.equal([outcome])
      expect([...outcomesOf(result, account(1))]).to.deep.equal(['complete'])
    })
  }

  it('leave accounts of an organization to their roles', async () => {
    const options = provider({ organization: { role_name: 'reader' } })
    const plan = await options.plan({ asOf, accounts: [account(0), ABSENT] }, testContext())
    expect(plan.slices.map(({ partition }) => partition)).to.not.include('aggregators')
  })

  it('are not complete of an account whose sources they can not tell', async () => {
    strike(simulator, { kind: 'denied', operation: 'DescribeConfigurationAggregatorSourcesStatus' })
    const result = await run(provider(), { target: { accounts: [ABSENT] } })
    expect([...outcomesOf(result, ABSENT)]).to.deep.equal(['denied'])
  })
})

describe('Several AWS Config aggregators that have the same account', () => {
  let simulator: Simulator
  const [HOME, OTHER] = ['us-east-1', 'eu-west-1'] as const
  before(async () => {
    simulator = await startSimulator({
      estate: { seed: 37, resources: 1800, awsAccounts: 3, awsRegions: [HOME, OTHER] },
      awsAggregators: [
        { name: 'home', accounts: [0, 1], regions: [HOME] },
        { name: 'elsewhere', accounts: [1], regions: [OTHER] },
        { name: 'all', accounts: [0, 1, 2] },
      ],
    })
  })
  after(() => simulator.close())
  afterEach(() => simulator.setFaults([]))

  const account = (n: number) => simulator.estate.awsAccounts[n]!
  const provider = (...names: readonly string[]) =>
    awsProvider({
      endpoint: simulator.awsEndpoint,
      accounts: [],
      aggregators: names.map((name) => ({ name, account_id: account(0), region: name === 'home' ? OTHER : HOME })),
    })
  const idsOf = ({ artifacts }: Run) => artifacts.map(({ metadata }) => metadata.resource_id)
  const everything = (result: Run) => {
    const ids = idsOf(result)
    expect(new Set(ids)).to.deep.equal(new Set(simulator.estate.ids('aws')))
    expect(ids.length, 'each once').to.equal(new Set(ids).size)
    expect(result.incomplete).to.deep.equal([])
  }
  /** Which aggregators the resources of an account and region were read from. */
  const readersOf = ({ ended }: Run, scope: string, region: string) =>
    new Set(
      ended
        .filter(({ artifacts }) =>
          artifacts.some(({ metadata }) => metadata.account_id === scope && metadata.region === region),
        )
        .map(({ slice }) => slice.partition.split('-').at(-1)),
    )

  it('read it once, each region from the first of them that has it', async () => {
    const result = await run(provider('home', 'elsewhere', 'all'))
    everything(result)
    for (const region of [HOME, 'global']) expect([...readersOf(result, account(1), region)]).to.deep.equal(['home'])
    expect([...readersOf(result, account(1), OTHER)]).to.deep.equal(['elsewhere'])
    expect([...readersOf(result, account(0), OTHER)]).to.deep.equal(['all'])
    expect([...readersOf(result, account(2), HOME)]).to.deep.equal(['all'])
  })

  it('read it all from the first where that has all', async () => {
    const result = await run(provider('all', 'home', 'elsewhere'))
    everything(result)
    for (const n of [0, 1, 2]) expect([...readersOf(result, account(n), HOME)]).to.deep.equal(['all'])
  })

  for (const [what, rules] of Object.entries({
    'queries do not cover a type': [{ kind: 'sql_uncovered', table: QUEUE }],
    'queries have half of a type': [{ kind: 'sql_short', table: QUEUE }],
    'every region reports the global types': [{ kind: 'globals_everywhere' }],
  } as const)) {
    it(`read it once where ${what}`, async () => {
      strike(simulator, ...rules)
      everything(await run(provider('home', 'elsewhere', 'all')))
    })
  }

  it('read an account once that the request names', async () => {
    const result = await run(provider('home', 'all'), { target: { accounts: [account(1)] } })
    expect(result.incomplete).to.deep.equal([])
    const ids = idsOf(result)
    expect(ids.length).to.equal(new Set(ids).size)
    const wanted = simulator.estate.slices().filter(({ scope }) => scope === account(1))
    expect(ids).to.have.length(wanted.reduce((sum, { count }) => sum + count, 0))
  })

  describe('say of a region that the request names and none of them collects', () => {
    const gapsOf = ({ ended }: Run) => ended.filter(({ slice }) => slice.partition === 'uncollected')
    const places = (result: Run) => new Set(gapsOf(result).map(({ slice }) => `${slice.scope} ${slice.region}`))
    // Those of other clouds are in a request too, and `global` is no region.
    const regions = [HOME, OTHER, 'westeurope', 'europe-west1', 'global']

    it('that it is not enabled there, and what to do', async () => {
      const result = await run(provider('home'), { target: { regions } })
      expect([...places(result)]).to.have.members([`${account(0)} ${OTHER}`, `${account(1)} ${OTHER}`])
      for (const { outcome, message } of gapsOf(result)) {
        expect(outcome).to.equal('not_enabled')
        expect(message).to.include(OTHER).and.include('(home)').and.include('aws_accounts')
      }
      expect(result.incomplete).to.have.length(2)
    })

    it('so of those accounts alone of which no other has it', async () => {
      const result = await run(provider('home', 'elsewhere'), { target: { regions } })
      expect([...places(result)]).to.have.members([`${account(0)} ${OTHER}`])
      const all = await run(provider('all', 'home', 'elsewhere'), { target: { regions } })
      expect([...places(all)]).to.deep.equal([])
      expect(all.incomplete).to.deep.equal([])
    })

    it('nothing where the request does not name it', async () => {
      expect(places(await run(provider('home'), { target: { regions: [HOME] } })).size).to.equal(0)
    })
  })

  describe('name the regions that they are told to leave out, where the request names none,', () => {
    const leftOut = ({ ended }: Run) =>
      new Map(
        ended
          .filter(({ slice }) => slice.partition === 'uncollected-regions')
          .map(({ slice, outcome, message }) => [slice.scope, { outcome, message }]),
      )

    it('as skipped, of each account that they have', async () => {
      const result = await run(provider('home'))
      expect([...leftOut(result).keys()].toSorted()).to.deep.equal([account(0), account(1)].toSorted())
      for (const { outcome, message } of leftOut(result).values()) {
        expect(outcome).to.equal('skipped')
        expect(message)
          .to.include(OTHER)
          .and.include('af-south-1')
          .and.not.include('cn-north-1')
          .and.not.include(`${HOME},`)
      }
      expect(result.incomplete).to.deep.equal([])
    })

    it('less those that another of them collects', async () => {
      const both = leftOut(await run(provider('home', 'elsewhere')))
      expect(both.get(account(0))!.message).to.include(OTHER)
      expect(both.get(account(1))!.message)
        .to.include('af-south-1')
        .and.not.include(OTHER)
      expect(leftOut(await run(provider('home', 'all'))).size).to.equal(0)
    })

    it('and go on where they may not be asked for that', async () => {
      strike(simulator, { kind: 'denied', operation: 'DescribeConfigurationAggregators' })
      const result = await run(provider('home'))
      expect(leftOut(result).size).to.equal(0)
      expect(result.incomplete).to.deep.equal([])
      expect(result.artifacts).to.not.have.length(0)
    })

    for (const [what, code, rules] of [
      ['is not there', 'SCOPE_NOT_FOUND', []],
      ['does not answer', 'UNAVAILABLE', [{ kind: 'server_error', region: HOME }]],
    ] as const) {
      it(`and go on where another ${what}`, async () => {
        strike(simulator, ...rules)
        const result = await run(provider('home', 'absent'))
        expect(leftOut(result).size).to.equal(0)
        const shown = result.incomplete.map((one) => `${one.slice.partition} ${one.code}`)
        expect(shown).to.deep.equal([`aggregator-absent ${code}`])
        expect([...readersOf(result, account(1), HOME)]).to.deep.equal(['home'])
      })
    }
  })

  describe('that has no roles at all', () => {
    const gapsOf = ({ incomplete }: Run) => incomplete.filter(({ slice }) => slice.partition === 'global-types')

    it('is not complete, since every account has some, and its recorders leave them out', async () => {
      const result = await run(provider('elsewhere'))
      expect(gapsOf(result).map(({ slice, outcome }) => `${slice.scope} ${outcome}`)).to.deep.equal([
        `${account(1)} not_enabled`,
      ])
      expect(gapsOf(result)[0]!.message).to.include('AWS::IAM::Role').and.include('aws_accounts')
      expect(gapsOf(await run(provider('elsewhere'), { target: { services: ['iam'] } }))).to.have.length(1)
    })

    it('is told of roles alone where they have the others of its IAM', async () => {
      strike(simulator, { kind: 'recorder_partial', table: 'AWS::IAM::Role' })
      const [gap, ...others] = gapsOf(await run(provider('home'), { target: { accounts: [account(1)] } }))
      expect(others).to.deep.equal([])
      expect(gap!.message).to.include('have no AWS::IAM::Role of')
      const target = { accounts: [account(1)], resourceTypes: ['aws:iam:user'] }
      const result = await run(provider('home'), { target })
      expect(result.artifacts).to.not.have.length(0)
      expect(result.incomplete).to.deep.equal([])
    })

    it('is not complete either where queries cover nothing of it', async () => {
      strike(simulator, { kind: 'sql_uncovered' })
      expect(gapsOf(await run(provider('elsewhere')))).to.have.length(1)
    })

    it('is so where another of them has its roles, or nobody asks for them', async () => {
      expect(gapsOf(await run(provider('elsewhere', 'home')))).to.deep.equal([])
      expect(gapsOf(await run(provider('elsewhere'), { target: { services: ['sqs'] } }))).to.deep.equal([])
      expect(gapsOf(await run(provider('elsewhere'), { target: { regions: [OTHER] } }))).to.deep.equal([])
    })
  })

  it('leave nothing out that the first of them has and does not give', async () => {
    strike(simulator, { kind: 'denied', region: OTHER, operation: 'GetAggregateDiscoveredResourceCounts' })
    const result = await run(provider('home', 'all'), { target: { accounts: [account(1)] } })
    const known = result.incomplete.filter(({ slice }) => slice.scope === account(1))
    expect(known.map(({ slice, outcome }) => `${slice.partition} ${outcome}`)).to.deep.equal(['plan-home denied'])
  })

  it('read it from the next where the first does not answer', async () => {
    strike(simulator, { kind: 'denied', region: OTHER })
    const result = await run(provider('home', 'all'))
    expect(new Set(idsOf(result))).to.deep.equal(new Set(simulator.estate.ids('aws')))
    expect(result.incomplete.map(({ slice, outcome }) => `${slice.partition} ${outcome}`)).to.deep.equal([
      'aggregator-home denied',
    ])
  })

  it('wait for the first where it is busy', async () => {
    strike(simulator, { kind: 'throttle', region: OTHER })
    const result = await run(provider('home', 'all'), { target: { accounts: [account(1)] } })
    expect(result.artifacts).to.deep.equal([])
    expect(new Set(result.incomplete.map(({ outcome }) => outcome))).to.deep.equal(new Set(['throttled_out']))
  })
})

describe('An AWS Config aggregator over an organization, which tells of no account', () => {
  let simulator: Simulator
  const [HOME, OTHER] = ['us-east-1', 'eu-west-1'] as const
  before(async () => {
    simulator = await startSimulator({
      estate: { seed: 38, resources: 1200, awsAccounts: 3, awsRegions: [HOME, OTHER] },
      awsAggregators: [
        { name: 'whole', accounts: [0, 1, 2], organization: true },
        { name: 'some', accounts: [0, 1], regions: [HOME, OTHER], organization: true },
        { name: 'third', accounts: [2] },
      ],
    })
  })
  after(() => simulator.close())
  afterEach(() => simulator.setFaults([]))

  const account = (n: number) => simulator.estate.awsAccounts[n]!
  const provider = (names: readonly string[], options: Partial<AwsOptions> = {}) =>
    awsProvider({
      endpoint: simulator.awsEndpoint,
      accounts: [],
      aggregators: names.map((name) => ({ name, account_id: account(0), region: HOME })),
      ...options,
    })
  const shown = ({ incomplete }: Run) =>
    incomplete.map(({ slice, outcome }) => `${slice.scope} ${slice.partition} ${outcome}`)

  it('is complete where each account and region has a recorder', async () => {
    const result = await run(provider(['whole']))
    expect(shown(result)).to.deep.equal([])
    expect(result.artifacts).to.have.length(simulator.estate.count('aws'))
  })

  for (const name of ['whole', 'organization']) {
    it(`is not where a region of an account has none (${name})`, async () => {
      strike(simulator, { kind: 'recorder_partial', scope: account(1), region: OTHER })
      const [gap, ...others] = (await run(provider([name]))).incomplete.filter(
        ({ slice }) => slice.scope === account(1),
      )
      expect(others).to.deep.equal([])
      expect(gap).to.include({ outcome: 'not_enabled', code: 'NOT_ENABLED' })
      expect(gap!.message).to.include(OTHER).and.include(account(1)).and.include('recorder').and.not.include(HOME)
    })
  }

  it('is not where an account has no recorder at all, whose regions one gap lists', async () => {
    const result = await run(provider(['some']))
    expect(shown(result)).to.deep.equal([`${account(2)} unfilled-some not_enabled`])
    expect(result.incomplete[0]!.message).to.include(`${OTHER}, ${HOME}`)
    const asked = await run(provider(['some']), { target: { regions: [OTHER] } })
    expect(shown(asked)).to.deep.equal([`${account(2)} unfilled-some not_enabled`])
    expect(asked.incomplete[0]!.message).to.include(OTHER).and.not.include(HOME)
    const global = await run(provider(['some']), { target: { regions: ['global'] } })
    expect(shown(global)).to.deep.equal([`${account(2)} unfilled-some not_enabled`])
  })

  it('leaves to others what another aggregator has, or the settings name', async () => {
    expect(shown(await run(provider(['some', 'third'])))).to.deep.equal([])
    const role_arn = `arn:aws:iam::${account(2)}:role/reader`
    const accounts = [{ account_id: account(2), regions: [HOME, OTHER], role_arn }]
    expect(shown(await run(provider(['some'], { accounts })))).to.deep.equal([])
  })

  it('leaves out accounts that the settings exclude', async () => {
    const organization = { role_name: 'reader', exclude: [account(2)] }
    const result = await run(provider(['some'], { organization }))
    expect(shown(result).filter((line) => line.includes('unfilled'))).to.deep.equal([])
  })

  it('skips regions that are off unless an account enables them, where another one has', async () => {
    const OPTIONAL = 'me-south-1'
    const other = await startSimulator({
      estate: { seed: 3, resources: 300, awsAccounts: 2, awsRegions: [HOME, OPTIONAL] },
      awsAggregators: [{ name: 'all', accounts: [0, 1], organization: true }],
    })
    const [owner, without] = other.estate.awsAccounts as [string, string]
    other.setFaults([{ provider: 'aws', kind: 'recorder_partial', scope: without, region: OPTIONAL }])
    const aggregators = [{ name: 'all', account_id: owner, region: HOME }]
    const own = awsProvider({ endpoint: other.awsEndpoint, accounts: [], aggregators })
    const unused = ({ ended }: Run) => ended.filter(({ slice }) => /^un(?:used|filled)-/.test(slice.partition))
    const [all, asked] = [await run(own), await run(own, { target: { regions: [OPTIONAL] } })]
    await other.close()
    const [skipped, ...more] = unused(all)
    expect(more).to.deep.equal([])
    expect(skipped).to.include({ outcome: 'skipped', code: 'REGIONS_LEFT_OUT' })
    expect(skipped!.slice.scope).to.equal(without)
    expect(unused(asked).map(({ outcome }) => outcome)).to.deep.equal(['not_enabled'])
  })

  it('says that such accounts can not be told where the organization may not be listed', async () => {
    strike(simulator, { kind: 'denied', operation: 'organizations:ListAccounts' })
    const result = await run(provider(['some']))
    expect(shown(result)).to.deep.equal([`${account(0)} unknown-accounts-some denied`])
    expect(result.incomplete[0]!.message).to.include("can't be told").and.include('organizations:ListAccounts')
  })

  it('asks for no other accounts than those that the request names', async () => {
    simulator.resetRequests()
    expect(shown(await run(provider(['some']), { target: { accounts: [account(0)] } }))).to.deep.equal([])
    expect(simulator.requests().aws).to.not.have.property('organizations:ListAccounts')
  })
})
