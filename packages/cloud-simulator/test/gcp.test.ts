import { expect } from 'chai'
import { after, afterEach, before, describe, it } from 'mocha'
import { gcpPolicies, gcpRelationships, startSimulator, type FaultRule, type Simulator } from '../src/index.ts'
import { assetClient } from './clients.ts'

type Asset = { name: string; assetType: string; [key: string]: unknown }

describe('Cloud Asset Inventory, through the unmodified SDK', () => {
  let simulator: Simulator
  let client: ReturnType<typeof assetClient>
  let organization: string
  let project: string
  before(async () => {
    simulator = await startSimulator({ estate: { seed: 7, resources: 12_000, gcpProjects: 3 } })
    client = assetClient(simulator)
    organization = `organizations/${simulator.estate.gcpOrganization}`
    project = `projects/${simulator.estate.gcpProjects[0]}`
  })
  afterEach(() => simulator.setFaults([]))
  after(async () => {
    await client.close()
    await simulator.close()
  })

  const NO_RETRIES = { autoPaginate: false, timeout: 2000, retry: null } as const
  const set = (kind: FaultRule['kind'], more: Partial<FaultRule> = {}) =>
    simulator.setFaults([{ provider: 'gcp', kind, ...more }])
  const list = async (request: object): Promise<Asset[]> => {
    const assets: unknown[] = []
    let pageToken = ''
    do {
      const [page, , raw] = await client.listAssets(
        { parent: organization, pageSize: 1000, ...request, pageToken },
        NO_RETRIES,
      )
      assets.push(...page)
      pageToken = (raw as { nextPageToken?: string }).nextPageToken ?? ''
    } while (pageToken)
    return assets as Asset[]
  }
  const search = async (request: object = {}) => {
    const results: unknown[] = []
    let pageToken = ''
    do {
      const [page, , raw] = await client.searchAllResources(
        { scope: organization, pageSize: 500, orderBy: 'assetType', ...request, pageToken },
        NO_RETRIES,
      )
      results.push(...page)
      pageToken = (raw as { nextPageToken?: string }).nextPageToken ?? ''
    } while (pageToken)
    return results as Asset[]
  }
  const names = (assets: readonly Asset[]) => assets.map(({ name }) => name)
  const code = (work: Promise<unknown>) =>
    work.then(
      () => 'ok',
      (thrown: { code: number }) => thrown.code,
    )

  it('searches what it lists, in the order asked for, with the fields asked for', async () => {
    const results = await search({ readMask: { paths: ['name', 'asset_type', 'create_time'] } })
    expect(names(results).toSorted()).to.deep.equal([...simulator.estate.ids('gcp')].toSorted())
    const types = results.map(({ assetType }) => assetType)
    expect(types).to.deep.equal(types.toSorted())
    expect(results[0]).to.include({ location: '', project: '' }).and.not.include({ createTime: null })
  })

  it('searches a folder and a project', async () => {
    const inProject = await search({ scope: project })
    expect(names(inProject).toSorted()).to.deep.equal(names(await list({ parent: project })).toSorted())
    const folders = await Promise.all([0, 1, 2, 3, 4, 5, 6, 7].map((id) => search({ scope: `folders/${id}` })))
    expect(folders.flat()).to.have.length(simulator.estate.count('gcp'))
  })

  it('refuses a search that changes on its way, an unknown order and an unknown field', async () => {
    const ask = (request: object) => code(client.searchAllResources({ scope: organization, ...request }, NO_RETRIES))
    const [, , raw] = await client.searchAllResources({ scope: organization, pageSize: 10 }, NO_RETRIES)
    const { nextPageToken: pageToken } = raw as { nextPageToken: string }
    expect(await ask({ pageSize: 10, pageToken })).to.equal('ok')
    expect(await ask({ pageSize: 20, pageToken })).to.equal(3)
    expect(await ask({ orderBy: 'colour' })).to.equal(3)
    expect(await ask({ readMask: { paths: ['colour'] } })).to.equal(3)
    expect(await ask({ readMask: { paths: ['assetType'] } }), 'as JSON names it').to.equal(3)
    expect(await ask({ assetTypes: ['nothing.*'] })).to.equal(3)
    expect(await ask({ scope: 'organizations/1' })).to.equal(7)
  })

  it('gives IAM policies of those resources that have one, and they are the truth', async () => {
    const truth = new Map(gcpPolicies(simulator.estate))
    const assets = await list({ contentType: 'IAM_POLICY' })
    expect(names(assets).toSorted()).to.deep.equal([...truth.keys()].toSorted())
    expect(assets.length)
      .to.be.greaterThan(100)
      .and.lessThan(simulator.estate.count('gcp') / 2)
    const conditional = assets.filter(({ iamPolicy }) => (iamPolicy as { version: number }).version === 3)
    expect(conditional.length).to.be.greaterThan(0).and.lessThan(assets.length)
    const { iamPolicy, name } = conditional[0] as unknown as {
      name: string
      iamPolicy: { bindings: object[]; etag: Buffer }
    }
    const told = truth.get(name) as { bindings: { condition?: object }[]; etag: string }
    expect(iamPolicy.bindings[2]).to.deep.nested.include({ 'condition.title': 'until 2027' })
    expect(told.bindings[2]!.condition).to.deep.include({ title: 'until 2027' })
    expect(iamPolicy.etag.toString('base64')).to.equal(told.etag)
  })

  it('gives a row for each relationship, across pages, and they are the truth', async () => {
    const rows = await list({ contentType: 'RELATIONSHIP', pageSize: 77 })
    const told = rows.map(({ name, relatedAsset }) => {
      const { relationshipType, asset } = relatedAsset as { relationshipType: string; asset: string }
      return `${name} ${relationshipType} ${asset}`
    })
    expect(told.toSorted()).to.deep.equal(
      [...gcpRelationships(simulator.estate)].map((row) => row.join(' ')).toSorted(),
    )
  })

  it('knows types of which there is nothing, and refuses those that the content does not have', async () => {
    expect(await list({ assetTypes: ['spanner.googleapis.com/Database'] })).to.deep.equal([])
    const ask = (request: object) => code(client.listAssets({ parent: organization, ...request }, NO_RETRIES))
    expect(await ask({ assetTypes: ['compute.googleapis.com/Firewall'], contentType: 'IAM_POLICY' })).to.equal(3)
    expect(await ask({ assetTypes: ['storage.googleapis.com/Bucket'], contentType: 'RELATIONSHIP' })).to.equal(3)
    expect(await ask({ assetTypes: ['(?!compute).*'] })).to.equal(3)
  })

  it('echoes the read time', async () => {
    const seconds = Math.floor(Date.now() / 1000) - 600
    const [, , raw] = await client.listAssets({ parent: project, readTime: { seconds } }, NO_RETRIES)
    expect(Number((raw as unknown as { readTime: { seconds: string } }).readTime.seconds)).to.equal(seconds)
  })

  it('has a volatile window: what is asked twice about now differs, about a while ago it does not', async () => {
    set('volatile_window')
    const at = (ago: number) => list({ parent: project, readTime: { seconds: Math.floor(Date.now() / 1000) - ago } })
    expect(names(await at(0))).to.not.deep.equal(names(await at(0)))
    expect(names(await at(300))).to.deep.equal(names(await at(300)))
  })

  it('may give fewer than a page and go on from there', async () => {
    set('short_page')
    const [page] = await client.listAssets({ parent: project, pageSize: 100 }, NO_RETRIES)
    expect(page).to.have.length(50)
    expect(await list({})).to.have.length(simulator.estate.count('gcp'))
  })

  it('may search less than it lists, and list less than it searches', async () => {
    const all = simulator.estate.count('gcp')
    set('search_lag')
    expect((await search()).length).to.be.lessThan(all)
    set('unsearchable')
    const searched = new Set((await search()).map(({ assetType }) => assetType))
    expect(searched.has('dns.googleapis.com/ManagedZone')).to.equal(false)
    expect(await list({})).to.have.length(all)
    set('unsupported_type')
    expect(await search()).to.have.length(all)
    expect((await list({})).some(({ assetType }) => assetType === 'pubsub.googleapis.com/Subscription')).to.equal(false)
    set('policy_only')
    const keys = (assets: Asset[]) => names(assets.filter(({ assetType }) => assetType.startsWith('cloudkms')))
    const withPolicy = keys(await list({ contentType: 'IAM_POLICY' }))
    expect(withPolicy).to.not.deep.equal([])
    for (const others of [keys(await list({ contentType: 'RESOURCE' })), keys(await search())]) {
      expect(others).to.have.length.greaterThan(0)
      expect(others.filter((name) => withPolicy.includes(name))).to.deep.equal([])
    }
  })

  it('takes a scope by its id alone or whole, of what lasts as of what strikes once', async () => {
    const [parent, id] = [project, project.split('/')[1]!]
    const types = async (scope: string) =>
      new Set((await list({ parent: scope, contentType: 'RESOURCE' })).map(({ assetType }) => assetType))
    for (const scope of [parent, id]) {
      set('unsupported_type', { scope })
      expect([...(await types(parent))]).to.not.include('pubsub.googleapis.com/Subscription')
      expect([...(await types(`projects/${simulator.estate.gcpProjects[1]}`))]).to.include(
        'pubsub.googleapis.com/Subscription',
      )
    }
  })

  it('damages pages of resources only, unless the search is named', async () => {
    set('lost_page', { page: 1 })
    expect(await search()).to.have.length(simulator.estate.count('gcp'))
    set('lost_page', { page: 1, operation: 'SearchAllResources' })
    expect(await search()).to.have.length(simulator.estate.count('gcp') - 500)
  })

  it('refuses one content type alone, or one operation alone', async () => {
    const ask = (contentType: 'RESOURCE' | 'IAM_POLICY' | 'RELATIONSHIP') =>
      code(client.listAssets({ parent: project, contentType }, NO_RETRIES))
    set('denied', { table: 'IAM_POLICY' })
    expect([await ask('RESOURCE'), await ask('IAM_POLICY')]).to.deep.equal(['ok', 7])
    set('invalid_request', { table: 'IAM_POLICY' })
    expect([await ask('RESOURCE'), await ask('IAM_POLICY')]).to.deep.equal(['ok', 3])
    set('relationships_off')
    expect([await ask('RESOURCE'), await ask('RELATIONSHIP')]).to.deep.equal(['ok', 7])
    set('denied', { operation: 'SearchAllResources' })
    expect([await ask('RESOURCE'), await code(search())]).to.deep.equal(['ok', 7])
  })

  it('wants a quota project that the caller may use', async () => {
    const ask = (headers: Record<string, string>) =>
      client.listAssets({ parent: project }, { ...NO_RETRIES, otherArgs: { headers } }).then(
        () => 'ok',
        (thrown: { reason?: string }) => thrown.reason,
      )
    set('quota_project_missing')
    expect([await ask({}), await ask({ 'x-goog-user-project': 'one' })]).to.deep.equal(['SERVICE_DISABLED', 'ok'])
    set('quota_project_denied')
    expect(await ask({ 'x-goog-user-project': 'one' })).to.equal('USER_PROJECT_DENIED')
  })

  it('gives fewer in a page than are asked for, where it is told to, and all in the end', async () => {
    const short = await startSimulator({ estate: { seed: 7, resources: 300, gcpProjects: 1 }, mostPerPage: 25 })
    const one = assetClient(short)
    const scope = `organizations/${short.estate.gcpOrganization}`
    try {
      const [found] = await one.searchAllResources({ scope, pageSize: 500 }, NO_RETRIES)
      expect(found).to.have.length(25)
      const all: string[] = []
      for (let pageToken = '', pages = 0; pages === 0 || pageToken; pages++) {
        const [page, , raw] = await one.listAssets({ parent: scope, pageSize: 1000, pageToken }, NO_RETRIES)
        expect(page.length).to.be.within(1, 25)
        all.push(...names(page as Asset[]))
        pageToken = (raw as { nextPageToken?: string }).nextPageToken ?? ''
      }
      expect(all.toSorted()).to.deep.equal([...short.estate.ids('gcp')].toSorted())
    } finally {
      await one.close()
      await short.close()
    }
  })
})
