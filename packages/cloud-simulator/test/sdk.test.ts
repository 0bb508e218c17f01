import {
  BatchGetResourceConfigCommand,
  DescribeConfigurationRecordersCommand,
  DescribeConfigurationRecorderStatusCommand,
  GetDiscoveredResourceCountsCommand,
  ListDiscoveredResourcesCommand,
  SelectResourceConfigCommand,
  type ConfigServiceClient,
} from '@aws-sdk/client-config-service'
import { AssumeRoleCommand, GetCallerIdentityCommand } from '@aws-sdk/client-sts'
import { expect } from 'chai'
import { after, before, describe, it } from 'mocha'
import { startSimulator, type Simulator } from '../src/index.ts'
import { assetClient, configClient, graphClient, stsClient } from './clients.ts'

const COLUMNS = 'arn, resourceType, resourceId, resourceName, awsRegion, accountId, configuration, tags, relationships'
type Row = Record<string, unknown>

async function selectAll(client: ConfigServiceClient, expression: string): Promise<Row[]> {
  const rows: Row[] = []
  let token: string | undefined
  do {
    const page = await client.send(
      new SelectResourceConfigCommand({ Expression: expression, Limit: 100, ...(token && { NextToken: token }) }),
    )
    rows.push(...page.Results!.map((result) => JSON.parse(result) as Row))
    token = page.NextToken
  } while (token)
  return rows
}

describe('the simulator, through the unmodified SDKs', () => {
  let simulator: Simulator
  before(async () => {
    simulator = await startSimulator({
      estate: { seed: 7, resources: 6000, awsAccounts: 2, awsRegions: 2, azureSubscriptions: 3, gcpProjects: 3 },
    })
  })
  after(() => simulator.close())

  const asAccount = async (account: string, region: string) => {
    const sts = stsClient(simulator)
    const { Credentials } = await sts.send(
      new AssumeRoleCommand({ RoleArn: `arn:aws:iam::${account}:role/reader`, RoleSessionName: 'test' }),
    )
    sts.destroy()
    return configClient(simulator, region, {
      accessKeyId: Credentials!.AccessKeyId!,
      secretAccessKey: Credentials!.SecretAccessKey!,
      sessionToken: Credentials!.SessionToken!,
    })
  }

  it('gives every AWS resource once over all accounts and regions', async () => {
    const arns: string[] = []
    for (const account of simulator.estate.awsAccounts) {
      for (const region of simulator.estate.awsRegions) {
        const client = await asAccount(account, region)
        const rows = await selectAll(client, `SELECT ${COLUMNS}`)
        for (const row of rows) expect(row['accountId']).to.equal(account)
        arns.push(...rows.map((row) => row['arn'] as string))
        client.destroy()
      }
    }
    expect(arns.toSorted()).to.deep.equal([...simulator.estate.ids('aws')].toSorted())
    expect(new Set(arns).size).to.equal(simulator.estate.count('aws'))
  })

  it('relates AWS resources only to resources that exist', async () => {
    const account = simulator.estate.awsAccounts[0]!
    const ids = new Set<unknown>()
    const related: string[] = []
    for (const region of simulator.estate.awsRegions) {
      const client = await asAccount(account, region)
      for (const row of await selectAll(client, 'SELECT resourceId, relationships')) {
        ids.add(row['resourceId'])
        for (const { resourceId } of row['relationships'] as { resourceId: string }[]) related.push(resourceId)
      }
      client.destroy()
    }
    expect(related).to.not.have.length(0)
    expect(related.filter((id) => !ids.has(id))).to.deep.equal([])
  })

  it('answers the other operations of AWS Config in agreement with the query', async () => {
    const client = configClient(simulator)
    const { ConfigurationRecorders } = await client.send(new DescribeConfigurationRecordersCommand({}))
    expect(ConfigurationRecorders).to.have.length(1)
    const status = await client.send(new DescribeConfigurationRecorderStatusCommand({}))
    expect(status.ConfigurationRecordersStatus![0]!.recording).to.equal(true)
    const counts = await client.send(new GetDiscoveredResourceCountsCommand({}))
    const rows = await selectAll(client, "SELECT resourceId WHERE resourceType = 'AWS::EC2::Instance'")
    const instances = counts.resourceCounts!.find(({ resourceType }) => resourceType === 'AWS::EC2::Instance')
    expect(instances!.count).to.equal(rows.length)
    const listed = await client.send(new ListDiscoveredResourcesCommand({ resourceType: 'AWS::EC2::Instance' }))
    const keys = listed.resourceIdentifiers!.map(({ resourceId }) => ({
      resourceType: 'AWS::EC2::Instance' as const,
      resourceId: resourceId!,
    }))
    const batch = await client.send(new BatchGetResourceConfigCommand({ resourceKeys: keys }))
    expect(batch.baseConfigurationItems!.map(({ resourceId }) => resourceId)).to.deep.equal(
      keys.map(({ resourceId }) => resourceId),
    )
    const { configuration } = batch.baseConfigurationItems![0]!
    expect((JSON.parse(configuration!) as Row)['instanceId']).to.equal(keys[0]!.resourceId)
    client.destroy()
  })

  it('groups and counts AWS resources in SQL', async () => {
    const client = configClient(simulator)
    const groups = await selectAll(client, 'SELECT resourceType, COUNT(*) GROUP BY resourceType')
    const [total] = await selectAll(client, 'SELECT COUNT(*)')
    expect(groups.reduce((sum, group) => sum + Number(group['COUNT(*)']), 0)).to.equal(total!['COUNT(*)'])
    client.destroy()
  })

  it('says who calls', async () => {
    const sts = stsClient(simulator)
    const { Account } = await sts.send(new GetCallerIdentityCommand({}))
    expect(Account).to.equal(simulator.estate.awsAccounts[0])
    sts.destroy()
  })

  it('gives every Azure resource once over all tables', async () => {
    const client = graphClient(simulator)
    const { azureSubscriptions: subscriptions } = simulator.estate
    const tables = new Set(simulator.estate.slices().flatMap(({ table }) => table ?? []))
    expect(tables.size).to.be.at.least(12)
    const ids: string[] = []
    for (const table of tables) {
      let skipToken: string | undefined
      do {
        const page = await client.resources({
          subscriptions: [...subscriptions],
          query: `${table} | project id, name, type, location, tags, properties | order by id asc`,
          options: { resultFormat: 'objectArray', top: 1000, ...(skipToken && { skipToken }) },
        })
        ids.push(...(page.data as { id: string }[]).map(({ id }) => id.toLowerCase()))
        skipToken = page.skipToken
      } while (skipToken)
    }
    expect(ids.toSorted()).to.deep.equal([...simulator.estate.ids('azure')].toSorted())
  })

  it('partitions Azure resources by the hash of their id', async () => {
    const client = graphClient(simulator)
    const subscription = simulator.estate.azureSubscriptions[0]!
    let sum = 0
    for (const part of [0, 1, 2]) {
      const { data, count, totalRecords } = await client.resources({
        query: `resources | where subscriptionId =~ '${subscription}' and hash(tolower(id)) % 3 == ${part} | project id`,
      })
      expect((data as unknown[]).length)
        .to.equal(count)
        .and.equal(totalRecords)
      sum += count
    }
    const total = await client.resources({ query: 'resources | summarize total = count() by subscriptionId' })
    const groups = total.data as { subscriptionId: string; total: number }[]
    expect(groups.find(({ subscriptionId }) => subscriptionId === subscription)!.total).to.equal(sum)
  })

  it('gives every Google Cloud resource once, in pages', async () => {
    const client = assetClient(simulator)
    const names: string[] = []
    for (const project of simulator.estate.gcpProjects) {
      let pageToken = ''
      do {
        const [assets, , raw] = await client.listAssets(
          { parent: `projects/${project}`, contentType: 'RESOURCE', pageSize: 300, pageToken },
          { autoPaginate: false },
        )
        names.push(...assets.map(({ name }) => name!))
        for (const { resource, updateTime } of assets) {
          expect(Object.keys(resource!.data!.fields!)).to.not.have.length(0)
          expect(Number(updateTime!.seconds)).to.be.greaterThan(0)
        }
        pageToken = (raw as { nextPageToken?: string }).nextPageToken ?? ''
      } while (pageToken)
    }
    expect(names.toSorted()).to.deep.equal([...simulator.estate.ids('gcp')].toSorted())
    await client.close()
  })

  it('counts what it saw', async () => {
    simulator.resetRequests()
    const client = configClient(simulator)
    await client.send(new SelectResourceConfigCommand({ Expression: 'SELECT arn' }))
    await client.send(new SelectResourceConfigCommand({ Expression: 'nonsense' })).catch(() => {})
    expect(simulator.requests().aws).to.deep.equal({
      SelectResourceConfig: { total: 2, ok: 1, throttled: 0, failed: 1 },
    })
    client.destroy()
  })
})
