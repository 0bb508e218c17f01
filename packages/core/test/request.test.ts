import { expect } from 'chai'
import { describe, it } from 'mocha'
import { requestSchema, selector, toTarget, type Artifact, type ExtractionRequest } from '../src/index.ts'
import { testArtifact } from '../src/testing/index.ts'

const REQUEST: ExtractionRequest = { providers: ['aws'], batch_size: 500 }

const problems = (value: unknown) => {
  const { error } = requestSchema.validate(value, { abortEarly: false })
  return error?.details.map(({ message }) => message) ?? []
}
const selects = (request: Partial<ExtractionRequest>, artifact: Artifact) =>
  selector({ ...REQUEST, ...request })(artifact)

describe('requestSchema', () => {
  it('takes a request with everything in it, and one with nothing but the required', () => {
    expect(problems(REQUEST)).to.deep.equal([])
    expect(
      problems({
        providers: ['aws', 'azure', 'gcp'],
        accounts: ['123456789012'],
        regions: ['us-east-1'],
        services: ['ec2', 'storage'],
        resource_types: ['aws:ec2:*', 'azure:storage:*'],
        filters: { labels: { env: 'prod', team: ['a', 'b'] }, resource_types: ['aws:ec2:*'] },
        batch_size: 1,
      }),
    ).to.deep.equal([])
  })

  const refusals: [string, Record<string, unknown>, RegExp][] = [
    [
      'a provider that there is not, with those there are',
      { providers: ['ibm'] },
      /"providers\[0\]" must be one of \[aws, azure, gcp\]/,
    ],
    ['no provider at all', { providers: [] }, /"providers" must contain at least 1 items/],
    ['a provider twice', { providers: ['aws', 'aws'] }, /"providers\[1\]" contains a duplicate value/],
    ['a batch size of nothing', { batch_size: 0 }, /"batch_size" must be greater than or equal to 1/],
    ['a batch size of too much', { batch_size: 10_001 }, /"batch_size" must be less than or equal to 10000/],
    ['half an artifact', { batch_size: 1.5 }, /"batch_size" must be an integer/],
    [
      'an empty list, which could be read as all or as none',
      { regions: [] },
      /"regions" must contain at least 1 items/,
    ],
    ['an empty name', { services: [''] }, /"services\[0\]" is not allowed to be empty/],
    ['a list that is none', { accounts: 'x' }, /"accounts" must be an array/],
    [
      'a label that is no text',
      { filters: { labels: { env: 1 } } },
      /"filters.labels.env" must be one of \[string, array\]/,
    ],
    [
      'filters of which each part is small and all together are not',
      {
        filters: {
          labels: Object.fromEntries(
            Array.from({ length: 50 }, (_, n) => [`${n}`, ['x'.repeat(1000), 'y'.repeat(1000)]]),
          ),
        },
      },
      /^must have at most 65536 characters as JSON, and has 10\d+$/,
    ],
    ['an unknown filter', { filters: { tags: {} } }, /"filters.tags" is not allowed/],
    ['an unknown key', { region: ['x'] }, /"region" is not allowed/],
  ]
  for (const [what, change, message] of refusals) {
    it(`refuses ${what}`, () => {
      const found = problems({ ...REQUEST, ...change })
      expect(found).to.have.length(1)
      expect(found[0]).to.match(message)
    })
  }

  it('reports every problem at once', () => {
    expect(problems({ providers: ['ibm'], batch_size: 0, regions: [], x: 1 })).to.have.length(4)
    expect(problems({})).to.have.members(['"providers" is required', '"batch_size" is required'])
  })
})

describe('toTarget', () => {
  it('takes what a provider plans from, and leaves absent lists absent', () => {
    expect(toTarget(REQUEST, 'now')).to.deep.equal({ asOf: 'now' })
    const lists = { accounts: ['1'], regions: ['r'], services: ['s'] }
    expect(toTarget({ ...REQUEST, ...lists }, 'now')).to.deep.equal({ ...lists, asOf: 'now' })
    const types = toTarget({ ...REQUEST, resource_types: ['aws:ec2:*'] }, 'now')
    expect(types).to.deep.equal({ resourceTypes: ['aws:ec2:*'], asOf: 'now' })
  })
})

describe('selector', () => {
  it('takes a service that says its cloud for that cloud only', () => {
    const ec2 = testArtifact(1)
    const select = (services: string[]) => selector({ providers: ['aws'], services, batch_size: 1 })(ec2)
    expect([select(['ec2']), select(['aws:ec2']), select(['gcp:ec2'])]).to.deep.equal([true, true, false])
  })

  const artifact = testArtifact(1, { labels: { env: 'prod', 'cost center': '' } })

  it('selects everything where the request names nothing', () => {
    expect(selects({}, artifact)).to.equal(true)
  })

  it('selects by region, in any case, and what is global always', () => {
    expect(selects({ regions: ['US-East-1'] }, artifact)).to.equal(true)
    expect(selects({ regions: ['eu-west-1'] }, artifact)).to.equal(false)
    expect(selects({ regions: ['eu-west-1'] }, testArtifact(1, { region: 'global' }))).to.equal(true)
  })

  it('selects by service', () => {
    expect(selects({ services: ['s3', 'ec2'] }, artifact)).to.equal(true)
    expect(selects({ services: ['s3'] }, artifact)).to.equal(false)
  })

  it('selects by resource type, one glob of several', () => {
    const types = (...resource_types: string[]) => selects({ filters: { resource_types } }, artifact)
    expect(types('aws:ec2:instance')).to.equal(true)
    expect(types('AWS:EC2:*')).to.equal(true)
    expect(types('*:instance')).to.equal(true)
    expect(types('aws:ec2:instanc?')).to.equal(true)
    expect(types('gcp:*', 'aws:*')).to.equal(true)
    expect(types('*in*ce')).to.equal(true)
    expect(types('aws:*:*:*')).to.equal(false)
    expect(types('aws:ec2:instance?')).to.equal(false)
    expect(types('ec2')).to.equal(false)
    expect(types('aws:ec2:instanc')).to.equal(false)
    expect(types('aws.ec2.instance')).to.equal(false)
    expect(types('(aws|gcp):.*')).to.equal(false)
  })

  it('selects by the resource types of the request and by those of its filters, which must both fit', () => {
    const types = (resource_types: string[], filter: string) =>
      selects({ resource_types, filters: { resource_types: [filter] } }, artifact)
    expect(selects({ resource_types: ['gcp:*', 'aws:ec2:*'] }, artifact)).to.equal(true)
    expect(selects({ resource_types: ['aws:s3:*'] }, artifact)).to.equal(false)
    expect(types(['aws:ec2:*'], '*:instance')).to.equal(true)
    expect(types(['aws:ec2:*'], '*:volume')).to.equal(false)
    expect(types(['aws:s3:*'], '*:instance')).to.equal(false)
  })

  it('answers at once to a glob that would make a regular expression try for ever', () => {
    const long = { ...artifact, resource_type: `aws:${'a'.repeat(60)}:b` }
    expect(selects({ filters: { resource_types: [`${'*a'.repeat(20)}*c`] } }, long)).to.equal(false)
    expect(selects({ filters: { resource_types: ['*'.repeat(200)] } }, long)).to.equal(true)
  })

  it('selects by labels: each name must match, by value, by one of several, or by any', () => {
    const labels = (wanted: Record<string, string | string[]>) => selects({ filters: { labels: wanted } }, artifact)
    expect(labels({ env: 'prod' })).to.equal(true)
    expect(labels({ env: ['dev', 'prod'] })).to.equal(true)
    expect(labels({ env: '*', 'cost center': '*' })).to.equal(true)
    expect(labels({ 'cost center': '' })).to.equal(true)
    expect(labels({ env: 'dev' })).to.equal(false)
    expect(labels({ env: 'prod', team: '*' })).to.equal(false)
    expect(labels({ Env: 'prod' })).to.equal(false)
  })

  it('finds no label in what every object has', () => {
    expect(selects({ filters: { labels: { constructor: '*' } } }, artifact)).to.equal(false)
  })

  it('needs all kinds of filter to match', () => {
    expect(selects({ services: ['ec2'], filters: { labels: { env: 'dev' } } }, artifact)).to.equal(false)
  })
})
