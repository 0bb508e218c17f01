import { expect } from 'chai'
import { loadSettings } from '@cae/runtime'
import { parseRequest } from '../src/parse-request.ts'
import { Problem } from '../src/problem.ts'

const SUBSCRIPTION = '11111111-2222-3333-4444-555555555555'

const settings = loadSettings({
  AWS_ACCOUNTS: '[{"account_id":"123456789012","regions":["us-east-1","xx-new-1"]}]',
  AZURE_ACCOUNTS: `[{"subscription_id":"${SUBSCRIPTION}"}]`,
  GCP_PROJECTS: '[{"project_id":"my-project"}]',
})
const parse = (body: object, under = settings) => parseRequest({}, body, under).request
const services = (names: string) => parse({ services: names })
/** What is wrong with a request, as `field: message`. */
const problems = (body: object, under = settings): string[] => {
  try {
    parseRequest({}, body, under)
    return []
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    return error.errors.map(({ field, message }) => `${field}: ${message}`)
  }
}

describe('the services of a request', () => {
  it('mean every cloud that has one of that name', () => {
    expect(services('storage')).to.deep.include({ services: ['storage'], providers: ['azure', 'gcp'] })
  })

  it('mean one cloud where an alias belongs to it, although another has a service of that name', () => {
    expect(services('gcs,aks')).to.deep.include({
      services: ['containerservice', 'gcp:storage'],
      providers: ['azure', 'gcp'],
    })
  })

  it('mean one cloud where they say which', () => {
    expect(services('azure:storage,ec2')).to.deep.include({
      services: ['azure:storage', 'ec2'],
      providers: ['aws', 'azure'],
    })
  })
})

describe('the resource types of a request', () => {
  const types = (...resource_types: string[]) => parse({ resource_types })

  it('are globs over our names, and leave out the providers that they do not reach', () => {
    expect(types('aws:ec2:*')).to.deep.include({ resource_types: ['aws:ec2:*'], providers: ['aws'] })
    expect(types('*:storage:*')).to.deep.include({ resource_types: ['*:storage:*'], providers: ['azure', 'gcp'] })
    expect(types('*')).to.deep.include({ resource_types: ['*'], providers: ['aws', 'azure', 'gcp'] })
  })

  it("may be names in a cloud's own spelling, and are kept as ours, once each", () => {
    expect(
      types('AWS::EC2::Instance', 'aws:ec2:instance', 'Microsoft.Compute/virtualMachines', 'compute.googleapis.com/*'),
    ).to.deep.include({ resource_types: ['aws:ec2:instance', 'azure:compute:virtual-machines', 'gcp:compute:*'] })
  })

  it('are refused with the nearest known ones where the catalogue has none that fits', () => {
    const refused: [string, RegExp][] = [
      ['aws:ec3:*', /"aws:ec3:\*" fits no resource type of aws, azure, gcp; did you mean aws:ec2:\*/],
      ['aws:ec2:instanze', /"aws:ec2:instanze" is not a resource type .*did you mean aws:ec2:instance/],
      ['ec2:instance', /did you mean aws:ec2:instance/],
      ['AWS::EC2::Instanse', /did you mean aws:ec2:instance/],
      ['AWS::EC3::Instance', /did you mean aws:ec2:instance/],
      ['aws:nothing-like-it:thing', /GET \/extraction\/services lists them/],
      ['aws:*:*:*', /fits no resource type/],
    ]
    for (const [name, message] of refused) {
      const [problem, ...more] = problems({ resource_types: [name] })
      expect(problem, name).to.match(message)
      expect(problem).to.match(/^resource_types: /)
      expect(more).to.deep.equal([])
    }
  })

  it('of a provider that the request leaves out are refused', () => {
    expect(problems({ providers: ['gcp'], resource_types: ['aws:ec2:*'] })[0]).to.match(/^resource_types: .*of gcp;/)
  })

  it('that no list has, and that are near to none, are taken with a warning', () => {
    const names = ['aws:ec2:teleporter-of-things', 'nginx.nginxplus/nginxdeployments']
    const { request, warnings } = parseRequest({}, { resource_types: names }, settings)
    expect(request.resource_types).to.deep.equal([names[0], 'azure:nginx-nginxplus:nginxdeployments'])
    expect(request.providers).to.deep.equal(['aws', 'azure'])
    expect(warnings.map(({ field }) => field)).to.deep.equal(['resource_types', 'resource_types'])
    expect(warnings[0]!.message).to.match(/"aws:ec2:teleporter-of-things" is not in the catalogue/)
  })

  it('narrow the services, and are refused where they leave nothing of them', () => {
    const request = { services: ['ec2', 'storage'], resource_types: ['aws:*', 'gcp:compute:*'] }
    expect(parse(request).providers).to.deep.equal(['aws'])
    expect(problems({ services: ['ec2'], resource_types: ['aws:s3:*'] })).to.deep.equal([
      'resource_types: no provider has all that the request names: its services, resource_types have nothing in common',
    ])
  })

  it('answer soon, however hard their globs are made', () => {
    const resource_types = Array.from({ length: 200 }, (_, n) => `${'*a'.repeat(60)}${n}`)
    expect(problems({ resource_types })).to.have.length(20)
  })
})

describe('the resource types of a filter', () => {
  const filtered = (...resource_types: string[]) => parse({ filters: { resource_types } })

  it('leave out the providers of which nothing would be delivered', () => {
    expect(filtered('aws:ec2:*').providers).to.deep.equal(['aws'])
    expect(filtered('*:ec2:*', 'gcp:compute:teleporter').providers).to.deep.equal(['aws', 'gcp'])
    expect(filtered('*').providers).to.deep.equal(['aws', 'azure', 'gcp'])
  })

  it('are refused with the nearest known ones, one by one, unless the request reads them by a glob', () => {
    const misspelt = 'aws:ec2:instnce'
    const [problem, ...more] = problems({ filters: { resource_types: ['aws:s3:*', misspelt] } })
    expect(problem).to.match(
      /^filters\.resource_types: "aws:ec2:instnce" is not a .* did you mean aws:ec2:instance or /,
    )
    expect(more).to.deep.equal([])
    const isNew = { resource_types: ['aws:ec2:*'], filters: { resource_types: [misspelt] } }
    const { request, warnings } = parseRequest({}, isNew, settings)
    expect(request.filters).to.deep.equal({ resource_types: [misspelt] })
    expect(warnings.map(({ field }) => field)).to.deep.equal(['filters.resource_types'])
  })

  it('are kept with our names, whichever way they are spelt', () => {
    expect(filtered('AWS::EC2::Instance').filters).to.deep.equal({ resource_types: ['aws:ec2:instance'] })
  })

  it('are refused where nothing of any provider would be delivered', () => {
    expect(problems({ filters: { resource_types: ['ec2:instance'] } })).to.deep.equal([
      'filters.resource_types: "ec2:instance" is not a resource type of aws, azure, gcp; did you mean aws:ec2:instance?',
    ])
    expect(problems({ services: ['ec2'], filters: { resource_types: ['gcp:*'] } })[0]).to.match(
      /^filters\.resource_types: no provider has all that the request names: its services, filters\.resource_types/,
    )
    for (const read of [{ services: ['ec2'] }, { resource_types: ['aws:ec2:*'] }])
      expect(problems({ ...read, filters: { resource_types: ['aws:s3:*'] } })[0], JSON.stringify(read)).to.match(
        /^filters\.resource_types: no provider has all that the request names: its \w+, filters\.resource_types/,
      )
  })
})

describe('what a request names and nothing is read of', () => {
  const warnings = (body: object) =>
    parseRequest({}, body, settings).warnings.map(({ field, message }) => `${field}: ${message}`)

  it('is said of providers that were named, and of no other', () => {
    const providers = ['aws', 'azure', 'gcp']
    expect(warnings({ providers, regions: ['us-east-1'] })).to.deep.equal([
      'providers: nothing of azure is read: it has none of the regions us-east-1',
      'providers: nothing of gcp is read: it has none of the regions us-east-1',
    ])
    expect(warnings({ providers: ['aws', 'gcp'], services: ['ec2'], accounts: ['123456789012'] })).to.deep.equal([
      'providers: nothing of gcp is read: it has none of the accounts 123456789012, nor of the services ec2',
    ])
    expect(warnings({ regions: ['us-east-1'] })).to.deep.equal([])
    expect(warnings({ providers, services: ['storage', 'ec2'] })).to.deep.equal([])
  })

  it('is said of regions, services and types that the other fields leave nothing of', () => {
    expect(warnings({ services: ['storage'], regions: ['westeurope', 'us-east-1'] })).to.deep.equal([
      'regions: "us-east-1" selects nothing: aws has none of the services storage',
    ])
    expect(warnings({ services: ['ec2', 's3'], resource_types: ['aws:s3:*', 'azure:*'] })).to.deep.equal([
      'services: "ec2" selects nothing: nothing of it is in the resource_types',
      'resource_types: "azure:*" selects nothing: azure has none of the services ec2, s3',
    ])
    expect(warnings({ services: ['ec2'], filters: { resource_types: ['aws:ec2:*', 'aws:s3:*'] } })).to.deep.equal([
      'filters.resource_types: "aws:s3:*" selects nothing: nothing of it is in the services',
    ])
  })

  it('is said of no meaning of a word that has another one', () => {
    expect(warnings({ services: ['kms', 'sql'], accounts: ['123456789012'] })).to.deep.equal([
      'services: "sql" selects nothing: azure has none of the accounts 123456789012',
      'services: "sqladmin" selects nothing: gcp has none of the accounts 123456789012',
    ])
  })

  it('is said of regions that none of the named accounts has', () => {
    const aws_accounts = [
      { account_id: '123456789012', regions: ['us-east-1'] },
      { account_id: '210987654321', regions: ['eu-west-1'] },
    ]
    const said = (body: object) => parseRequest({}, body, { ...settings, aws_accounts }).warnings
    const message = '"eu-west-1" selects nothing: none of the accounts 123456789012 has it'
    const regions = ['us-east-1', 'eu-west-1', 'global']
    expect(said({ accounts: ['123456789012'], regions })).to.deep.equal([{ field: 'regions', message }])
    expect(said({ accounts: ['123456789012', '210987654321'], regions })).to.deep.equal([])
    expect(said({ regions })).to.deep.equal([])
  })

  it('is said with the first of many names', () => {
    const services = ['ec2', 's3', 'lambda', 'rds', 'dynamodb']
    expect(warnings({ providers: ['aws', 'gcp'], services })[0]).to.match(/services dynamodb, ec2, lambda and 2 more$/)
  })
})

describe('the regions of a request', () => {
  it('are those of the settings, or of the cloud where the settings name none, in any spelling', () => {
    const regions = ['US-East-1', 'West Europe', 'europe-west1']
    expect(parse({ regions }).regions).to.deep.equal(['us-east-1', 'westeurope', 'europe-west1'])
  })

  it('are refused with the nearest known ones where no cloud has them, and no setting', () => {
    expect(problems({ regions: ['westeurpoe'] })[0]).to.match(
      /^regions: "westeurpoe" is not a region of aws, azure, gcp, nor in the settings; nearest are .*westeurope/,
    )
    expect(problems({ providers: ['gcp'], regions: ['europe-west7'] })[0]).to.match(/nearest are europe-west1/)
  })

  it('are refused where the cloud has them and the settings do not', () => {
    expect(problems({ providers: ['aws'], regions: ['us-east-2'] })).to.deep.equal([
      'regions: "us-east-2" is not in the settings; nearest are us-east-1',
    ])
  })

  it('may be new ones that only the settings know', () => {
    expect(parse({ regions: ['xx-new-1'] })).to.deep.include({ regions: ['xx-new-1'], providers: ['aws'] })
  })

  it('leave out a provider that has none of them; what is global is everywhere', () => {
    expect(parse({ regions: ['westeurope'] }).providers).to.deep.equal(['azure'])
    expect(parse({ regions: ['westeurope', 'us-east-1'] }).providers).to.deep.equal(['aws', 'azure'])
    expect(parse({ regions: ['global'] }).providers).to.deep.equal(['aws', 'azure', 'gcp'])
  })
})

describe('the accounts of a request', () => {
  /** Settings whose workers look for accounts by themselves. */
  const discovering = loadSettings({
    AWS_ORGANIZATION_ROLE_NAME: 'cae-reader',
    AWS_ORGANIZATION_REGIONS: 'us-east-1',
    AWS_ORGANIZATION_EXCLUDE: '888888888888',
    AZURE_ALL_SUBSCRIPTIONS: 'true',
    GCP_SCOPES: 'organizations/123',
  })

  it('are those of the settings and leave out the other providers', () => {
    expect(parse({ accounts: [SUBSCRIPTION.toUpperCase()] })).to.deep.include({
      accounts: [SUBSCRIPTION],
      providers: ['azure'],
    })
    expect(problems({ accounts: ['123456789013'] })[0]).to.match(
      /^accounts: "123456789013" is not in the settings; nearest are 123456789012/,
    )
  })

  it('may be any of the form of their cloud where the workers find accounts by themselves', () => {
    expect(parse({}, discovering).providers).to.deep.equal(['aws', 'azure', 'gcp'])
    const accounts = ['999999999999', 'organizations/123']
    expect(parse({ accounts }, discovering)).to.deep.include({ accounts, providers: ['aws', 'gcp'] })
    expect(parse({ accounts: ['some-project'] }, discovering).providers).to.deep.equal(['gcp'])
    expect(parse({ accounts: ['A1111111-2222-3333-4444-555555555555'] }, discovering)).to.deep.include({
      accounts: ['a1111111-2222-3333-4444-555555555555'],
      providers: ['azure'],
    })
    expect(problems({ accounts: ['No Such'] }, discovering)[0]).to.match(
      /not in the settings, nor an AWS account id \(12 digits\), nor an Azure subscription id, nor a Google Cloud project id;/,
    )
  })

  it('are refused where the settings leave them out, and so are regions that they do not name', () => {
    expect(problems({ accounts: ['888888888888'] }, discovering)[0]).to.match(/is excluded in the settings/)
    expect(problems({ providers: ['aws'], regions: ['us-east-2'] }, discovering)[0]).to.match(/"us-east-2" is not in/)
    expect(parse({ regions: ['westeurope'] }, discovering).providers).to.deep.equal(['azure'])
  })

  it('and the services have to belong together', () => {
    expect(problems({ accounts: ['my-project'], services: ['ec2'] })).to.deep.equal([
      'services: no provider has all that the request names: its accounts, services have nothing in common',
    ])
  })
})

describe('the label filters of a request', () => {
  it('are taken from JSON in the query as from a body', () => {
    const filters = { labels: { env: ['prod', 'test'], team: '*' } }
    expect(parseRequest({ filters: JSON.stringify(filters) }, undefined, settings).request.filters).to.deep.equal(
      filters,
    )
    expect(parse({ filters }).filters).to.deep.equal(filters)
  })

  it('are refused where their values are no texts', () => {
    expect(problems({ filters: { labels: { env: 1 } } })[0]).to.match(/^filters\.labels\.env: /)
    expect(problems({ filters: { labels: { env: [] } } })[0]).to.match(/^filters\.labels\.env/)
    expect(problems({ filters: { labels: {} } })[0]).to.match(/^filters\.labels: /)
  })
})
