import { expect } from 'chai'
import { describe, it } from 'mocha'
import { createEstate, itemsOf, TYPES } from '../src/estate/estate.ts'
import type { EstateOptions } from '../src/estate/estate-options.ts'
import { mix, unmix } from '../src/estate/hash.ts'
import { PROVIDERS } from '../src/estate/resource-type.ts'
import { jsonTemplate } from '../src/estate/template.ts'

const SMALL: EstateOptions = { seed: 3, resources: 3000 }

/** The JSON of every resource, as one text. */
function everything(options: EstateOptions): string {
  const estate = createEstate(options)
  return PROVIDERS.map((provider) => {
    const templates = TYPES[provider].types.map(({ columns }) => jsonTemplate(columns))
    return estate.tables[provider]
      .flatMap((slice) => [...itemsOf(slice)].map((item) => templates[item.type]!(item)))
      .join('\n')
  }).join('\n')
}

describe('the estate', () => {
  it('is the same, byte for byte, for the same seed', () => {
    expect(everything(SMALL) === everything(SMALL)).to.equal(true)
  })

  it('differs for another seed', () => {
    expect(everything(SMALL) === everything({ ...SMALL, seed: 4 })).to.equal(false)
  })

  for (const resources of [10, 11, 57, 1000, 20_000]) {
    it(`has exactly ${resources} resources, each with an id of its own`, () => {
      const estate = createEstate({ seed: 1, resources })
      const ids = PROVIDERS.flatMap((provider) => [...estate.ids(provider)])
      expect(new Set(ids).size).to.equal(resources)
      expect(estate.slices().reduce((sum, { count }) => sum + count, 0)).to.equal(resources)
    })
  }

  it('says how large 5,000,000 resources are without making one', () => {
    const estate = createEstate({ seed: 1, resources: 5_000_000, awsAccounts: 200, awsRegions: 10 })
    expect(estate.slices().reduce((sum, { count }) => sum + count, 0)).to.equal(5_000_000)
  })

  it('spreads resources unevenly over the scopes', () => {
    const counts = createEstate({ seed: 1, resources: 100_000 })
      .slices()
      .filter(({ provider }) => provider === 'aws')
      .map(({ count }) => count)
    expect(Math.max(...counts)).to.be.greaterThan(10 * Math.min(...counts.filter((count) => count > 0)))
  })

  it('has at least 60 types, 25 of them in each of AWS and Azure and 20 in Google Cloud', () => {
    const sizes = PROVIDERS.map((provider) => TYPES[provider].types.length)
    expect(sizes[0]).to.be.at.least(30)
    expect(sizes[1]).to.be.at.least(25)
    expect(sizes[2]).to.be.at.least(20)
  })

  it('writes JSON of realistic size, whatever the tags hold', () => {
    const lines = everything({ seed: 9, resources: 10_000 }).split('\n')
    for (const line of lines) expect(() => void JSON.parse(line)).to.not.throw()
    const bytes = lines.reduce((sum, line) => sum + line.length, 0) / lines.length
    expect(bytes).to.be.within(2000, 3500)
  })

  // What its API says of an internet gateway is that it is attached to a VPC.
  it('writes between 1 and 6 KB for each resource, but for internet gateways without tags', () => {
    const estate = createEstate({ seed: 9, resources: 20_000 })
    const odd = PROVIDERS.flatMap((provider) => {
      const templates = TYPES[provider].types.map(({ name, columns }) =>
        // Google Cloud gives a resource within an asset, which has the name and the type.
        jsonTemplate(provider === 'gcp' ? { name: '{{fullName}}', assetType: name, resource: columns } : columns),
      )
      return estate.tables[provider]
        .flatMap((slice) => [...itemsOf(slice)])
        .map((item) => [TYPES[provider].types[item.type]!.name, templates[item.type]!(item).length] as const)
        .filter(([, bytes]) => bytes < 1000 || bytes > 6000)
    })
    expect(odd.filter(([name]) => name !== 'AWS::EC2::InternetGateway')).to.deep.equal([])
    expect(odd.length).to.be.lessThan(20_000 / 500)
  })

  it('keeps references inside the estate: of Azure each id of a type that it has', () => {
    const estate = createEstate({ seed: 2, resources: 6000 })
    const templates = TYPES.azure.types.map(({ columns }) => jsonTemplate(columns))
    const ids = new Set(estate.ids('azure'))
    const types = new Set([...ids].map(typeOf))
    const texts = estate.tables.azure.flatMap((slice) => [...itemsOf(slice)].map((item) => templates[item.type]!(item)))
    const named = new Set(texts.flatMap((text) => text.match(/(?<=")\/subscriptions\/[^"]+/g) ?? []).map(lower))
    const resources = [...named].filter((id) => types.has(typeOf(id)))
    expect(resources.length).to.be.greaterThan(1000)
    expect(resources.filter((id) => !ids.has(id))).to.deep.equal([])
  })

  it('names the option that cannot be', () => {
    expect(() => createEstate({ seed: 1, resources: 9 })).to.throw(RangeError, /^resources must/)
    expect(() => createEstate({ seed: 1, resources: 100, gcpProjects: 21 })).to.throw(RangeError, /^gcpProjects must/)
    expect(() => createEstate({ seed: 1, resources: 100, awsRegions: ['nowhere'] })).to.throw(
      RangeError,
      /^awsRegions must/,
    )
  })

  it('finds a hash again', () => {
    for (const value of [0, 1, 77, 0x7fffffff, 0xffffffff]) expect(unmix(mix(value))).to.equal(value)
  })
})

function lower(id: string): string {
  return id.toLowerCase()
}

/** `microsoft.network/virtualnetworks/subnets`; empty where it is no resource of a provider. */
function typeOf(id: string): string {
  const [namespace, ...path] = id.split('/providers/').at(-1)!.split('/')
  return [namespace, ...path.filter((_, n) => n % 2 === 0)].join('/').toLowerCase()
}
