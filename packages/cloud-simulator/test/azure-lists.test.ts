import { expect } from 'chai'
import { after, afterEach, before, describe, it } from 'mocha'
import { managementGroups, startSimulator, type FaultKind, type Simulator } from '../src/index.ts'
import { graphClient } from './clients.ts'

describe("Resource Manager's lists", () => {
  let simulator: Simulator
  before(async () => {
    simulator = await startSimulator({ estate: { seed: 5, resources: 3000, azureSubscriptions: 250 } })
  })
  after(() => simulator.close())
  afterEach(() => simulator.setFaults([]))

  const headers = { authorization: 'Bearer test-principal' }
  const get = async (path: string) => {
    const response = await fetch(path.startsWith('http') ? path : simulator.azureEndpoint + path, { headers })
    return { status: response.status, body: (await response.json()) as Record<string, unknown> }
  }
  const all = async (path: string) => {
    const found: Record<string, unknown>[] = []
    let pages = 0
    for (let next: string | undefined = path; next; pages++) {
      const { body } = await get(next)
      found.push(...(body['value'] as Record<string, unknown>[]))
      next = body['nextLink'] as string | undefined
    }
    return { found, pages }
  }
  const strike = (kind: FaultKind, scope: string) => simulator.setFaults([{ provider: 'azure', kind, scope }])

  it('name every subscription, page by page, with its state', async () => {
    const [first] = simulator.estate.azureSubscriptions
    strike('region_disabled', first!)
    const { found, pages } = await all('/subscriptions?api-version=2022-12-01')
    expect(pages).to.equal(3)
    expect(found.map((one) => one['subscriptionId'])).to.deep.equal(simulator.estate.azureSubscriptions)
    expect(found.map((one) => one['state'])).to.deep.equal(
      simulator.estate.azureSubscriptions.map((id) => (id === first ? 'Disabled' : 'Enabled')),
    )
  })

  it('leave out a subscription that Resource Graph shows, where that is the fault', async () => {
    const [first] = simulator.estate.azureSubscriptions
    strike('unlisted', first!)
    const { found } = await all('/subscriptions?api-version=2022-12-01')
    expect(found.map((one) => one['subscriptionId'])).to.not.include(first)
    const { data } = await graphClient(simulator).resources({
      query: 'resources | summarize count() by subscriptionId',
    })
    expect((data as { subscriptionId: string }[]).map((row) => row.subscriptionId)).to.include(first)
  })

  it('have a disabled subscription that Resource Graph shows, where that is the fault', async () => {
    const [first] = simulator.estate.azureSubscriptions
    strike('disabled_shown', first!)
    const { found } = await all('/subscriptions?api-version=2022-12-01')
    expect(found.find((one) => one['subscriptionId'] === first)).to.include({ state: 'Disabled' })
    const { data } = await graphClient(simulator).resources({
      query: 'resources | summarize count() by subscriptionId',
    })
    expect((data as { subscriptionId: string }[]).map((row) => row.subscriptionId)).to.include(first)
  })

  it('name what is below a management group, also what may not be read', async () => {
    const [root, child] = managementGroups(simulator.estate)
    strike('denied', child!.subscriptions[0]!)
    const path = (name: string) =>
      `/providers/Microsoft.Management/managementGroups/${name}/descendants?api-version=2020-05-01`
    const subscriptions = async (name: string) =>
      (await all(path(name))).found.filter((one) => one['type'] === '/subscriptions').map((one) => one['name'])
    expect(await subscriptions(root!.name)).to.deep.equal(simulator.estate.azureSubscriptions)
    expect(await subscriptions(child!.name)).to.deep.equal(child!.subscriptions)
    expect((await get(path('nowhere'))).status).to.equal(403)
  })

  it('say whether Resource Graph is registered', async () => {
    const [first, second, third] = simulator.estate.azureSubscriptions
    simulator.setFaults([
      { provider: 'azure', kind: 'unregistered', scope: second! },
      { provider: 'azure', kind: 'denied', scope: third! },
    ])
    const path = (id: string) => `/subscriptions/${id}/providers/Microsoft.ResourceGraph?api-version=2021-04-01`
    expect((await get(path(first!))).body).to.include({ registrationState: 'Registered' })
    expect((await get(path(second!))).body).to.include({ registrationState: 'NotRegistered' })
    expect((await get(path(third!))).status).to.equal(403)
  })

  it('refuse what has no version, no token or no meaning', async () => {
    expect((await get('/subscriptions')).status).to.equal(400)
    expect((await fetch(`${simulator.azureEndpoint}/subscriptions?api-version=2022-12-01`)).status).to.equal(401)
    expect((await get('/subscriptions/x/locations?api-version=2022-12-01')).status).to.equal(404)
  })
})

describe('what Resource Graph hides', () => {
  let simulator: Simulator
  before(async () => {
    simulator = await startSimulator({ estate: { seed: 5, resources: 3000, azureSubscriptions: 4 } })
  })
  after(() => simulator.close())
  afterEach(() => simulator.setFaults([]))

  const ask = (query: string, options: object = {}) => {
    let limitHit: string | undefined
    return graphClient(simulator)
      .resources(
        { query, options },
        { onResponse: (raw) => (limitHit = raw.headers.get('x-ms-tenant-subscription-limit-hit')) },
      )
      .then(
        (page) => ({ page, limitHit, details: '' }),
        (thrown: { details?: unknown }) => ({ page: undefined, limitHit, details: JSON.stringify(thrown.details) }),
      )
  }
  const strike = (kind: FaultKind, rest: object = {}) => simulator.setFaults([{ provider: 'azure', kind, ...rest }])

  it('hidden_rows: half a subscription is out of sight, and no count shows it', async () => {
    const query = 'resources | project id'
    const { page: whole } = await ask(query)
    strike('hidden_rows', { scope: simulator.estate.azureSubscriptions[0]! })
    const { page } = await ask(query)
    expect(page!.totalRecords).to.be.lessThan(whole!.totalRecords)
    expect(page!.count).to.equal(Math.min(1000, page!.totalRecords))
  })

  it('subscription_limit: half of the subscriptions, and a header that says so', async () => {
    const query = 'resources | summarize count() by subscriptionId'
    expect((await ask(query)).limitHit).to.equal(undefined)
    strike('subscription_limit')
    const { page, limitHit } = await ask(query)
    expect(limitHit).to.equal('true')
    expect(page!.count).to.equal(2)
  })

  it('new_subscription: out of sight until the next token is given', async () => {
    const query = 'resources | summarize count() by subscriptionId'
    strike('new_subscription', { scope: simulator.estate.azureSubscriptions[0]! })
    expect((await ask(query)).page!.count).to.equal(3)
    const form = { grant_type: 'client_credentials', client_id: 'test', client_secret: 'any', scope: 'any/.default' }
    await fetch(`${simulator.azureEndpoint}/${simulator.estate.azureTenant}/oauth2/v2.0/token`, {
      method: 'POST',
      body: new URLSearchParams(form),
    })
    expect((await ask(query)).page!.count).to.equal(4)
  })

  it('no_skip_token: an answer that is cut short without a word on how to go on', async () => {
    strike('no_skip_token')
    const { page } = await ask('resources | project id', { top: 10 })
    expect(page).to.include({ resultTruncated: 'true', count: 5 })
    expect(page!.skipToken).to.equal(undefined)
    expect(page!.totalRecords).to.be.greaterThan(5)
  })

  const COUNTED = 'summarize rows = count() by subscriptionId | extend source ='
  const leg = (table: string) => `${table} | ${COUNTED} '${table}'`
  const union = (...tables: string[]) => {
    const [first, ...others] = tables.map(leg)
    return [first, ...others.map((other) => `union (${other})`)].join(' | ')
  }

  it('unites the counts of three tables, each as it is counted alone', async () => {
    const rows = async (query: string) => ((await ask(query)).page?.data ?? []) as Record<string, unknown>[]
    const tables = ['resources', 'kustoresources', 'policyresources']
    const united = await rows(union(...tables))
    expect(united).to.deep.equal((await Promise.all(tables.map((table) => rows(leg(table))))).flat())
    expect(new Set(united.map(({ source }) => source))).to.deep.equal(new Set(['resources', 'policyresources']))
  })

  it('refuses more legs, a table twice, a union in a union, and one with a table that it does not have', async () => {
    const details = async (query: string) => (await ask(query)).details
    expect(await details(union('resources', 'kustoresources', 'policyresources', 'dnsresources'))).to.include('3 legs')
    expect(await details(union('resources', 'resources'))).to.include('different tables')
    expect(await details(`resources | ${COUNTED} 'a' | union (${union('dnsresources', 'kustoresources')})`)).to.include(
      'union',
    )
    expect(await details(`${union('resources', 'dnsresources')} | take 1`)).to.include('ParserFailure')
    expect(await details(union('resources', 'insightresources'))).to.include('DisallowedLogicalTableName')
  })

  it('union_refused: a query has one table only', async () => {
    strike('union_refused')
    expect((await ask(union('resources', 'dnsresources'))).details).to.include('ParserFailure')
    expect((await ask(leg('resources'))).page!.count).to.be.greaterThan(0)
  })

  it('strikes a query over several tables where a rule is about one of them', async () => {
    strike('table_unknown', { table: 'dnsresources' })
    expect((await ask(union('resources', 'dnsresources'))).details).to.include('DisallowedLogicalTableName')
    expect((await ask(union('resources', 'kustoresources'))).page).to.not.equal(undefined)
  })

  it('table_unknown: the words of Azure for a table that it does not have', async () => {
    strike('table_unknown', { table: 'kustoresources' })
    expect((await ask('kustoresources | project id')).details).to.include('DisallowedLogicalTableName')
    expect((await ask('resources | project id')).page!.count).to.be.greaterThan(0)
  })
})
