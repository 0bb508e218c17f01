import { testContext } from '@cae/core/testing'
import { ExtractionError, toTask, type Page, type Slice } from '@cae/core'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import type { AssetApi } from '../src/client/call.ts'
import { gcpProvider, type GcpContent } from '../src/index.ts'
import { openPlan } from '../src/plan/plan-scope.ts'

const settings = {
  projects: [{ project_id: 'shop' }, { project_id: 'bank', regions: ['europe-west1'] }],
  scopes: ['organizations/123'],
}
const asOf = '2026-11-01T00:03:00.000Z'
const plan = async (target = {}, content: readonly GcpContent[] | undefined = ['resource', 'iam_policy']) =>
  (await gcpProvider({ ...settings, content }).plan({ asOf, ...target }, testContext())).slices

describe('GCP plan', () => {
  it('has planning slices for each scope, all of one moment a little before the run', async () => {
    const query = { readTime: '2026-11-01T00:00:00.000Z', content: ['resource', 'iam_policy'] }
    const slice = { region: 'global', partition: 'plan', plans: true }
    const organization = { scope: 'organizations/123' }
    const all = { ...query, parent: 'organizations/123' }
    const large = ['compute.googleapis.com', 'bigquery.googleapis.com', 'iam.googleapis.com']
    expect(await plan()).to.deep.equal([
      { ...slice, ...organization, query: { ...all, except: large } },
      { ...slice, ...organization, partition: 'plan-compute', query: { ...all, hosts: [large[0]] } },
      { ...slice, ...organization, partition: 'plan-bigquery', query: { ...all, hosts: [large[1]] } },
      { ...slice, ...organization, partition: 'plan-iam', query: { ...all, hosts: [large[2]] } },
      { ...slice, scope: 'shop', query: { ...query, parent: 'projects/shop' } },
      { ...slice, scope: 'bank', query: { ...query, parent: 'projects/bank' } },
    ])
  })

  it('asks for a moment in whole seconds, as it counts', async () => {
    const [slice] = await plan({ asOf: '2026-11-01T00:03:00.700Z', accounts: ['shop'] })
    expect(slice!.query['readTime']).to.equal('2026-11-01T00:00:00.000Z')
    const times = ['2026-10-31T23:59:59.900Z', '2026-11-01T00:00:00.000Z', '2026-11-01T00:00:00.400Z'].map(Date.parse)
    const found = [{}, ...times.map((created) => ({ created }))].map((time, n) => ({
      name: `//${n}`,
      assetType: 'a.b.com/X',
      ...time,
    }))
    const api: Pick<AssetApi, 'search'> = { search: async () => ({ found, nextPageToken: '' }) }
    const page = await openPlan(api as AssetApi, toTask('run1', 'gcp', asOf, slice!), testContext()).read(null)
    expect(page.plan!.slices.map(({ expected }) => expected?.count)).to.deep.equal([2])
  })

  it('counts two of one name and different types as two, and one that a search gives twice once', async () => {
    const [slice] = await plan({ asOf, accounts: ['shop'] })
    const name = '//cloudfunctions.googleapis.com/projects/shop/locations/l/functions/f'
    const found = ['CloudFunction', 'Function', 'Function'].map((type) => ({
      name,
      assetType: `cloudfunctions.googleapis.com/${type}`,
    }))
    const api: Pick<AssetApi, 'search'> = { search: async () => ({ found, nextPageToken: '' }) }
    const page = await openPlan(api as AssetApi, toTask('run1', 'gcp', asOf, slice!), testContext()).read(null)
    expect(page.plan!.slices.map(({ expected }) => expected?.count)).to.deep.equal([2])
  })

  it('keeps to the scopes and services asked for', async () => {
    const slices = await plan({ accounts: ['bank', '111111111111'], services: ['GKE', 'ec2'] })
    expect(slices.map(({ scope, query }) => [scope, query['hosts']])).to.deep.equal([
      ['bank', ['container.googleapis.com']],
    ])
    expect(await plan({ services: ['ec2'] })).to.deep.equal([])
    const ofOrganization = await plan({ accounts: ['organizations/123'], services: ['compute', 'gke'] })
    expect(ofOrganization.map(({ partition, query }) => [partition, query['hosts']])).to.deep.equal([
      ['plan', ['container.googleapis.com']],
      ['plan-compute', ['compute.googleapis.com']],
    ])
  })

  it('plans a project below an organization by itself where it is asked for', async () => {
    const slices = await plan({ accounts: ['warehouse', '111111111111'] })
    expect(slices.map(({ scope, query }) => [scope, query['parent']])).to.deep.equal([
      ['warehouse', 'projects/warehouse'],
    ])
  })

  it('narrows by globs that name a service, and only by those', async () => {
    const hosts = async (...resourceTypes: string[]) =>
      (await plan({ accounts: ['shop'], resourceTypes })).map(({ query }) => query['hosts'])
    expect(await hosts('gcp:storage:*', 'aws:*')).to.deep.equal([['storage.googleapis.com']])
    expect(await hosts('gcp:storage:*', '*:bucket')).to.deep.equal([undefined])
    expect(await hosts('aws:*')).to.deep.equal([])
  })

  it('narrows by no service that the catalogue lacks, of whose host nothing is known', async () => {
    const hosts = async (target: object) =>
      (await plan({ accounts: ['shop'], ...target })).map(({ query }) => query['hosts'])
    const unlisted = 'gcp:looker:instance'
    expect(await hosts({ resourceTypes: [unlisted] })).to.deep.equal([undefined])
    expect(await hosts({ resourceTypes: [unlisted, 'gcp:storage:bucket'] })).to.deep.equal([undefined])
    const services = ['storage']
    expect(await hosts({ services, resourceTypes: [unlisted, 'gcp:storage:bucket'] })).to.deep.equal([
      ['storage.googleapis.com'],
    ])
    expect(await hosts({ services, resourceTypes: [unlisted] })).to.deep.equal([])
  })
})

/** A search that finds so many of each type, in pages, and is refused once it has found so many of all. */
function searched(counts: Record<string, number>, refusedAfter = Infinity, pageSize = 500): Pick<AssetApi, 'search'> {
  const types = Object.entries(counts).flatMap(([assetType, count]) => Array.from({ length: count }, () => assetType))
  return {
    search: async ({ pageToken }) => {
      const start = Number(pageToken || 0)
      const end = start + pageSize
      if (start >= refusedAfter) throw new ExtractionError('ACCESS_DENIED', 'not any more')
      return {
        found: types.slice(start, end).map((assetType, n) => ({ name: `//${start + n}`, assetType })),
        nextPageToken: end < types.length ? String(end) : '',
      }
    },
  }
}

describe('GCP planning of a scope', () => {
  const planned = async (
    counts: Record<string, number>,
    services?: string[],
    account = 'organizations/123',
    refusedAfter?: number,
  ) => {
    const [slice] = await plan({ accounts: [account], ...(services && { services }) })
    const api = searched(counts, refusedAfter) as AssetApi
    const pages: Page[] = []
    // A new reader for each page: nothing is known but by the cursor.
    for (let cursor: string | null = null; ;) {
      const reader = openPlan(api, toTask('run1', 'gcp', asOf, slice!), testContext())
      const page = await reader.read(cursor)
      pages.push(page)
      if (page.next === null) break
      cursor = page.next
    }
    return { pages, slices: pages.flatMap((page) => page.plan!.slices) }
  }
  const shapes = (slices: readonly Slice[]) =>
    slices.map(({ partition, query, expected }) => [
      partition.replace(/-[a-z0-9]{8,}$/, ''),
      query['only'] ?? null,
      query['except'] ?? null,
      expected?.count ?? null,
    ])

  // Those have planning slices of their own.
  const APART = ['compute.googleapis.com', 'bigquery.googleapis.com', 'iam.googleapis.com']
  const A = 'aaa.googleapis.com'
  const B = 'bbb.googleapis.com'
  const C = 'ccc.googleapis.com'

  it('is one slice where there is little, with what the search has not as well', async () => {
    const { slices } = await planned({ [`${A}/X`]: 600, [`${B}/Y`]: 20 }, undefined, 'shop')
    expect(shapes(slices)).to.deep.equal([['all', null, null, 620]])
    expect(slices[0]!.query['counts']).to.deep.equal({ [A]: { X: 600 }, [B]: { Y: 20 } })
  })

  it('gives a large type a slice of its own, shares the rest, and leaves nothing out', async () => {
    const { slices } = await planned({
      [`${A}/Few`]: 100,
      [`${B}/Large`]: 12_000,
      [`${B}/Little`]: 300,
      [`${C}/Z`]: 40,
    })
    expect(shapes(slices)).to.deep.equal([
      ['bbb-Large', [`${B}/Large`], null, 12_000],
      ['aaa-to-ccc', [A, B, C], [`${B}/Large`], 440],
      ['other', null, [...APART, A, B, C], null],
    ])
    expect(slices[2]!.query['note']).to.match(/SearchAllResources does not count/)
  })

  it('gives slices while it is still counting', async () => {
    const { pages } = await planned({ [`${A}/X`]: 11_000, [`${B}/Y`]: 11_000, [`${B}/Z`]: 11_000 })
    const first = pages.findIndex((page) => page.plan!.slices.length > 0)
    expect(first).to.equal(22)
    expect(pages).to.have.length(66)
    expect(shapes(pages.flatMap((page) => page.plan!.slices)).map(([name]) => name)).to.deep.equal([
      'aaa-X',
      'bbb-Y',
      'bbb-Z',
      'aaa-to-bbb',
      'other',
    ])
  })

  it('lists nothing twice where the search is refused on its way, and keeps what it has counted', async () => {
    const counts = {
      [`${A}/X`]: 100,
      [`${B}/Large`]: 12_000,
      [`${B}/Little`]: 300,
      [`${B}/Unfinished`]: 9000,
      [`${C}/Z`]: 40,
    }
    const { slices } = await planned(counts, undefined, 'shop', 15_000)
    expect(shapes(slices)).to.deep.equal([
      ['bbb-Large', [`${B}/Large`], null, 12_000],
      ['aaa', [A], null, 100],
      ['bbb', [B], [`${B}/Large`], 300],
      ['other', null, [A, B], null],
    ])
    const notes = slices.map(({ query }) => query['note'])
    expect(notes.slice(0, 2)).to.deep.equal([undefined, undefined])
    expect(notes[2]).to.match(/^not counted in full: SearchAllResources .*ACCESS_DENIED$/)
    expect(notes[3]).to.match(/^not counted: SearchAllResources .*ACCESS_DENIED$/)
  })

  it('lists nothing twice either where the service at hand is all that was asked for', async () => {
    const counts = { 'compute.googleapis.com/Disk': 12_000, 'compute.googleapis.com/Instance': 9000 }
    const { slices } = await planned(counts, ['compute'], undefined, 15_000)
    // The search counts both as the first.
    const disks = ['compute.googleapis.com/Disk', 'compute.googleapis.com/RegionDisk']
    expect(shapes(slices)).to.deep.equal([
      ['compute-Disk', disks, null, 12_000],
      ['compute', ['compute.googleapis.com'], disks, null],
    ])
  })

  it('gives an organization small slices at first, so that there is always something to read', async () => {
    const hosts = Array.from(
      { length: 12 },
      (_, n) => [`${String.fromCharCode(97 + n)}.googleapis.com/X`, 2500] as const,
    )
    const sizes = async (account: string) =>
      (await planned(Object.fromEntries(hosts), undefined, account)).slices.map(({ expected }) => expected?.count)
    expect(await sizes('organizations/123')).to.deep.equal([2500, 5000, 10_000, 10_000, 2500, undefined])
    expect(await sizes('shop')).to.deep.equal([10_000, 10_000, 10_000, undefined])
  })

  it('keeps a slice and the cursor of the plan small', async () => {
    const many = Object.fromEntries(
      Array.from({ length: 60 }, (_, n) => [
        `${String.fromCharCode(97 + (n % 26))}${n}service.googleapis.com`,
        n,
      ]).flatMap(([host]) => Array.from({ length: 12 }, (_, kind) => [`${host}/SomeKindOfThing${kind}`, 30])),
    )
    const sorted = Object.fromEntries(Object.entries(many).toSorted(([a], [b]) => (a < b ? -1 : 1)))
    const { slices, pages } = await planned(sorted)
    for (const slice of slices.filter(({ partition }) => !partition.startsWith('other'))) {
      expect(JSON.stringify(slice).length, slice.partition).to.be.lessThan(2048)
    }
    for (const { next } of pages) expect((next ?? '').length).to.be.lessThan(32_000)
    expect(slices.reduce((sum, { expected }) => sum + (expected?.count ?? 0), 0)).to.equal(60 * 12 * 30)
  })

  it('lists of the services asked for also what the search does not have', async () => {
    const { slices } = await planned({ 'pubsub.googleapis.com/Topic': 11_000 }, ['pubsub', 'storage', 'k8s'])
    expect(shapes(slices).slice(-1)).to.deep.equal([['other', ['storage.googleapis.com', '*.k8s.io'], null, null]])
    const { slices: clusters } = await planned({ 'apps.k8s.io/Deployment': 11_000, 'k8s.io/Pod': 5 }, ['k8s'])
    expect(shapes(clusters)).to.deep.equal([['other', ['*.k8s.io'], null, 11_005]])
  })

  it('lists all of Kubernetes together where it is asked for by name, however much of it is counted', async () => {
    const counts = { 'apps.k8s.io/Deployment': 11_000, 'k8s.io/Pod': 300, 'k8s.io/Service': 9000 }
    const all = [['other', ['*.k8s.io'], null, 20_300]]
    expect(shapes((await planned(counts, ['k8s'])).slices)).to.deep.equal(all)
    const counted = [['other', ['*.k8s.io'], null, 11_300]]
    expect(shapes((await planned(counts, ['k8s'], undefined, 15_000)).slices)).to.deep.equal(counted)
    const mixed = await planned({ ...counts, 'pubsub.googleapis.com/Topic': 4000 }, ['k8s', 'pubsub'])
    expect(shapes(mixed.slices)).to.deep.equal([['pubsub', ['pubsub.googleapis.com'], null, 4000], ...all])
  })
})
