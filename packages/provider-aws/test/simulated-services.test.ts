import { CloudControlClient, ListResourcesCommand } from '@aws-sdk/client-cloudcontrol'
import { AccountClient, ListRegionsCommand } from '@aws-sdk/client-account'
import { ConfigServiceClient, SelectResourceConfigCommand } from '@aws-sdk/client-config-service'
import { ListAccountsCommand, ListRootsCommand, OrganizationsClient } from '@aws-sdk/client-organizations'
import {
  ListResourcesCommand as ExplorerListCommand,
  ListIndexesCommand,
  ResourceExplorer2Client,
  SearchCommand,
} from '@aws-sdk/client-resource-explorer-2'
import { GetResourcesCommand, ResourceGroupsTaggingAPIClient } from '@aws-sdk/client-resource-groups-tagging-api'
import { startSimulator, type Simulator } from '@cae/cloud-simulator'
import { expect } from 'chai'
import { after, afterEach, before, describe, it } from 'mocha'
import { CLOUD_CONTROL_TYPES } from '../src/unrecorded/cloud-control-types.ts'
import { strike } from './over-the-wire.ts'

describe("the simulator's services beside Config, through the unmodified SDKs", () => {
  let simulator: Simulator
  before(async () => {
    simulator = await startSimulator({ estate: { seed: 4, resources: 30_000, awsAccounts: 1, awsRegions: 1 } })
  })
  after(() => simulator.close())
  afterEach(() => simulator.setFaults([]))

  const options = (region = 'us-east-1', endpoint = simulator.awsEndpoint) => ({
    endpoint,
    region,
    credentials: { accessKeyId: 'AKIASIMULATOR0000000', secretAccessKey: 'secret' },
    maxAttempts: 1,
  })
  const nameOf = (work: Promise<unknown>) =>
    work.then(
      () => 'ok',
      (thrown: Error) => thrown.name,
    )
  const cloudControl = (TypeName: string, input: { NextToken?: string } = {}) =>
    new CloudControlClient(options()).send(new ListResourcesCommand({ TypeName, ...input }))
  const explorer = () => new ResourceExplorer2Client(options())

  it('Cloud Control gives properties as JSON in a string, a hundred resources in a page, buckets by the thousand', async () => {
    const { ResourceDescriptions = [], NextToken } = await cloudControl('AWS::EC2::Volume')
    expect(ResourceDescriptions).to.have.length(100)
    const { Identifier, Properties } = ResourceDescriptions[0]!
    expect(JSON.parse(Properties!)).to.include({ VolumeId: Identifier }).and.to.have.property('Tags')
    const second = await cloudControl('AWS::EC2::Volume', { NextToken: NextToken! })
    expect(second.ResourceDescriptions![0]!.Identifier).to.not.equal(Identifier)
    expect((await cloudControl('AWS::S3::Bucket')).ResourceDescriptions!.length).to.be.greaterThan(100)
  })

  it('Cloud Control tells a type that it does not know from one that it does not list, and both from none', async () => {
    expect(await nameOf(cloudControl('AWS::ACM::Certificate'))).to.equal('TypeNotFoundException')
    expect(await nameOf(cloudControl('AWS::CertificateManager::Certificate'))).to.equal('UnsupportedActionException')
    expect((await cloudControl('AWS::StepFunctions::StateMachine')).ResourceDescriptions).to.deep.equal([])
    for (const type of CLOUD_CONTROL_TYPES) expect(await nameOf(cloudControl(type)), type).to.equal('ok')
  })

  it('Resource Explorer gives no token with a page of a thousand, though there is more', async () => {
    const page = await explorer().send(new ExplorerListCommand({ MaxResults: 1000 }))
    expect([page.Resources!.length, page.NextToken]).to.deep.equal([1000, undefined])
    const smaller = await explorer().send(new ExplorerListCommand({ MaxResults: 999 }))
    expect(smaller.NextToken).to.be.a('string')
    expect(smaller.Resources![0]!.LastReportedAt).to.be.instanceOf(Date)
  })

  it('Resource Explorer counts a thousand results of a search and says where that is not all', async () => {
    const { Count } = await explorer().send(new SearchCommand({ QueryString: '' }))
    expect(Count).to.deep.equal({ TotalResources: 1000, Complete: false })
    const few = await explorer().send(new SearchCommand({ QueryString: 'service:eks' }))
    expect(few.Count!.Complete).to.equal(true)
    let NextToken: string | undefined
    let found = 0
    do {
      const page = await explorer().send(new SearchCommand({ QueryString: '', MaxResults: 400, NextToken }))
      found += page.Resources!.length
      NextToken = page.NextToken
    } while (NextToken)
    expect(found).to.equal(1000)
  })

  it('Resource Explorer answers 401 without an index, whoever asks', async () => {
    strike(simulator, { kind: 'index_off' })
    expect(await nameOf(explorer().send(new SearchCommand({ QueryString: '' })))).to.equal('UnauthorizedException')
  })

  it('the Tagging API refuses ARNs together with a page size', async () => {
    const client = new ResourceGroupsTaggingAPIClient(options())
    const input = { ResourceARNList: ['arn:aws:s3:::a'], ResourcesPerPage: 10 }
    expect(await nameOf(client.send(new GetResourcesCommand(input)))).to.equal('InvalidParameterException')
  })

  it('refuses operations that it does not know, as each protocol does', async () => {
    const organizations = new OrganizationsClient(options())
    expect(await nameOf(organizations.send(new ListRootsCommand({})))).to.equal('UnknownOperationException')
    expect(await nameOf(explorer().send(new ListIndexesCommand({})))).to.equal('UnknownOperationException')
  })

  it('refuses regions that are off, and page sizes that cannot be', async () => {
    const away = new CloudControlClient(options('sa-east-1'))
    expect(await nameOf(away.send(new ListResourcesCommand({ TypeName: 'AWS::EC2::VPC' })))).to.equal(
      'UnrecognizedClientException',
    )
    const organizations = new OrganizationsClient(options())
    expect(await nameOf(organizations.send(new ListAccountsCommand({ MaxResults: 21 })))).to.equal(
      'InvalidInputException',
    )
  })

  it('refuses what is signed for another region than that of a service that is one for all', async () => {
    const account = new AccountClient(options('eu-west-1'))
    expect(await nameOf(account.send(new ListRegionsCommand({})))).to.equal('InvalidSignatureException')
  })

  it('strikes Config alone with what only Config knows', async () => {
    strike(simulator, { kind: 'recorder_off' })
    expect((await cloudControl('AWS::EC2::VPC')).ResourceDescriptions).to.not.have.length(0)
    const config = new ConfigServiceClient(options())
    const { Results } = await config.send(new SelectResourceConfigCommand({ Expression: 'SELECT arn' }))
    expect(Results).to.deep.equal([])
    strike(simulator, { kind: 'identifiers_only' })
    expect((await config.send(new SelectResourceConfigCommand({ Expression: 'SELECT arn' }))).Results).to.have.length(
      25,
    )
  })

  it('holds each service to its own quota and says so in its own word', async () => {
    const tight = await startSimulator({
      estate: { seed: 4, resources: 200, awsAccounts: 1, awsRegions: 1 },
      quotas: true,
      timeScale: 0.001,
    })
    const at = options('us-east-1', tight.awsEndpoint)
    const organizations = new OrganizationsClient(at)
    const index = new ResourceExplorer2Client(at)
    const endings = async (times: number, work: () => Promise<unknown>) => {
      const names: string[] = []
      for (let n = 0; n < times; n++) names.push(await nameOf(work()))
      return names
    }
    expect(await endings(2, () => organizations.send(new ListAccountsCommand({})))).to.deep.equal([
      'ok',
      'TooManyRequestsException',
    ])
    expect(await endings(4, () => index.send(new ExplorerListCommand({})))).to.deep.equal([
      'ok',
      'ok',
      'ok',
      'ThrottlingException',
    ])
    expect(tight.requests().aws['organizations:ListAccounts']).to.include({ ok: 1, throttled: 1 })
    await tight.close()
  })
})
