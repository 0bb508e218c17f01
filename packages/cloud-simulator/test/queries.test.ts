import { SelectResourceConfigCommand, type ConfigServiceClient } from '@aws-sdk/client-config-service'
import { expect } from 'chai'
import { after, before, describe, it } from 'mocha'
import { idsAbove, managementGroups, startSimulator, type Simulator } from '../src/index.ts'
import { assetClient, configClient, graphClient } from './clients.ts'

interface Refusal {
  readonly name: string
  readonly code: unknown
  readonly statusCode: number
  readonly message: string
  readonly details: unknown
}

const refusalOf = (promise: Promise<unknown>) =>
  promise.then(
    () => {
      throw new Error('it was not refused')
    },
    (thrown: unknown) => thrown as Refusal,
  )

describe('queries', () => {
  let simulator: Simulator
  let aws: ConfigServiceClient
  before(async () => {
    simulator = await startSimulator({ estate: { seed: 5, resources: 2000, awsRegions: 2 } })
    aws = configClient(simulator)
  })
  after(async () => {
    aws.destroy()
    await simulator.close()
  })

  const select = async (Expression: string, extra: { Limit?: number; NextToken?: string } = {}) => {
    const page = await aws.send(new SelectResourceConfigCommand({ Expression, Limit: 100, ...extra }))
    return { rows: page.Results!.map((row) => JSON.parse(row) as Record<string, unknown>), token: page.NextToken }
  }
  const refusedSql = async (expression: string) =>
    (await refusalOf(aws.send(new SelectResourceConfigCommand({ Expression: expression })))).name

  it('SELECT * gives the ten scalars and no configuration', async () => {
    const { rows } = await select('SELECT *')
    expect(Object.keys(rows[0]!)).to.include.members(['accountId', 'arn', 'resourceId', 'version'])
    expect(rows[0]).to.not.have.any.keys('configuration', 'tags', 'relationships')
  })

  it('gives configuration as an object, tags as a list and paths as asked', async () => {
    const { rows } = await select("SELECT configuration.instanceType, tags WHERE resourceType = 'AWS::EC2::Instance'")
    const [row] = rows as { configuration: Record<string, unknown>; tags: unknown[] }[]
    expect(row!.configuration).to.have.all.keys('instanceType')
    expect(row!.tags).to.be.an('array')
  })

  it('honours IN, LIKE, NOT, AND, OR and parentheses', async () => {
    const count = async (where: string) => Number((await select(`SELECT COUNT(*) WHERE ${where}`)).rows[0]!['COUNT(*)'])
    const instances = await count("resourceType = 'AWS::EC2::Instance'")
    const volumes = await count("resourceType = 'AWS::EC2::Volume'")
    const all = Number((await select('SELECT COUNT(*)')).rows[0]!['COUNT(*)'])
    const both = "resourceType IN ('AWS::EC2::Instance','AWS::EC2::Volume')"
    expect(await count(both)).to.equal(instances + volumes)
    expect(await count(`NOT (${both}) AND accountId = '${simulator.estate.awsAccounts[0]}'`)).to.equal(
      all - instances - volumes,
    )
    expect(await count("resourceType NOT IN ('AWS::EC2::Volume')")).to.equal(all - volumes)
    expect(
      await count("resourceType LIKE 'AWS::EC2::%' AND (resourceType = 'AWS::EC2::Volume' OR awsRegion = 'global')"),
    ).to.equal(volumes)
  })

  it('counts by what ids begin with', async () => {
    const count = async (where: string) => Number((await select(`SELECT COUNT(*) WHERE ${where}`)).rows[0]!['COUNT(*)'])
    const isVolume = "resourceType = 'AWS::EC2::Volume'"
    const prefixes = ['vol-0', 'vol-1', 'vol-2']
    const some = `(${prefixes.map((prefix) => `resourceId LIKE '${prefix}%'`).join(' OR ')})`
    const { rows } = await select(`SELECT resourceId WHERE ${isVolume}`)
    const like = rows.filter(({ resourceId }) => prefixes.some((prefix) => String(resourceId).startsWith(prefix)))
    expect(await count(`${isVolume} AND ${some}`)).to.equal(like.length)
    expect(await count(`${isVolume} AND NOT ${some}`)).to.equal(rows.length - like.length)
  })

  it('takes an underscore for any one character, and no more than three columns to group by', async () => {
    const count = async (where: string) => Number((await select(`SELECT COUNT(*) WHERE ${where}`)).rows[0]!['COUNT(*)'])
    expect(await count("resourceType LIKE 'AWS::E__::%'")).to.equal(
      (await count("resourceType LIKE 'AWS::EC2::%'")) +
        (await count("resourceType LIKE 'AWS::ECS::%'")) +
        (await count("resourceType LIKE 'AWS::EKS::%'")) +
        (await count("resourceType LIKE 'AWS::ECR::%'")) +
        (await count("resourceType LIKE 'AWS::EFS::%'")),
    )
    expect(await count("resourceType LIKE 'AWS.:EC2%'")).to.equal(0)
    const grouped = (...columns: string[]) => `SELECT ${columns.join()}, COUNT(*) GROUP BY ${columns.join()}`
    const three = ['accountId', 'awsRegion', 'resourceType']
    expect((await select(grouped(...three))).rows).to.not.have.length(0)
    expect(await refusedSql(grouped(...three, 'configurationItemStatus'))).to.equal('InvalidExpressionException')
  })

  it('finds one resource by its id', async () => {
    const { rows } = await select('SELECT resourceId, arn', { Limit: 7 })
    const found = await select(`SELECT arn WHERE resourceId = '${String(rows[6]!['resourceId'])}'`)
    expect(found.rows).to.deep.equal([{ arn: rows[6]!['arn'] }])
  })

  it('orders by a column, over all pages', async () => {
    const expression = "SELECT arn WHERE resourceType LIKE 'AWS::IAM::%' ORDER BY arn"
    const first = await select(expression, { Limit: 20 })
    const second = await select(expression, { Limit: 20, NextToken: first.token! })
    const arns = [...first.rows, ...second.rows].map(({ arn }) => String(arn))
    expect(arns).to.have.length.greaterThan(20)
    expect(arns).to.deep.equal(arns.toSorted((a, b) => (a < b ? -1 : 1)))
  })

  it('refuses what is not SQL of AWS Config', async () => {
    expect(await refusedSql('SELEC arn')).to.equal('InvalidExpressionException')
    expect(await refusedSql('SELECT nothing')).to.equal('InvalidExpressionException')
    expect(await refusedSql("SELECT arn WHERE resourceType LIKE '%Instance'")).to.equal('InvalidExpressionException')
    expect(await refusedSql('SELECT arn, COUNT(*)')).to.equal('InvalidExpressionException')
    expect(await refusedSql(`SELECT arn WHERE resourceId = '${'x'.repeat(5000)}'`)).to.equal(
      'InvalidExpressionException',
    )
  })

  it('refuses cursors and limits that cannot be', async () => {
    const { token } = await select('SELECT arn')
    const ask = async (input: { Expression: string; Limit?: number; NextToken?: string }) =>
      (await refusalOf(aws.send(new SelectResourceConfigCommand(input)))).name
    expect(await ask({ Expression: 'SELECT arn', NextToken: 'nonsense' })).to.equal('InvalidNextTokenException')
    expect(await ask({ Expression: 'SELECT resourceId', NextToken: token! })).to.equal('InvalidNextTokenException')
    expect(await ask({ Expression: 'SELECT arn', Limit: 101 })).to.equal('InvalidLimitException')
  })

  it('refuses operations and regions that it does not know as AWS does', async () => {
    const response = await fetch(simulator.awsEndpoint, {
      method: 'POST',
      headers: {
        'x-amz-target': 'StarlingDoveService.PutConfigRule',
        authorization: 'AWS4-HMAC-SHA256 Credential=AKIA/20260101/us-east-1/config/aws4_request',
      },
      body: '{}',
    })
    expect(response.status).to.equal(400)
    expect(await response.json()).to.include({ __type: 'UnknownOperationException' })
    const elsewhere = configClient(simulator, 'me-south-1')
    const refusal = await refusalOf(elsewhere.send(new SelectResourceConfigCommand({ Expression: 'SELECT arn' })))
    expect(refusal.name).to.equal('UnrecognizedClientException')
    elsewhere.destroy()
  })

  it('refuses KQL that Resource Graph would refuse', async () => {
    const graph = graphClient(simulator)
    const ask = (query: string) => refusalOf(graph.resources({ query }))
    const parser = await ask("resources | where type == 'x' | frobnicate")
    expect(parser).to.include({ statusCode: 400, code: 'InvalidQuery' })
    expect(await ask('resources | project nothing')).to.include({ statusCode: 400, code: 'InvalidQuery' })
    const table = await ask('nowhere | project id')
    expect(table).to.include({ statusCode: 400, code: 'BadRequest' })
    expect(JSON.stringify(table.details)).to.include('DisallowedLogicalTableName')
  })

  it('filters Azure resources by type, location and subscription', async () => {
    const graph = graphClient(simulator)
    const { data } = await graph.resources({
      query:
        "resources | where type startswith 'microsoft.compute/' and location in~ ('eastus', 'westeurope') and subscriptionId =~ '" +
        `${simulator.estate.azureSubscriptions[0]!.toUpperCase()}' | project id, type, location | order by id asc`,
    })
    const rows = data as { type: string; location: string }[]
    expect(rows).to.not.have.length(0)
    for (const row of rows) {
      expect(row.type).to.match(/^microsoft\.compute\//)
      expect(row.location).to.be.oneOf(['eastus', 'westeurope'])
    }
  })

  it('answers in the table format too', async () => {
    const graph = graphClient(simulator)
    const { data } = await graph.resources({
      query: 'resourcecontainers | project id, type',
      options: { resultFormat: 'table', top: 2 },
    })
    const { columns, rows } = data as { columns: { name: string }[]; rows: string[][] }
    expect(columns.map(({ name }) => name)).to.deep.equal(['id', 'type'])
    expect(rows).to.have.length(2)
  })

  it('gives no $skipToken where the query takes a limit', async () => {
    const graph = graphClient(simulator)
    const page = await graph.resources({ query: 'resources | project id | take 5', options: { top: 2 } })
    expect(page).to.include({ resultTruncated: 'true', count: 2, totalRecords: 5 })
    expect(page.skipToken).to.equal(undefined)
  })

  it('refuses a missing bearer token with 401 and a subscription it does not know with 403', async () => {
    expect(await refusalOf(graphClient(simulator, null).resources({ query: 'resources' }))).to.include({
      statusCode: 401,
    })
    const refusal = await refusalOf(
      graphClient(simulator).resources({ query: 'resources', subscriptions: ['00000000-0000-0000-0000-000000000000'] }),
    )
    expect(refusal).to.include({ statusCode: 403 })
  })

  it('gives Azure tokens and subscriptions', async () => {
    const { azureEndpoint, estate } = simulator
    const form = {
      grant_type: 'client_credentials',
      client_id: 'app',
      client_secret: 's',
      scope: 'https://management.azure.com/.default',
    }
    const signIn = await fetch(`${azureEndpoint}/${estate.azureTenant}/oauth2/v2.0/token`, {
      method: 'POST',
      body: new URLSearchParams(form),
    })
    const { access_token } = (await signIn.json()) as { access_token: string }
    const list = await fetch(`${azureEndpoint}/subscriptions?api-version=2022-12-01`, {
      headers: { authorization: `Bearer ${access_token}` },
    })
    const { value } = (await list.json()) as { value: { subscriptionId: string }[] }
    expect(value.map(({ subscriptionId }) => subscriptionId)).to.deep.equal(estate.azureSubscriptions)
  })

  it('counts Azure resources by column and by the hash of the id, in agreement with each other', async () => {
    const graph = graphClient(simulator)
    const rows = async (query: string) =>
      (await graph.resources({ query, options: { resultFormat: 'objectArray' } })).data as {
        rows: number
        bucket: number
      }[]
    const sum = (counted: readonly { rows: number }[]) => counted.reduce((total, one) => total + one.rows, 0)
    const bySubscription = await rows('resources | summarize rows = count() by subscriptionId')
    const byBucket = await rows('resources | summarize rows = count() by bucket = hash(tolower(id)) % 7')
    expect(bySubscription).to.have.length(simulator.estate.azureSubscriptions.length)
    expect(byBucket.map(({ bucket }) => bucket)).to.have.members([0, 1, 2, 3, 4, 5, 6])
    expect(sum(byBucket)).to.equal(sum(bySubscription))
    const part = await rows('resources | where hash(tolower(id)) % 7 == 3 | summarize rows = count()')
    expect(sum(part)).to.equal(byBucket.find(({ bucket }) => bucket === 3)!.rows)
  })

  it('shows what stands above subscriptions to queries of management groups and of the tenant only', async () => {
    const graph = graphClient(simulator)
    const above = async (scope: { subscriptions?: string[]; managementGroups?: string[] }) => {
      const query = 'authorizationresources | where isempty(subscriptionId) | project id'
      return ((await graph.resources({ ...scope, query })).data as { id: string }[]).map(({ id }) => id.toLowerCase())
    }
    const groups = managementGroups(simulator.estate)
    const isAssignment = (id: string) => id.includes('/roleassignments/')
    expect(await above({ subscriptions: [...simulator.estate.azureSubscriptions] })).to.deep.equal([])
    expect(await above({})).to.have.members(idsAbove(groups).filter(isAssignment))
    const [, child] = groups
    expect(await above({ managementGroups: [child!.name] })).to.have.members(idsAbove([child!]).filter(isAssignment))
    const refusal = await refusalOf(graph.resources({ managementGroups: ['nowhere'], query: 'resources' }))
    expect(refusal).to.include({ statusCode: 403 })
  })

  it('answers in the letter case that each of the APIs has', async () => {
    const { data } = await graphClient(simulator).resources({
      query: "resources | where type =~ 'MICROSOFT.COMPUTE/DISKS' | project id, type, resourceGroup | order by id asc",
    })
    const [row] = data as { id: string; type: string; resourceGroup: string }[]
    expect(row!.type).to.equal('microsoft.compute/disks')
    expect(row!.id).to.include('/providers/Microsoft.Compute/disks/')
    expect(row!.resourceGroup).to.equal(row!.resourceGroup.toLowerCase())
  })

  it('refuses what Azure would refuse of scopes and options', async () => {
    const graph = graphClient(simulator)
    const wrong = { authorizationScopeFilter: 'Everywhere' as 'AtScopeExact' }
    expect(await refusalOf(graph.resources({ query: 'resources', options: wrong }))).to.include({ statusCode: 400 })
    const modulus = await refusalOf(graph.resources({ query: 'resources | where hash(tolower(id)) % 0 == 0' }))
    expect(modulus).to.include({ statusCode: 400, code: 'InvalidQuery' })
  })

  it('lists Google Cloud assets by expression, and names only where no content is asked for', async () => {
    const client = assetClient(simulator)
    const parent = `organizations/${simulator.estate.gcpOrganization}`
    const list = async (assetTypes: string[], contentType?: 'RESOURCE' | 'IAM_POLICY') =>
      (
        await client.listAssets(
          { parent, assetTypes, pageSize: 1000, ...(contentType && { contentType }) },
          { autoPaginate: false },
        )
      )[0]
    const compute = await list(['compute.googleapis.com.*'], 'RESOURCE')
    expect(compute).to.not.have.length(0)
    for (const { assetType, resource } of compute) {
      expect(assetType).to.match(/^compute\.googleapis\.com/)
      expect(resource).to.not.equal(null)
    }
    const names = await list(['compute.googleapis.com.*'])
    expect(names.map(({ name }) => name)).to.deep.equal(compute.map(({ name }) => name))
    expect(names[0]!.resource).to.equal(null)
    const policies = await list(['storage.googleapis.com/Bucket'], 'IAM_POLICY')
    expect(policies[0]!.iamPolicy!.bindings!.length).to.be.greaterThan(0)
    await client.close()
  })

  it('refuses what Cloud Asset Inventory would refuse', async () => {
    const client = assetClient(simulator)
    const [project] = simulator.estate.gcpProjects
    const ask = async (request: object) => (await refusalOf(client.listAssets(request, { autoPaginate: false }))).code
    expect(await ask({ parent: `projects/${project}`, assetTypes: ['nothing.*'] })).to.equal(3)
    expect(await ask({ parent: `projects/${project}`, pageToken: 'nonsense' })).to.equal(3)
    expect(await ask({ parent: 'projects/unknown' })).to.equal(7)
    const unimplemented = await refusalOf(
      client.searchAllIamPolicies({ scope: `projects/${project}` }, { autoPaginate: false, retry: null }),
    )
    expect(unimplemented.code).to.equal(12)
    await client.close()
  })
})
