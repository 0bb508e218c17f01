import { gcpPolicies, startSimulator, type FaultRule, type Simulator } from '@cae/cloud-simulator'
import { ExtractionError, toTask, type JsonObject, type Page, type Slice } from '@cae/core'
import { testContext } from '@cae/core/testing'
import { expect } from 'chai'
import { after, afterEach, before, describe, it } from 'mocha'
import { gcpProvider, type GcpContent, type GcpOptions } from '../src/index.ts'
import { run } from './run.ts'

const asOf = new Date().toISOString()

describe('Cloud Asset Inventory when things go wrong', () => {
  let simulator: Simulator
  let total: number
  before(async () => {
    simulator = await startSimulator({ estate: { seed: 3, resources: 20_000, gcpProjects: 1 } })
    total = simulator.estate.count('gcp')
  })
  after(() => simulator.close())
  afterEach(() => simulator.setFaults([]))

  const strike = (...rules: Omit<FaultRule, 'provider'>[]) =>
    simulator.setFaults(rules.map((rule) => ({ provider: 'gcp', ...rule })))
  const provider = (options: Partial<GcpOptions> = {}) =>
    gcpProvider({
      endpoint: simulator.gcpEndpoint,
      projects: simulator.estate.gcpProjects.map((project_id) => ({ project_id })),
      ...options,
    })
  /** The slice that holds the project, as planning without a fault makes it. */
  const sliceOf = async (one = provider()): Promise<Slice> => {
    let [slice] = (await one.plan({ asOf }, testContext())).slices
    while (slice!.plans) {
      const planning = await one.open(toTask('run1', 'gcp', asOf, slice!), testContext())
      let page: Page = await planning.read(null)
      while (page.next !== null) page = await planning.read(page.next)
      slice = page.plan!.slices[0]
    }
    return slice!
  }
  const open = async (context = testContext(), one = provider()) =>
    one.open(toTask('run1', 'gcp', asOf, await sliceOf(one)), context)
  const failure = async (work: Promise<unknown>) => {
    const thrown = await work.then(
      () => undefined,
      (reason: unknown) => reason,
    )
    expect(thrown).to.be.instanceOf(ExtractionError)
    return thrown as ExtractionError
  }
  const requests = (operation = 'ListAssets') => simulator.requests().gcp[operation]?.total ?? 0

  it('reads the services asked for, and nothing else', async () => {
    const { artifacts, codes } = await run(provider(), { services: ['compute', 'storage', 'ec2'] })
    expect(new Set(artifacts.map(({ metadata }) => metadata.service))).to.deep.equal(new Set(['compute', 'storage']))
    const { artifacts: byGlob } = await run(provider(), { resourceTypes: ['gcp:compute:*', 'gcp:storage:b*', 'aws:*'] })
    expect(byGlob.length).to.equal(artifacts.length)
    expect([...codes]).to.deep.equal(['complete'])
  })

  it('reads everything where a type is asked for whose service the catalogue lacks', async () => {
    const { artifacts, codes } = await run(provider(), { resourceTypes: ['gcp:looker:instance'] })
    expect(artifacts.length).to.equal(total)
    expect([...codes]).to.deep.equal(['complete'])
  })

  it('keeps to the regions of the settings, and to what has none, and still knows what is missing', async () => {
    const [project_id] = simulator.estate.gcpProjects
    const region = (await run(provider())).artifacts.find(({ metadata }) => metadata.zone)!.metadata.region
    const projects = [{ project_id: project_id!, regions: [region.toUpperCase()] }]
    const { artifacts, codes } = await run(provider({ projects }))
    expect(artifacts.length).to.be.greaterThan(0).and.lessThan(total)
    for (const { metadata } of artifacts) expect(metadata.region).to.be.oneOf([region, 'global'])
    expect([...codes]).to.deep.equal(['complete'])
    strike({ kind: 'lost_page', page: 2, table: 'RESOURCE' })
    expect((await run(provider({ projects }))).codes).to.include('COUNT_MISMATCH')
  })

  /** Of what is lost, resources with a policy are delivered by it. */
  const BARE = { 'bare-all': 'COUNT_MISMATCH' }

  /** What happens → how the slices of the run end, gaps, and how many resources come. */
  const outcomes: [Omit<FaultRule, 'provider'>, string[], Record<string, string>, (total: number) => number][] = [
    [{ kind: 'denied' }, ['ACCESS_DENIED'], {}, () => 0],
    [{ kind: 'region_disabled' }, ['NOT_ENABLED'], {}, () => 0],
    [{ kind: 'expired_token' }, ['CREDENTIALS_EXPIRED'], {}, () => 0],
    [{ kind: 'quota_project_missing' }, ['CREDENTIALS_INVALID'], {}, () => 0],
    [{ kind: 'quota_project_denied' }, ['ACCESS_DENIED'], {}, () => 0],
    [{ kind: 'server_error' }, ['UNAVAILABLE'], {}, () => 0],
    [{ kind: 'throttle' }, ['THROTTLED'], {}, () => 0],
    [{ kind: 'throttle', operation: 'ListAssets', page: 3 }, ['THROTTLED'], {}, () => 2000],
    [{ kind: 'reset', operation: 'ListAssets' }, ['UNAVAILABLE'], {}, () => 0],
    [{ kind: 'expired_cursor' }, ['CURSOR_EXPIRED'], {}, () => 0],
    [{ kind: 'expired_cursor', table: 'RESOURCE' }, ['CURSOR_EXPIRED'], {}, () => 1000],
    [{ kind: 'repeated_cursor' }, ['CURSOR_LOOP'], {}, () => 0],
    [{ kind: 'repeated_cursor', table: 'RESOURCE' }, ['CURSOR_LOOP'], {}, () => 1000],
    [{ kind: 'lost_page', page: 1 }, ['COUNT_MISMATCH'], {}, (all) => all - 1000],
    [{ kind: 'lost_page', page: 2, table: 'RESOURCE' }, ['COUNT_MISMATCH'], BARE, (all) => all - 1000],
    [{ kind: 'lost_page', page: 4, table: 'RESOURCE' }, ['COUNT_MISMATCH'], BARE, () => 3000],
    [{ kind: 'duplicate_items' }, ['complete'], {}, (all) => all],
    [{ kind: 'duplicate_items', operation: 'SearchAllResources' }, ['complete'], {}, (all) => all],
    [{ kind: 'repeated_items', operation: 'SearchAllResources' }, ['complete'], {}, (all) => all],
    [{ kind: 'short_page' }, ['complete'], {}, (all) => all],
    [{ kind: 'volatile_window' }, ['complete'], {}, (all) => all],
    [{ kind: 'search_lag' }, ['complete'], {}, (all) => all],
    [{ kind: 'unsearchable' }, ['complete'], {}, (all) => all],
    [{ kind: 'denied', operation: 'SearchAllResources' }, ['complete'], {}, (all) => all],
    [{ kind: 'denied', table: 'IAM_POLICY' }, ['complete'], { iam_policy: 'ACCESS_DENIED' }, (all) => all],
    [{ kind: 'invalid_request' }, ['REQUEST_INVALID'], {}, () => 0],
    [{ kind: 'invalid_request', table: 'RESOURCE' }, ['REQUEST_INVALID'], {}, () => 0],
    [{ kind: 'invalid_request', table: 'IAM_POLICY' }, ['complete'], { iam_policy: 'REQUEST_INVALID' }, (all) => all],
    [{ kind: 'relationships_off' }, ['complete'], { relationship: 'NOT_ENABLED' }, (all) => all],
  ]
  for (const [rule, codes, gaps, count] of outcomes) {
    it(`${JSON.stringify(rule)} ends as ${[...codes, ...Object.entries(gaps).flat()].join(', ')}`, async () => {
      strike(rule)
      const ran = await run(provider({ content: ['resource', 'iam_policy', 'relationship'] }), { asOf })
      const ends = new Set([...ran.codes].filter((code) => code !== 'complete' || codes.includes('complete')))
      expect([...ends]).to.deep.equal(codes)
      expect(Object.fromEntries(ran.gaps.map(({ partition, code }) => [partition, code]))).to.deep.equal(gaps)
      const whole = ran.artifacts.filter(({ metadata }) => !metadata.withheld?.includes('configuration'))
      const names = whole.map(({ metadata }) => metadata.resource_id)
      expect(new Set(names).size).to.equal(count(total))
      expect(names.length).to.equal(count(total))
    })
  }

  it('says of an unsupported type that it cannot be listed, and reads its siblings', async () => {
    strike({ kind: 'unsupported_type' })
    const { artifacts, codes, gaps } = await run(provider())
    expect([...codes]).to.deep.equal(['complete'])
    expect(gaps.map(({ partition, code }) => [partition, code])).to.deep.equal([
      ['unsupported-pubsub-Subscription', 'NOT_ENABLED'],
    ])
    expect(artifacts.length).to.be.greaterThan(0).and.lessThan(total)
  })

  it('says of a slice that it cannot be listed, where all its types are unsupported', async () => {
    const one = provider()
    const { query, ...slice } = await sliceOf(one)
    const { counts: _, ...rest } = query
    const readOf = async (types: JsonObject) => {
      strike({ kind: 'unsupported_type' })
      const task = toTask('run1', 'gcp', asOf, { ...slice, query: { ...rest, ...types } })
      return (await one.open(task, testContext())).read(null)
    }
    const counts = { 'pubsub.googleapis.com': { Subscription: 12_000 } }
    const counted = await readOf({ only: ['pubsub.googleapis.com/Subscription'], counts })
    expect(counted).to.include({ next: null }).and.deep.include({ artifacts: [] })
    expect(counted.missing).to.deep.equal({ count: 0, source: 'SearchAllResources' })
    const gaps = ({ plan }: Page) => plan!.gaps.map(({ partition, code, message }) => [partition, code, message])
    expect(gaps(counted)).to.deep.equal([
      [
        'unsupported-pubsub-Subscription',
        'NOT_ENABLED',
        'SearchAllResources finds pubsub.googleapis.com/Subscription, which ListAssets does not support',
      ],
    ])
    const unknown = await readOf({ only: ['nothing.googleapis.com'] })
    expect(gaps(unknown)).to.deep.equal([
      ['unsupported-nothing_googleapis_com', 'NOT_ENABLED', 'ListAssets supports no type of nothing.googleapis.com'],
    ])
  })

  const PUBSUB = 'pubsub.googleapis.com'
  const STORAGE = 'storage.googleapis.com'
  /** A task of some types of the project. */
  const taskOf = async (types: JsonObject) => {
    const { query, ...slice } = await sliceOf()
    const { counts: _, ...rest } = query
    return toTask('run1', 'gcp', asOf, { ...slice, query: { ...rest, ...types } })
  }
  const gapsOf = ({ plan }: Page) => (plan?.gaps ?? []).map(({ partition, code }) => `${partition} ${code}`)

  it('takes one refusal of several types for no answer about each', async () => {
    const counts = { [PUBSUB]: { Topic: 12 }, [STORAGE]: { Bucket: 3000 } }
    const task = await taskOf({ only: [PUBSUB, STORAGE], content: ['resource'], counts })
    const readOf = async (rule: Partial<FaultRule>) => {
      strike({ kind: 'types_refused', table: 'RESOURCE', ...rule })
      return (await provider().open(task, testContext())).read(null)
    }
    const once = await readOf({ times: 1 })
    expect(once).to.deep.include({ next: null, artifacts: [], missing: { count: 3012, source: 'SearchAllResources' } })
    expect(gapsOf(once)).to.deep.equal([])
    const always = await readOf({})
    expect(always.missing!.count).to.equal(0)
    expect(gapsOf(always)).to.deep.equal([
      'unsupported-pubsub-Topic NOT_ENABLED',
      'unsupported-storage-Bucket NOT_ENABLED',
    ])
  })

  it('takes types that it has not asked for as missing', async () => {
    const kinds = Object.fromEntries(Array.from({ length: 12 }, (_, n) => [`Kind${n}`, 5]))
    const task = await taskOf({ only: [PUBSUB], content: ['resource'], counts: { [PUBSUB]: kinds } })
    strike({ kind: 'types_refused', table: 'RESOURCE' })
    const page = await (await provider().open(task, testContext())).read(null)
    expect(gapsOf(page)).to.have.length(10)
    expect(page.missing!.count).to.equal(10)
  })

  it('takes only a refusal that speaks of types for one, where a page held all of a type and is lost', async () => {
    const task = await taskOf({ only: [STORAGE], content: ['resource'], counts: { [STORAGE]: { Bucket: 7 } } })
    strike({ kind: 'lost_page', page: 1, table: 'RESOURCE', times: 1 }, { kind: 'invalid_request', table: 'RESOURCE' })
    const page = await (await provider().open(task, testContext())).read(null)
    expect(simulator.faults().map(({ met }) => met)).to.deep.equal([1, 1])
    expect(page).to.deep.include({ next: null, artifacts: [], missing: { count: 7, source: 'SearchAllResources' } })
    expect(gapsOf(page)).to.deep.equal([])
  })

  it('tells of types that cannot be listed also where another worker ends the slice', async () => {
    const task = await taskOf({ only: [STORAGE, 'nothing.googleapis.com'], counts: { [STORAGE]: { Bucket: 3000 } } })
    strike({ kind: 'types_refused', table: 'RESOURCE' })
    const first = await (await provider().open(task, testContext())).read(null)
    expect(first.artifacts).to.deep.equal([])
    const last = await (await provider().open(task, testContext())).read(first.next)
    // Buckets have policies, which were held until then.
    expect(last.artifacts).to.not.have.length(0)
    expect(last.next).to.equal(null)
    expect(gapsOf(last)).to.deep.equal([
      'unsupported-storage-Bucket NOT_ENABLED',
      'unsupported-nothing_googleapis_com NOT_ENABLED',
    ])
  })

  it('is not fooled by other types where a page is lost', async () => {
    // What the search does not count makes up for nothing.
    strike({ kind: 'unsearchable' }, { kind: 'lost_page', page: 2, table: 'RESOURCE' })
    const { slices } = await run(provider())
    expect(slices.at(-1)).to.include({ code: 'COUNT_MISMATCH' })
    expect(slices.at(-1)!.freshness).to.match(/\d+ of types that SearchAllResources does not count;/)
  })

  it('counts once what comes again on a later page, so that it neither makes a slice partial nor hides what is lost', async () => {
    const large = await startSimulator({ estate: { seed: 3, resources: 80_000, gcpProjects: 1 } })
    const projects = large.estate.gcpProjects.map((project_id) => ({ project_id }))
    const runLarge = async (...rules: Omit<FaultRule, 'provider'>[]) => {
      large.setFaults(rules.map((rule) => ({ provider: 'gcp', ...rule })))
      const { slices } = await run(provider({ endpoint: large.gcpEndpoint, projects }), { services: ['bigquery'] })
      const { code, artifacts, expected } = slices.at(-1)!
      const names = new Set(artifacts.map(({ metadata }) => metadata.resource_id))
      const bare = artifacts.filter(({ metadata }) => metadata.withheld?.includes('configuration')).length
      const missing = expected!.count - names.size
      return { code, again: artifacts.length - names.size, names: names.size, missing: missing + bare }
    }
    try {
      const calm = await runLarge()
      expect(calm).to.include({ code: 'complete', again: 0, missing: 0 })
      const repeated = { kind: 'repeated_items', table: 'RESOURCE' } as const
      const { again, ...whole } = await runLarge(repeated)
      expect(again).to.be.greaterThan(1000)
      expect(whole).to.deep.equal({ code: 'complete', names: calm.names, missing: 0 })
      // Of the same type, and more of them than are lost.
      const lossy = await runLarge({ kind: 'lost_page', page: 3, table: 'RESOURCE' }, repeated)
      expect(lossy.again).to.be.greaterThan(1000)
      expect(lossy).to.include({ code: 'COUNT_MISMATCH', missing: 1000 })
    } finally {
      await large.close()
    }
  })

  it('says where nothing is counted, and why', async () => {
    strike({ kind: 'denied', operation: 'SearchAllResources' })
    const { slices } = await run(provider())
    expect(slices.at(-1)!.expected).to.equal(null)
    expect(slices.at(-1)!.freshness).to.match(/^snapshot of .*; not counted: SearchAllResources .*ACCESS_DENIED;/)
  })

  it('says that what comes beside resources is not counted, where it is read', async () => {
    const freshness = async (...content: GcpContent[]) =>
      (await run(provider({ content }))).slices.at(-1)!.freshness!.split('; ').slice(1)
    expect(await freshness('resource')).to.deep.equal([])
    expect(await freshness('resource', 'iam_policy')).to.deep.equal(['policies are not counted'])
    const all = ['policies and relationships are not counted']
    expect(await freshness('resource', 'iam_policy', 'relationship')).to.deep.equal(all)
  })

  it('says which content ListAssets refuses for the types of a slice, since one of them may be why', async () => {
    const content = ['resource', 'iam_policy', 'relationship']
    const freshness = async (only: string) => {
      const task = await taskOf({ only: [only], content })
      return (await (await provider().open(task, testContext())).read(null)).freshness!.split('; ').slice(1)
    }
    expect(await freshness('compute.googleapis.com')).to.deep.equal(['policies and relationships are not counted'])
    expect(await freshness(STORAGE)).to.deep.equal([
      'policies are not counted',
      'ListAssets says that its types have no relationships',
    ])
    expect(await freshness('dns.googleapis.com/ManagedZone')).to.deep.equal([
      'ListAssets says that its types have no policies and no relationships',
    ])
  })

  it('gives the policies of what the listing of resources does not have', async () => {
    strike({ kind: 'policy_only' })
    const { artifacts, codes } = await run(provider())
    expect([...codes]).to.deep.equal(['complete'])
    const alone = artifacts.filter(({ metadata }) => metadata.withheld)
    const truth = [...gcpPolicies(simulator.estate)].filter(([name]) => name.startsWith('//cloudkms'))
    expect(alone.map(({ metadata }) => metadata.resource_id).toSorted()).to.deep.equal(
      truth.map(([name]) => name).toSorted(),
    )
    for (const { metadata, configuration } of alone) {
      expect(metadata.withheld).to.deep.equal(['configuration'])
      expect(configuration).to.have.all.keys('iamPolicy')
    }
  })

  it('does not take the policies of a lost page for its resources', async () => {
    // Nearly every dataset and bucket has a policy, so that what is lost comes again as policies.
    strike({ kind: 'lost_page', page: 1, table: 'RESOURCE' })
    const { slices, artifacts } = await run(provider(), { services: ['storage', 'bigquery'] })
    expect(artifacts.some(({ metadata }) => metadata.withheld?.includes('configuration'))).to.equal(true)
    expect(slices.at(-1)!.code).to.equal('COUNT_MISMATCH')
  })

  it('counts as missing what a lost page held and no policy names, and tells of the rest that it lacks configuration', async () => {
    const { query, ...slice } = await sliceOf()
    const readOf = async (page: number, types: JsonObject, isApart: boolean) => {
      const task = toTask('run1', 'gcp', asOf, { ...slice, query: { ...query, ...types } })
      strike({ kind: 'lost_page', page, table: 'RESOURCE' })
      const open = async () => provider().open(task, testContext())
      let reader = await open()
      const ids = new Set<string>()
      for (let cursor: string | null = null; ;) {
        const { artifacts, next, missing, plan } = await reader.read(cursor)
        for (const { metadata } of artifacts) ids.add(metadata.resource_id)
        if (next === null) return { ids: ids.size, missing: missing!.count, gaps: plan?.gaps ?? [] }
        cursor = next
        if (isApart) reader = await open()
      }
    }
    const whole = await readOf(2, {}, false)
    expect(whole.ids)
      .to.be.greaterThan(total - 1000)
      .and.lessThan(total)
    expect(whole.missing).to.equal(total - whole.ids)
    expect(whole.gaps.map(({ partition, code, message }) => [partition, code, message])).to.deep.equal([
      [
        'bare-all',
        'COUNT_MISMATCH',
        `ListAssets gave no configuration of ${1000 - whole.missing} resources that SearchAllResources counts, only what belongs beside it`,
      ],
    ])
    expect(await readOf(2, {}, true)).to.deep.equal(whole)
    // Every bucket has a policy, so that none is missing.
    const Bucket = [...gcpPolicies(simulator.estate)].filter(([name]) => name.startsWith('//storage.')).length
    const buckets = await readOf(1, { only: [STORAGE], counts: { [STORAGE]: { Bucket } } }, false)
    expect(buckets).to.include({ ids: Bucket, missing: 0 })
    expect(buckets.gaps.map(({ partition }) => partition)).to.deep.equal(['bare-all'])
  })

  it('marks what was refused in every artifact', async () => {
    strike({ kind: 'denied', table: 'IAM_POLICY' })
    const { artifacts } = await run(provider())
    for (const { metadata } of artifacts) expect(metadata.withheld).to.deep.equal(['iam_policy'])
  })

  it('tells what was refused for some pages of a slice, though the worker that ends it is given it', async () => {
    const one = provider()
    const slice = await sliceOf(one)
    const gaps: string[] = []
    strike({ kind: 'denied', table: 'IAM_POLICY' })
    for (let cursor: string | null = null; ;) {
      // A process of its own for each page.
      const reader = await provider().open(toTask('run1', 'gcp', asOf, slice), testContext())
      const page: Page = await reader.read(cursor)
      await reader.close()
      gaps.push(...(page.plan?.gaps ?? []).map(({ partition, code }) => `${partition} ${code}`))
      if (page.next === null) break
      cursor = page.next
      strike()
    }
    expect(gaps).to.deep.equal(['iam_policy ACCESS_DENIED'])
  })

  it('takes policies that were refused for some pages and then given for none of resources that are not listed', async () => {
    const content: readonly GcpContent[] = ['resource', 'iam_policy']
    const slice = await sliceOf(provider({ content }))
    const open = async () => provider().open(toTask('run1', 'gcp', asOf, slice), testContext())
    strike({ kind: 'denied', table: 'IAM_POLICY' })
    // With resources of this project's second page begin those that have policies.
    let cursor = (await (await open()).read(null)).next
    cursor = (await (await open()).read(cursor)).next
    strike()
    const reader = await open()
    const bare: string[] = []
    while (cursor !== null) {
      const page: Page = await reader.read(cursor)
      const withheld = page.artifacts.filter(({ metadata }) => metadata.withheld?.includes('configuration'))
      bare.push(...withheld.map(({ metadata }) => metadata.resource_id))
      cursor = page.next
    }
    expect(bare).to.deep.equal([])
  })

  it('tells once for all pages of a reader what was refused', async () => {
    const one = provider()
    const slice = await sliceOf(one)
    strike({ kind: 'denied', table: 'IAM_POLICY' })
    const reader = await one.open(toTask('run1', 'gcp', asOf, slice), testContext())
    const pages: Page[] = []
    for (let cursor: string | null = null; pages.length === 0 || cursor !== null; cursor = pages.at(-1)!.next) {
      pages.push(await reader.read(cursor))
    }
    expect(pages.length).to.be.greaterThan(2)
    expect(pages.map(gapsOf)).to.deep.equal([['iam_policy ACCESS_DENIED'], ...pages.slice(1).map(() => [])])
  })

  it('gives a throttle to the limiter at once, without a further attempt of its own', async () => {
    const reader = await open()
    strike({ kind: 'throttle' })
    const before = requests()
    expect(await failure(reader.read(null))).to.include({ code: 'THROTTLED' })
    expect(requests() - before).to.equal(1)
  })

  it('reads nothing twice because its task went back to the queue between two calls', async () => {
    const one = provider()
    const slice = await sliceOf(one)
    // A throttle before every page, and one between the first page and the policies that belong beside it.
    const readAll = async (runId: string, rules: Omit<FaultRule, 'provider'>[]) => {
      const counts = simulator.requests().gcp['ListAssets']!.ok
      const pages: Page[] = []
      for (let cursor: string | null = null; ;) {
        const reader = await one.open(toTask(runId, 'gcp', asOf, slice), testContext())
        const page: Page | null = await reader.read(cursor).catch((thrown: ExtractionError) => {
          expect(thrown.code).to.equal('THROTTLED')
          return null
        })
        await reader.close()
        strike(...(page ? rules : []))
        if (page) pages.push(page)
        cursor = page ? page.next : cursor
        if (page?.next === null) return { calls: simulator.requests().gcp['ListAssets']!.ok - counts, pages }
      }
    }
    const calm = await readAll('run2', [])
    strike({ kind: 'throttle', table: 'IAM_POLICY', times: 1 })
    const hasty = await readAll('run3', [{ kind: 'throttle', times: 1 }])
    expect(hasty.calls).to.equal(calm.calls)
    expect(hasty.pages).to.deep.equal(calm.pages)
  })

  it('goes on where it was, listing once more which names have a resource, where its task goes back to the queue', async () => {
    const slice = await sliceOf()
    const openBy = async (one: ReturnType<typeof provider>) =>
      one.open(toTask('run4', 'gcp', asOf, slice), testContext())
    strike({ kind: 'policy_only' })
    const first = await openBy(provider())
    let cursor: string | null = null
    // Until all resources are read.
    for (let pages = 0; pages < Math.ceil(total / 1000); pages++) cursor = (await first.read(cursor)).next
    const other = provider()
    const readRest = async (...rules: Omit<FaultRule, 'provider'>[]) => {
      strike({ kind: 'policy_only' }, ...rules.map((rule) => ({ table: 'RESOURCE', times: 1, ...rule })))
      const before = requests()
      const reader = await openBy(other)
      const end = await reader.read(cursor).then(
        ({ artifacts, next }) => ({ artifacts: artifacts.length, next }),
        ({ code }: ExtractionError) => code,
      )
      await reader.close()
      return { end, calls: requests() - before }
    }
    expect((await readRest({ kind: 'throttle', page: 3 })).end).to.equal('THROTTLED')
    expect(await readRest({ kind: 'throttle', page: 4 })).to.deep.equal({ end: 'THROTTLED', calls: 2 })
    const { end, calls } = await readRest()
    expect(calls).to.equal(1)
    expect(end).to.deep.include({ next: null })
    // A token that is refused there is one that has expired: the slice is read again.
    expect((await readRest({ kind: 'expired_cursor', page: 2 })).end).to.equal('CURSOR_EXPIRED')
    // A page that is lost there would have its resources come again, without configuration.
    expect((await readRest({ kind: 'lost_page', page: 2 })).end).to.equal('RESPONSE_INVALID')
    expect((await readRest()).end).to.deep.equal(end)
  })

  it('gets over an answer of UNAVAILABLE by itself', async () => {
    strike({ kind: 'server_error', times: 2 })
    expect((await run(provider())).artifacts).to.have.length(total)
  })

  const searchDown = { kind: 'server_error', operation: 'SearchAllResources' } as const
  /** A clock that goes on by so much each time that it is read. */
  const hasty = (milliseconds: number) => {
    let now = Date.now()
    return testContext({ clock: { ...testContext().clock, now: () => (now += milliseconds) } })
  }

  it('does without a search that stays unavailable', async () => {
    strike(searchDown)
    const { slices, artifacts, codes } = await run(provider(), {}, hasty(20_000))
    expect([...codes]).to.deep.equal(['complete'])
    expect(artifacts).to.have.length(total)
    expect(slices.at(-1)!.expected).to.equal(null)
  })

  it('tries a search again for 15 seconds from its first failure, however old the run is', async () => {
    const before = { asOf: new Date(Date.now() - 3_600_000).toISOString() }
    strike(searchDown)
    expect([...(await run(provider(), before, hasty(10_000))).codes]).to.include('UNAVAILABLE')
    // The channel takes three to be one call that failed; a page after the first, which is counted.
    strike({ ...searchDown, page: 2, times: 3 })
    const { slices, codes } = await run(provider(), before)
    expect([...codes]).to.deep.equal(['complete'])
    expect(slices.at(-1)!.expected).to.deep.equal({ count: total, source: 'SearchAllResources' })
  })

  it('ends a request that hangs as TIMEOUT', async () => {
    strike({ kind: 'hang' })
    expect([...(await run(provider({ timeoutMs: 200 }))).codes]).to.deep.equal(['TIMEOUT'])
  })

  it('says UNAVAILABLE or TIMEOUT where nobody listens', async () => {
    const { codes } = await run(provider({ endpoint: '127.0.0.1:1', timeoutMs: 300 }))
    expect([...codes][0]).to.be.oneOf(['UNAVAILABLE', 'TIMEOUT'])
  })

  it('says that there are no credentials where the key file is none', async () => {
    const one = gcpProvider({ projects: [{ project_id: 'x' }], credentials_file: '/nowhere.json', quota_project: 'q' })
    expect([...(await run(one)).codes]).to.deep.equal(['CREDENTIALS_INVALID'])
  })

  it('stops a request under way with the reason of the signal', async () => {
    const controller = new AbortController()
    const reader = await open(testContext({ signal: controller.signal }))
    strike({ kind: 'hang' })
    const reason = new Error('shutdown')
    setTimeout(() => controller.abort(reason), 30)
    expect(await reader.read(null).catch((caught: unknown) => caught)).to.equal(reason)
  })

  it('refuses a task of a project that the settings do not have', async () => {
    const task = toTask('run1', 'gcp', asOf, { scope: 'x', region: 'global', partition: 'all', query: {} })
    expect(await failure(provider().open(task, testContext()))).to.include({ code: 'SETTINGS_MISSING' })
  })

  it('takes a cursor of an older version as expired', async () => {
    const reader = await open()
    for (const cursor of ['CAESBGZvbw', '["CAESBGZvbw",1000,0,"0",0,null,17]']) {
      expect(await failure(reader.read(cursor)), cursor).to.include({ code: 'CURSOR_EXPIRED' })
    }
  })
})
