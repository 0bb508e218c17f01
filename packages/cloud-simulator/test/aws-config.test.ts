import {
  BatchGetResourceConfigCommand,
  DescribeConfigurationAggregatorSourcesStatusCommand,
  DescribeConfigurationRecordersCommand,
  DescribeConfigurationRecorderStatusCommand,
  GetAggregateDiscoveredResourceCountsCommand,
  GetDiscoveredResourceCountsCommand,
  GetResourceConfigHistoryCommand,
  ListDiscoveredResourcesCommand,
  SelectAggregateResourceConfigCommand,
  SelectResourceConfigCommand,
  type ConfigServiceClient,
} from '@aws-sdk/client-config-service'
import { expect } from 'chai'
import { after, afterEach, before, describe, it } from 'mocha'
import { startSimulator, type FaultRule, type Simulator } from '../src/index.ts'
import { configClient } from './clients.ts'

const QUEUE = 'AWS::SQS::Queue'

describe("AWS Config's pitfalls", () => {
  let simulator: Simulator
  let aws: ConfigServiceClient
  before(async () => {
    simulator = await startSimulator({ estate: { seed: 6, resources: 2000, awsAccounts: 2, awsRegions: 2 } })
    aws = configClient(simulator)
  })
  after(async () => {
    aws.destroy()
    await simulator.close()
  })
  afterEach(() => simulator.setFaults([]))

  const strike = (...rules: Omit<FaultRule, 'provider'>[]) =>
    simulator.setFaults(rules.map((rule) => ({ provider: 'aws', ...rule })))
  const queried = async (condition = `resourceType = '${QUEUE}'`) => {
    const Expression = `SELECT COUNT(*) WHERE ${condition}`
    const { Results } = await aws.send(new SelectResourceConfigCommand({ Expression }))
    return (JSON.parse(Results![0]!) as Record<string, number>)['COUNT(*)']!
  }
  const discovered = async () => {
    const answer = await aws.send(new GetDiscoveredResourceCountsCommand({ resourceTypes: [QUEUE] }))
    return answer.resourceCounts?.[0]?.count ?? 0
  }
  const listed = async () =>
    (await aws.send(new ListDiscoveredResourcesCommand({ resourceType: QUEUE }))).resourceIdentifiers!

  const history = async (resourceId: string) => {
    let nextToken: string | undefined
    for (let empty = 0; ; empty++) {
      const input = { resourceType: QUEUE, resourceId, limit: 1, ...(nextToken && { nextToken }) } as const
      const answer = await aws.send(new GetResourceConfigHistoryCommand(input))
      const [item] = answer.configurationItems!
      if (item) return { item, empty }
      expect(answer.nextToken).to.be.a('string')
      nextToken = answer.nextToken
    }
  }

  it('are absent by default: all ways say the same', async () => {
    expect(await queried()).to.be.greaterThan(1)
    expect(await discovered()).to.equal(await queried())
    expect(await listed()).to.have.length(await queried())
  })

  it('hide types and parts of them from queries', async () => {
    const all = await queried()
    strike({ kind: 'sql_uncovered', table: QUEUE })
    expect([await queried(), await discovered()]).to.deep.equal([0, all])
    strike({ kind: 'sql_short', table: QUEUE })
    expect([await queried(), await discovered()]).to.deep.equal([Math.floor(all / 2), all])
  })

  it('let counts lag behind', async () => {
    strike({ kind: 'counts_lag', table: QUEUE })
    expect(await discovered()).to.be.greaterThan(await queried())
  })

  it('have a recorder that was started minutes ago, and counts half of what is there in all ways', async () => {
    const before = await queried()
    strike({ kind: 'recorder_fresh' })
    const half = Math.ceil(before / 2)
    expect([await queried(), await discovered(), (await listed()).length]).to.deep.equal([half, half, half])
    const { ConfigurationRecordersStatus } = await aws.send(new DescribeConfigurationRecorderStatusCommand({}))
    expect(Date.now() - ConfigurationRecordersStatus![0]!.lastStartTime!.getTime()).to.be.within(60_000, 600_000)
  })

  it('leave a type out of the recorder, which is then listed, and given without what is recorded', async () => {
    strike({ kind: 'recorder_partial', table: QUEUE })
    expect([await queried(), await discovered()]).to.deep.equal([0, 0])
    const [first] = await listed()
    const keys = [{ resourceType: QUEUE, resourceId: first!.resourceId }] as const
    const { baseConfigurationItems } = await aws.send(new BatchGetResourceConfigCommand({ resourceKeys: [...keys] }))
    expect(baseConfigurationItems).to.have.length(1)
    expect(baseConfigurationItems![0]).to.include({ ...keys[0], configurationItemStatus: 'ResourceNotRecorded' })
    expect(baseConfigurationItems![0]!.configuration).to.equal(undefined)
    const { ConfigurationRecorders } = await aws.send(new DescribeConfigurationRecordersCommand({}))
    expect(ConfigurationRecorders![0]!.recordingGroup!.exclusionByResourceTypes!.resourceTypes).to.deep.equal([QUEUE])
  })

  it('have items of deleted resources, which are not counted', async () => {
    const before = await queried()
    const ids = new Set((await listed()).map(({ resourceId }) => resourceId))
    strike({ kind: 'deleted_items', table: QUEUE })
    expect(await discovered()).to.equal(before)
    expect(await queried()).to.be.greaterThan(before)
    expect(await queried(`resourceType = '${QUEUE}' AND configurationItemStatus = 'OK'`)).to.equal(before)
    const gone = (await listed()).filter(({ resourceId }) => !ids.has(resourceId))
    expect(await queried(`configurationItemStatus IN ('ResourceDeleted')`)).to.equal(gone.length)
    const resourceKeys = gone.map(({ resourceId }) => ({ resourceType: QUEUE, resourceId }) as const)
    const { baseConfigurationItems } = await aws.send(new BatchGetResourceConfigCommand({ resourceKeys }))
    expect(baseConfigurationItems).to.have.length(gone.length)
    for (const item of baseConfigurationItems!) expect(item.configurationItemStatus).to.equal('ResourceDeleted')
  })

  it('leave keys of a batch unprocessed', async () => {
    const resourceKeys = (await listed()).map(({ resourceId }) => ({ resourceType: QUEUE, resourceId }) as const)
    strike({ kind: 'unprocessed_keys', times: 1 })
    const answer = await aws.send(new BatchGetResourceConfigCommand({ resourceKeys }))
    const { baseConfigurationItems: items = [], unprocessedResourceKeys: left = [] } = answer
    expect(left).to.not.have.length(0)
    expect(items.length + left.length).to.equal(resourceKeys.length)
  })

  it('never process some keys in a batch, of which history gives every other', async () => {
    strike({ kind: 'oversized', table: QUEUE })
    const resourceKeys = (await listed()).map(({ resourceId }) => ({ resourceType: QUEUE, resourceId }) as const)
    const { unprocessedResourceKeys = [] } = await aws.send(new BatchGetResourceConfigCommand({ resourceKeys }))
    expect(unprocessedResourceKeys).to.have.length.greaterThan(1)
    const endings = await Promise.all(
      unprocessedResourceKeys.map(({ resourceId }) =>
        history(resourceId!).then(
          ({ item }) => item.resourceId === resourceId,
          (thrown: Error) => thrown.name,
        ),
      ),
    )
    expect(new Set(endings)).to.deep.equal(new Set([true, 'ResourceNotDiscoveredException']))
  })

  it('give the history of one resource week by week, and the item whole', async () => {
    const ids = (await listed()).map(({ resourceId }) => resourceId!)
    const histories = await Promise.all(ids.map(history))
    expect(new Set(histories.map(({ empty }) => empty)))
      .to.include(0)
      .and.to.include(1)
    for (const { item } of histories) {
      expect(item.configuration).to.be.a('string')
      expect(item.tags).to.be.an('object')
      expect(item.relationships).to.be.an('array')
      expect(item.configurationItemCaptureTime).to.be.instanceOf(Date)
    }
  })

  it('know no history of what is not there, nor where there is no recorder', async () => {
    const nameOf = (thrown: Error) => thrown.name
    expect(await history('none').catch(nameOf)).to.equal('ResourceNotDiscoveredException')
    strike({ kind: 'recorder_off' })
    expect(await history('none').catch(nameOf)).to.equal('NoAvailableConfigurationRecorderException')
  })

  describe('of aggregators', () => {
    const ConfigurationAggregatorName = 'organization'
    const aggregated = async (condition: string) => {
      const Expression = `SELECT COUNT(*) WHERE ${condition}`
      const { Results } = await aws.send(
        new SelectAggregateResourceConfigCommand({ ConfigurationAggregatorName, Expression }),
      )
      return (JSON.parse(Results![0]!) as Record<string, number>)['COUNT(*)']!
    }

    it('have every account and region, and count them by what is asked for', async () => {
      const { TotalDiscoveredResources, GroupedResourceCounts } = await aws.send(
        new GetAggregateDiscoveredResourceCountsCommand({ ConfigurationAggregatorName, GroupByKey: 'ACCOUNT_ID' }),
      )
      expect(TotalDiscoveredResources).to.equal(simulator.estate.count('aws'))
      expect(GroupedResourceCounts!.map(({ GroupName }) => GroupName)).to.deep.equal(simulator.estate.awsAccounts)
    })

    it('repeat global types that several recorders have', async () => {
      const condition = "resourceType LIKE 'AWS::IAM::%'"
      const once = await aggregated(condition)
      strike({ kind: 'globals_everywhere' })
      expect(await aggregated(condition)).to.equal(2 * once)
    })

    it('have nothing of a source that failed, and say so', async () => {
      const [scope] = simulator.estate.awsAccounts
      strike({ kind: 'source_failed', scope: scope!, region: 'us-east-1' })
      expect(await aggregated(`accountId = '${scope}' AND awsRegion = 'us-east-1'`)).to.equal(0)
      const { AggregatedSourceStatusList } = await aws.send(
        new DescribeConfigurationAggregatorSourcesStatusCommand({ ConfigurationAggregatorName }),
      )
      const failed = AggregatedSourceStatusList!.filter(({ LastUpdateStatus }) => LastUpdateStatus === 'FAILED')
      expect(failed.map(({ SourceId, AwsRegion }) => [SourceId, AwsRegion])).to.deep.equal([[scope, 'us-east-1']])
    })

    it('do not exist under another name', async () => {
      const input = { ConfigurationAggregatorName: 'other', Expression: 'SELECT COUNT(*)' }
      const refusal = await aws
        .send(new SelectAggregateResourceConfigCommand(input))
        .catch((thrown: unknown) => (thrown as Error).name)
      expect(refusal).to.equal('NoSuchConfigurationAggregatorException')
    })
  })
})
