import { testContext } from '@cae/core/testing'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { selectCount, selectCountBy, selectRows } from '../src/query/expression.ts'
import { GLOBAL_TYPES } from '../src/plan/global-types.ts'
import { awsProvider } from '../src/index.ts'
import { MAX_TYPES, pack } from '../src/plan/pack.ts'
import { regionSlices } from '../src/plan/region-slices.ts'
import type { Parts } from '../src/plan/split-types.ts'

const asOf = '2026-11-01T00:00:00.000Z'
const provider = awsProvider({
  accounts: [
    { account_id: '111111111111', regions: ['eu-west-1', 'us-east-1'] },
    { account_id: '222222222222', regions: ['us-east-1'] },
  ],
})
const plan = async (target = {}) => (await provider.plan({ asOf, ...target }, testContext())).slices
const places = async (target = {}) => (await plan(target)).map(({ scope, region }) => `${scope} ${region}`)

describe('AWS plan', () => {
  it('has a planning slice for each account and region of the settings, without a call', async () => {
    expect(await places()).to.deep.equal(['111111111111 eu-west-1', '111111111111 us-east-1', '222222222222 us-east-1'])
    for (const slice of await plan()) expect(slice).to.include({ partition: 'plan', plans: true })
  })

  it('keeps to the accounts and regions asked for, whichever cloud the others are of', async () => {
    expect(await places({ accounts: ['222222222222', 'my-project'] })).to.deep.equal(['222222222222 us-east-1'])
    expect(await places({ regions: ['EU-WEST-1', 'westeurope'] })).to.deep.equal(['111111111111 eu-west-1'])
  })

  it('lets one region of each account read the global types, the home region where it is among them', async () => {
    const responsible = async (target = {}) =>
      (await plan(target)).filter(({ query }) => query['globals']).map(({ scope, region }) => `${scope} ${region}`)
    expect(await responsible()).to.deep.equal(['111111111111 us-east-1', '222222222222 us-east-1'])
    expect(await responsible({ regions: ['eu-west-1'] })).to.deep.equal(['111111111111 eu-west-1'])
    expect(await responsible({ services: ['s3'] })).to.deep.equal([])
    expect(await responsible({ services: ['iam'] })).to.deep.equal(['111111111111 us-east-1', '222222222222 us-east-1'])
  })

  it('reads the global types alone where only those are asked for', async () => {
    const planned = async (target: object) =>
      (await plan({ accounts: ['111111111111'], ...target })).map((slice) => {
        const { services, types, globals } = slice.query
        return [`${slice.region} ${slice.partition}`, services ?? types, globals && (globals as string[]).length]
      })
    const all = ['cloudfront', 'iam', 'route53']
    const [recorded, others] = [
      ['us-east-1 plan-globals', undefined, GLOBAL_TYPES.size],
      ['us-east-1 plan', all, 0],
    ]
    expect(await planned({ regions: ['global'] })).to.deep.equal([recorded, others])
    expect(await planned({ regions: ['global', 'eu-west-1'] })).to.deep.equal([
      ['eu-west-1 plan', undefined, undefined],
      recorded,
      others,
    ])
    const route53 = ['us-east-1 plan', ['route53'], 0]
    expect(await planned({ regions: ['global'], services: ['route53', 's3'] })).to.deep.equal([route53])
    expect(await planned({ regions: ['global'], resourceTypes: ['aws:iam:role'] })).to.deep.equal([
      ['us-east-1 plan-globals', undefined, 1],
    ])
    expect(await planned({ regions: ['global'], services: ['s3'] })).to.deep.equal([])
  })

  it('carries services and types for the regions to narrow by', async () => {
    const [slice] = await plan({ services: ['S3', 'ec2', 'storage'], resourceTypes: ['aws:ec2:*'] })
    expect(slice!.query).to.deep.include({ services: ['s3', 'ec2'], types: ['aws:ec2:*'] })
  })

  it('has nothing to do for services of other clouds', async () => {
    expect(await plan({ services: ['storage'] })).to.deep.equal([])
  })

  it('gives no slice credentials', async () => {
    expect(JSON.stringify(await plan())).to.not.match(/arn:|role_|external|secret|key/i)
  })
})

const counts = (sizes: Record<string, number>) =>
  new Map(Object.entries(sizes).map(([name, count]) => [`AWS::${name}`, count]))
const many = (n: number, size: number) =>
  counts(Object.fromEntries(Array.from({ length: n }, (_, i) => [`Svc::Kind${String(i).padStart(3, '0')}`, size])))
const slicesFor = (
  queried: ReadonlyMap<string, number>,
  { discovered = queried, daily = [] as string[], whole = true, parts = new Map() as Parts } = {},
) => {
  const recorder = { records: () => true, isDaily: (type: string) => daily.includes(type) }
  const type = (name: string) => !GLOBAL_TYPES.has(name)
  return regionSlices({ recorder, queried, discovered, parts }, { scope: '1', region: 'eu-west-1', type, whole })
}
const expectations = (slices: ReturnType<typeof slicesFor>) => slices.map(({ expected }) => expected!.count)

describe('AWS slices of a region', () => {
  it('are one for all types of a small region, with all but the global types', () => {
    const [slice, ...others] = slicesFor(counts({ 'EC2::Instance': 300, 'S3::Bucket': 40, 'IAM::Role': 99 }))
    expect(others).to.deep.equal([])
    expect(slice).to.deep.include({ partition: 'all', expected: { count: 340, source: 'SELECT COUNT(*)' } })
    expect(slice!.query['except']).to.deep.equal([...GLOBAL_TYPES].toSorted())
  })

  it('are one that asks once where the region is empty', () => {
    expect(slicesFor(counts({}))).to.have.length(1)
    expect(expectations(slicesFor(counts({})))).to.deep.equal([0])
  })

  it('are none that asks where nothing of what was asked for exists', () => {
    const [slice, ...others] = slicesFor(counts({}), { whole: false })
    expect(others).to.deep.equal([])
    expect(slice).to.deep.include({ query: { kind: 'nothing' } })
  })

  it('give a large type one of its own and fill the others', () => {
    const slices = slicesFor(counts({ 'A::Big': 5000, 'B::Half': 1200, 'C::Some': 700, 'D::Few': 50, 'E::One': 1 }))
    expect(expectations(slices).toSorted((a, b) => a - b)).to.deep.equal([1951, 5000])
  })

  it('hold every type once, whatever their sizes', () => {
    const sizes = new Map([...many(200, 90)].map(([type], n) => [type, (n * 37) % 2500]))
    const slices = slicesFor(sizes, { whole: false })
    const types = slices.flatMap(({ query }) => query['in'] as string[])
    expect(types.toSorted()).to.deep.equal([...sizes].filter(([, count]) => count > 0).map(([type]) => type))
    expect(expectations(slices).reduce((a, b) => a + b)).to.equal([...sizes.values()].reduce((a, b) => a + b))
    for (const { query, expected } of slices) {
      expect((query['in'] as string[]).length).to.be.at.most(MAX_TYPES)
      expect(expected!.count).to.be.at.most(2500)
      expect(selectRows({ in: { resourceType: query['in'] as string[] } }).length).to.be.at.most(4096)
      expect(JSON.stringify(query).length).to.be.at.most(1500)
    }
  })

  it('let one take whatever no other does', () => {
    const slices = slicesFor(counts({ 'A::Big': 3000, 'B::Small': 10 }))
    const rest = slices.find(({ partition }) => partition.startsWith('rest'))
    expect(rest!.query['except']).to.include('AWS::A::Big').and.not.include('AWS::B::Small')
  })

  it('give a type that is split its parts, and let another slice take what appears later', () => {
    const queried = counts({ 'A::Big': 12_000 })
    const parts = new Map([
      ['AWS::A::Big', [{ like: ['id-0'], count: 7000 } as const, { unlike: ['id-0'], count: 5000 } as const]],
    ])
    const slices = slicesFor(queried, { parts })
    expect(expectations(slices).toSorted((a, b) => a - b)).to.deep.equal([0, 5000, 7000])
    expect(slices.find(({ query }) => query['except'])!.query['except']).to.include('AWS::A::Big')
    expect(new Set(slices.map(({ partition }) => partition))).to.have.property('size', 3)
    expect(expectations(slicesFor(queried, { parts, whole: false }))).to.deep.equal([7000, 5000])
  })

  it('list what queries do not cover, and only what they lack where they have a part', () => {
    const discovered = counts({ 'A::Whole': 10, 'B::Uncovered': 7, 'C::Short': 20 })
    const slices = slicesFor(counts({ 'A::Whole': 10, 'C::Short': 12, 'D::New': 3 }), { discovered })
    const shown = slices.map(({ partition, expected }) => [partition.replace(/^rest-.*/, 'rest'), expected])
    expect(shown).to.deep.equal([
      ['rest', { count: 13, source: 'SELECT COUNT(*)' }],
      ['AWS-C-Short', { count: 12, source: 'SELECT COUNT(*)' }],
      ['listed-AWS-B-Uncovered', { count: 7, source: 'GetDiscoveredResourceCounts' }],
      ['beyond-AWS-C-Short', { count: 8, source: 'GetDiscoveredResourceCounts' }],
    ])
  })

  it('keep apart what is recorded once a day', () => {
    const slices = slicesFor(counts({ 'A::A': 1, 'B::B': 2, 'C::C': 3 }), { daily: ['AWS::B::B'] })
    expect(slices.filter(({ query }) => query['daily']).map(({ partition }) => partition)).to.deep.equal(['AWS-B-B'])
    expect(slices).to.have.length(2)
  })

  it('have names that differ, and are the same for the same counts in another order', () => {
    const sizes = many(150, 60)
    const names = slicesFor(sizes).map(({ partition }) => partition)
    expect(new Set(names).size).to.equal(names.length)
    expect(slicesFor(new Map([...sizes].toReversed()))).to.deep.equal(slicesFor(sizes))
  })

  it('are packed without many half pages', () => {
    const sizes = new Map([...many(300, 0)].map(([type], n) => [type, 1 + ((n * 7919) % 700)]))
    const total = [...sizes.values()].reduce((a, b) => a + b)
    const pages = pack(sizes).reduce((sum, { count }) => sum + Math.ceil(count / 100), 0)
    expect(pages).to.be.at.most(Math.ceil(total / 100) * 1.05)
  })
})

describe('AWS expressions', () => {
  it('ask for the columns by name', () => {
    expect(selectRows({})).to.match(
      /^SELECT resourceId, .*, configuration, supplementaryConfiguration, tags, relationships$/,
    )
  })

  it('have conditions of one value and of many, and none for an empty list', () => {
    expect(selectCount({ in: { resourceType: ['A'], accountId: ['1', '2'] } })).to.equal(
      "SELECT COUNT(*) WHERE resourceType = 'A' AND accountId IN ('1', '2')",
    )
    expect(selectCount({ except: { resourceType: ["it's"] } })).to.equal(
      "SELECT COUNT(*) WHERE resourceType != 'it''s'",
    )
    expect(selectCountBy(['resourceType'], { except: { resourceType: [] } })).to.equal(
      'SELECT resourceType, COUNT(*) GROUP BY resourceType',
    )
  })
})
