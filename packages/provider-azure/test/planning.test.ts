import { idsAbove, managementGroups, startSimulator, type FaultRule, type Simulator } from '@cae/cloud-simulator'
import { ExtractionError, toTask, type Slice } from '@cae/core'
import { testContext } from '@cae/core/testing'
import { expect } from 'chai'
import { after, afterEach, before, describe, it } from 'mocha'
import { azureProvider, DEFAULT_TABLES, type AzureOptions } from '../src/index.ts'
import { countedTables, readQuery } from '../src/slice.ts'
import { run, type Run } from './run.ts'

const asOf = new Date().toISOString()
const NOBODY = '00000000-0000-4000-8000-00000000dead'

const subscriptionsIn = (query: Slice['query']) => readQuery(query).subscriptions ?? []

describe('planning Azure', () => {
  let simulator: Simulator
  before(async () => {
    simulator = await startSimulator({ estate: { seed: 11, resources: 6000, azureSubscriptions: 6 } })
  })
  after(() => simulator.close())
  afterEach(() => simulator.setFaults([]))

  const strike = (...rules: Omit<FaultRule, 'provider'>[]) =>
    simulator.setFaults(rules.map((rule) => ({ provider: 'azure', ...rule })))
  const accounts = () => simulator.estate.azureSubscriptions.map((subscription_id) => ({ subscription_id }))
  const provider = (options: Partial<AzureOptions> = {}) =>
    azureProvider({
      endpoint: simulator.azureEndpoint,
      tenant_id: simulator.estate.azureTenant,
      accounts: accounts(),
      ...options,
    })
  const everywhere = () => provider({ accounts: [], all_subscriptions: true })
  const plan = (options: Partial<AzureOptions> = {}, target = {}) =>
    provider(options).plan({ asOf, ...target }, testContext())
  const subscriptionsOf = (slices: readonly Slice[]) => new Set(slices.flatMap(({ query }) => subscriptionsIn(query)))
  const failure = async (work: Promise<unknown>) => {
    const thrown = await work.then(
      () => undefined,
      (reason: unknown) => reason,
    )
    expect(thrown).to.be.instanceOf(ExtractionError)
    return thrown as ExtractionError
  }
  const expectWhole = (result: Run, ids: readonly string[]) => {
    expect([...result.artifacts.keys()].toSorted()).to.deep.equal(ids.toSorted())
    expect(result.delivered, 'each once').to.equal(ids.length)
    expect(result.endings.filter(({ outcome }) => outcome !== 'complete')).to.deep.equal([])
  }

  it('counts three tables in each slice, and asks nothing but who is there before that', async () => {
    simulator.resetRequests()
    const { slices, gaps } = await plan()
    expect(gaps).to.deep.equal([])
    expect(slices.every(({ plans }) => plans)).to.equal(true)
    expect(slices.map(({ partition }) => partition)).to.include.members([
      'resources+2-count',
      'policyresources+2-count',
    ])
    expect(new Set(slices.map(({ scope }) => scope)).size).to.equal(1)
    const { Resources, Subscriptions } = simulator.requests().azure
    expect([Resources!.total, Subscriptions!.total]).to.deep.equal([1, 1])
  })

  it('reads the subscriptions of the list, all tables of them', async () => {
    expectWhole(await run(provider()), [...simulator.estate.ids('azure')])
  })

  it('reads every subscription of the tenant, and once what stands above them', async () => {
    const above = idsAbove(managementGroups(simulator.estate))
    expect(above).to.not.have.length(0)
    expectWhole(await run(everywhere()), [...simulator.estate.ids('azure'), ...above])
  })

  it('says of what stands above subscriptions that it belongs to none', async () => {
    const { artifacts } = await run(everywhere())
    const [id] = idsAbove(managementGroups(simulator.estate))
    expect(artifacts.get(id!)!.metadata).to.not.have.any.keys('subscription_id', 'resource_group')
  })

  it('reads a management group: its subscriptions and what is assigned to it, not its neighbours', async () => {
    const group = managementGroups(simulator.estate)[1]!
    const own = group.subscriptions.map((id) => `/subscriptions/${id}`)
    const ids = [...simulator.estate.ids('azure')].filter((id) => own.some((prefix) => id.startsWith(prefix)))
    expectWhole(await run(provider({ accounts: [], management_groups: [group.name] })), [...ids, ...idsAbove([group])])
  })

  it('counts once what several management groups have in common', async () => {
    const groups = managementGroups(simulator.estate)
    const names = groups.map(({ name }) => name)
    expectWhole(await run(provider({ management_groups: names })), [
      ...simulator.estate.ids('azure'),
      ...idsAbove(groups),
    ])
  })

  it('shows a management group that Resource Graph leaves out as a gap, also one below', async () => {
    const [root, child, ...others] = managementGroups(simulator.estate)
    strike({ kind: 'denied', scope: child!.name })
    const { endings, artifacts } = await run(provider({ accounts: [], management_groups: [root!.name] }))
    expect(endings.filter(({ outcome }) => outcome !== 'complete')).to.deep.include.members([
      {
        scope: child!.name,
        partition: 'management-group',
        outcome: 'denied',
        code: 'ACCESS_DENIED',
        read: 0,
        expected: undefined,
        pages: 0,
      },
    ])
    expect([...artifacts.keys()]).to.include.members(idsAbove([root!, ...others]))
    expect([...artifacts.keys()]).to.not.include.members(idsAbove([child!]))
  })

  it('tells of a management group once that is refused, below another and written in another way', async () => {
    const [root, child] = managementGroups(simulator.estate)
    strike({ kind: 'denied', scope: child!.name })
    const named = [root!.name, child!.name.toUpperCase()]
    const { gaps } = await plan({ accounts: [], management_groups: named })
    expect(gaps.map(({ scope, code }) => [scope, code])).to.deep.equal([[named[1], 'ACCESS_DENIED']])
  })

  it("tells of each management group in Azure's own words where Resource Graph refuses to say which it shows", async () => {
    strike({ kind: 'table_unknown', table: 'resourcecontainers' })
    const { gaps } = await plan({ accounts: [], management_groups: [managementGroups(simulator.estate)[1]!.name] })
    expect(gaps.map(({ partition }) => partition)).to.include('management-group')
    for (const { code, message } of gaps) expect(`${code} ${message}`).to.match(/^NOT_ENABLED .*disallowed/)
  })

  it('asks for ten management groups at a time, and once for those that are below others', async () => {
    const named = managementGroups(simulator.estate).map(({ name }) => name)
    const unknown = Array.from({ length: 12 }, (_, n) => `nowhere-${n}`)
    const { slices, gaps } = await plan({ accounts: [], management_groups: [...named.toReversed(), ...unknown] })
    const asked = slices.flatMap(({ query }) => (query['groups'] ? [query['groups'] as string[]] : []))
    expect(new Set(asked.map((groups) => groups.length))).to.deep.equal(new Set([10, 3]))
    expect(new Set(asked.flat())).to.deep.equal(new Set([named[0], ...unknown]))
    expect(gaps.map(({ scope }) => scope)).to.deep.equal(unknown)
  })

  it('shows a management group that cannot be read as a gap', async () => {
    const { gaps } = await plan({ management_groups: ['nowhere'] })
    expect(gaps.map(({ scope, code }) => [scope, code])).to.deep.equal([['nowhere', 'ACCESS_DENIED']])
  })

  it('says of each subscription that is not readable who shows it and who does not', async () => {
    const [first, second, third] = simulator.estate.azureSubscriptions
    strike(
      { kind: 'denied', scope: first! },
      { kind: 'unlisted', scope: second! },
      { kind: 'region_disabled', scope: third! },
    )
    const options = { accounts: [...accounts(), { subscription_id: NOBODY }] }
    const { slices, gaps } = await plan(options)
    const byScope = new Map(gaps.map(({ scope, code, message }) => [scope, `${code} ${message}`]))
    expect(byScope.get(first!)).to.match(/^ACCESS_DENIED .*Resource Manager lists .* Resource Graph leaves it out/)
    expect(byScope.get(second!)).to.match(/^ACCESS_DENIED .*Resource Graph shows .* Resource Manager does not list/)
    expect(byScope.get(third!)).to.match(/^NOT_ENABLED .*disabled/)
    expect(byScope.get(NOBODY)).to.match(/^ACCESS_DENIED .*neither/)
    expect(byScope.size).to.equal(4)
    expect(subscriptionsOf(slices)).to.deep.equal(
      new Set(simulator.estate.azureSubscriptions.filter((id) => id !== first && id !== third)),
    )
  })

  it('reads a disabled subscription that Resource Graph shows, since what it holds is still there', async () => {
    const [first] = simulator.estate.azureSubscriptions
    strike({ kind: 'disabled_shown', scope: first! })
    const { slices, gaps } = await plan()
    expect(gaps).to.deep.equal([])
    expect(subscriptionsOf(slices)).to.include(first)
  })

  it('says of a subscription newer than its token that the next one shows it', async () => {
    const [first] = simulator.estate.azureSubscriptions
    const one = provider()
    expect((await one.plan({ asOf }, testContext())).gaps).to.deep.equal([])
    strike({ kind: 'new_subscription', scope: first! })
    const { gaps } = await one.plan({ asOf }, testContext())
    expect(gaps.map(({ scope, code }) => [scope, code])).to.deep.equal([[first, 'ACCESS_DENIED']])
    expect(gaps[0]!.message).to.match(/newer than our token, and shows with the next one$/)
  })

  it('shows all of them as gaps where none can be read', async () => {
    strike({ kind: 'denied' })
    const { slices, gaps } = await plan()
    expect(slices).to.deep.equal([])
    expect(gaps.map(({ code }) => code)).to.deep.equal(accounts().map(() => 'ACCESS_DENIED'))
  })

  it('shows a tenant of which nobody is seen as a gap, never as empty', async () => {
    strike({ kind: 'denied' }, { kind: 'unlisted' })
    const { slices, gaps } = await plan({ accounts: [], all_subscriptions: true, tables: ['dnsresources'] })
    expect(slices).to.deep.equal([])
    expect(gaps.map(({ scope, code }) => [scope, code])).to.deep.equal([
      [simulator.estate.azureTenant, 'ACCESS_DENIED'],
    ])
  })

  it("tells of each subscription of a refused tenant in Azure's own words", async () => {
    strike({ kind: 'denied' })
    const { gaps } = await plan({ accounts: [], all_subscriptions: true })
    expect(gaps.map(({ scope }) => scope)).to.deep.equal(simulator.estate.azureSubscriptions.toSorted())
    for (const { code, message } of gaps) {
      expect(`${code} ${message}`).to.match(/^ACCESS_DENIED .*resources\/read/)
    }
  })

  it("tells in Azure's own words of a subscription that the tenant does not show and that is refused by name", async () => {
    strike({ kind: 'table_unknown', scope: NOBODY })
    const { gaps } = await plan({ accounts: [], all_subscriptions: true }, { accounts: [NOBODY] })
    expect(gaps.map(({ scope, code }) => [scope, code])).to.deep.equal([[NOBODY, 'NOT_ENABLED']])
  })

  it('shows a subscription that a request names and nobody has as a gap, beside those that are there', async () => {
    const [first] = simulator.estate.azureSubscriptions
    const { name, subscriptions } = managementGroups(simulator.estate)[1]!
    const gapsOf = async (options: Partial<AzureOptions>, ...others: string[]) => {
      const { gaps } = await plan(options, { accounts: [...others, NOBODY.toUpperCase(), '111111111111', 'a-project'] })
      return gaps.map(({ scope, code }) => [scope, code])
    }
    const tenant = { accounts: [], all_subscriptions: true }
    expect(await gapsOf(tenant, first!)).to.deep.equal([[NOBODY, 'ACCESS_DENIED']])
    const group = { accounts: [], management_groups: [name] }
    expect(await gapsOf(group, subscriptions[0]!)).to.deep.equal([[NOBODY, 'SCOPE_NOT_FOUND']])
  })

  it('finds all subscriptions also where one query does not take them all', async () => {
    strike({ kind: 'subscription_limit' })
    const { slices, gaps } = await everywhere().plan({ asOf }, testContext())
    expect(gaps).to.deep.equal([])
    expect(subscriptionsOf(slices)).to.deep.equal(new Set(simulator.estate.azureSubscriptions))
  })

  it('plans also where a management group has more than one query takes', async () => {
    strike({ kind: 'subscription_limit' })
    const { name } = managementGroups(simulator.estate)[0]!
    const result = await run(provider({ accounts: [], management_groups: [name] }))
    expect([...result.artifacts.keys()].toSorted()).to.deep.equal([...simulator.estate.ids('azure')].toSorted())
    const cut = result.endings.filter(({ outcome }) => outcome !== 'complete')
    expect(new Set(cut.map(({ scope, code }) => `${scope} ${code}`))).to.deep.equal(
      new Set([`${name} RESULT_TRUNCATED`]),
    )
  })

  it('never calls whole what one query cut at its limit of subscriptions', async () => {
    const result = await run(everywhere(), {}, (slice) => {
      if (slice.query['above'] && !slice.plans) strike({ kind: 'subscription_limit' })
    })
    const cut = result.endings.filter(({ outcome }) => outcome !== 'complete')
    expect(cut).to.not.have.length(0)
    for (const { code } of cut) expect(code).to.equal('RESULT_TRUNCATED')
  })

  it('throws where planning fails for a reason that says nothing of a subscription', async () => {
    strike({ kind: 'throttle' })
    expect(await failure(plan())).to.include({ code: 'THROTTLED' })
  })

  it('lets Resource Manager refuse in its own words, and gives a throttle to the limiter at once', async () => {
    const operation = 'Subscriptions'
    strike({ kind: 'throttle', operation })
    simulator.resetRequests()
    expect(await failure(plan())).to.include({ code: 'THROTTLED' })
    expect(simulator.requests().azure[operation]!.throttled).to.equal(1)
    strike({ kind: 'expired_token', operation, times: 1 })
    expect(await failure(plan())).to.include({ code: 'CREDENTIALS_EXPIRED' })
    strike({ kind: 'server_error', operation, times: 2 })
    expect((await plan()).slices).to.not.have.length(0)
    strike({ kind: 'server_error', operation: 'Descendants' })
    const { name } = managementGroups(simulator.estate)[0]!
    expect(await failure(plan({ management_groups: [name] }))).to.include({ code: 'UNAVAILABLE' })
  })

  it('does not follow tokens that lead nowhere, nor take an answer that lacks rows for all there is', async () => {
    strike({ kind: 'empty_page' })
    expect(await failure(plan())).to.include({ code: 'CURSOR_LOOP' })
    strike({ kind: 'lost_page' })
    expect(await failure(plan())).to.include({ code: 'RESPONSE_INVALID' })
  })

  it('says that the credentials are invalid where the tenant is not ours', async () => {
    expect(await failure(plan({ tenant_id: NOBODY }))).to.include({ code: 'CREDENTIALS_INVALID' })
  })

  it('keeps to the accounts and services asked for, and counts only tables that can have them', async () => {
    const [first] = simulator.estate.azureSubscriptions
    const target = { accounts: [first!.toUpperCase(), '111111111111'], services: ['compute', 'ec2'] }
    const { slices } = await plan({}, target)
    expect(subscriptionsOf(slices)).to.deep.equal(new Set([first]))
    expect(slices.flatMap(({ query }) => countedTables(readQuery(query)))).to.deep.equal([
      'resources',
      'computeresources',
    ])
    expect((await plan({}, { services: ['ec2'] })).slices).to.deep.equal([])
    expect((await plan({}, { resourceTypes: ['aws:*'] })).slices).to.deep.equal([])
  })

  it('reads just the types, services and locations asked for, all of them', async () => {
    const whole = [...(await run(provider())).artifacts.values()]
    const { region } = whole.find(({ metadata }) => metadata.region !== 'global')!.metadata
    const ids = (wanted: (one: (typeof whole)[number]) => boolean) =>
      whole.filter(wanted).map(({ metadata }) => metadata.resource_id)
    const atPlace = ({ metadata }: (typeof whole)[number]) => [region, 'global'].includes(metadata.region)
    expectWhole(
      await run(provider(), { services: ['compute', 'network'], regions: [region] }),
      ids((one) => ['compute', 'network'].includes(one.metadata.service) && atPlace(one)),
    )
    expectWhole(
      await run(provider(), { resourceTypes: ['azure:compute:virtual-machines', 'azure:security:*', 'gcp:*'] }),
      ids((one) => one.resource_type === 'azure:compute:virtual-machines' || one.metadata.service === 'security'),
    )
    expectWhole(await run(provider({ locations: [region] })), ids(atPlace))
  })

  it("lets a subscription's own locations go before those of all", async () => {
    const [first, ...others] = simulator.estate.azureSubscriptions
    const { slices } = await plan({
      locations: ['westeurope'],
      accounts: [
        { subscription_id: first!, locations: ['EastUS'] },
        ...others.map((subscription_id) => ({ subscription_id })),
      ],
    })
    const placed = new Map(slices.map(({ query }) => [subscriptionsIn(query).join(), query['locations']]))
    expect(placed.get(first!)).to.deep.equal(['eastus'])
    expect(placed.get(others.toSorted().join())).to.deep.equal(['westeurope'])
  })

  it('reads the tables that the settings name', async () => {
    const { endings } = await run(provider({ tables: ['dnsresources', 'DNSResources'] }))
    expect(endings.filter(({ partition }) => partition === 'dnsresources-count')).to.have.length(1)
    expect(new Set(endings.map(({ partition }) => partition.replace(/-.*/, '')))).to.deep.equal(
      new Set(['dnsresources']),
    )
  })

  it('takes as many queries as three tables at a time need, and one for each that has rows', async () => {
    simulator.resetRequests()
    const { endings } = await run(provider())
    const reading = endings.filter(({ partition }) => !partition.endsWith('-count'))
    const counting = endings.length - reading.length
    expect(counting).to.equal(DEFAULT_TABLES.length / 3)
    const pages = reading.reduce((sum, one) => sum + one.pages, 0)
    expect(simulator.requests().azure['Resources']!.total).to.equal(1 + counting + pages)
  })

  it('counts the tables one by one where they are not counted together, and finds that out once', async () => {
    strike({ kind: 'union_refused' })
    const refused = provider()
    simulator.resetRequests()
    const result = await run(refused)
    expectWhole(result, [...simulator.estate.ids('azure')])
    const alone = result.endings.filter(({ partition }) => /^[a-z]+-count$/.test(partition))
    expect(alone.length).to.equal(DEFAULT_TABLES.length)
    expect(simulator.requests().azure['Resources']!.failed).to.equal(1)
    await run(refused)
    expect(simulator.requests().azure['Resources']!.failed).to.equal(1)
  })

  it('counts one by one what was counted together with a table that the tenant does not have', async () => {
    strike({ kind: 'table_unknown', table: 'securityresources' })
    const { endings } = await run(provider())
    const ended = new Map(endings.map(({ partition, outcome }) => [partition, outcome]))
    expect(ended.get('securityresources-count')).to.equal('not_enabled')
    expect(ended.get('policyresources-count')).to.equal('complete')
    expect(ended.get('networkresources-count')).to.equal('complete')
    expect(endings.filter(({ outcome }) => outcome !== 'complete')).to.have.length(1)
  })

  it('waits where the quota is spent on a query over several tables: it says nothing of the tables', async () => {
    strike({ kind: 'throttle', table: 'dnsresources' })
    const wrong = (await run(provider())).endings.filter(({ outcome }) => outcome !== 'complete')
    expect(wrong.map(({ partition, code }) => [partition, code])).to.deep.equal([
      ['computeresources+2-count', 'THROTTLED'],
    ])
  })

  it('refuses a table that nobody knows, and says which there are', () => {
    expect(() => provider({ tables: ['resources', 'ressources'] })).to.throw(
      /azure\.tables: unknown ressources; known are resources,/,
    )
  })

  it('refuses a task of a subscription that the settings do not have', async () => {
    const query = { table: 'resources', subscriptions: [NOBODY] }
    const task = toTask('run1', 'azure', asOf, { scope: NOBODY, region: 'global', partition: 'resources', query })
    expect(await failure(provider().open(task, testContext()))).to.include({ code: 'SETTINGS_MISSING' })
  })
})

describe('a subscription that drops out between counting and reading', () => {
  const cases: [string, FaultRule[]][] = [
    ['that it shared a page of', []],
    ['also where that page held too much and was read in halves', [{ provider: 'azure', kind: 'too_large', times: 1 }]],
  ]
  for (const [where, faults] of cases) {
    it(`is named by a gap in each table ${where}, beside the count that falls short`, async () => {
      const simulator = await startSimulator({ estate: { seed: 3, resources: 3000, azureSubscriptions: 4 } })
      try {
        const [, scope] = simulator.estate.azureSubscriptions
        const provider = azureProvider({
          endpoint: simulator.azureEndpoint,
          tenant_id: simulator.estate.azureTenant,
          accounts: simulator.estate.azureSubscriptions.map((subscription_id) => ({ subscription_id })),
        })
        const { endings } = await run(provider, {}, (slice) => {
          if (!slice.plans) simulator.setFaults([{ provider: 'azure', kind: 'denied', scope: scope! }, ...faults])
        })
        const shared = endings.filter((one) => /\+\d-/.test(one.scope) && one.expected !== undefined)
        expect(shared).to.not.have.length(0)
        for (const { outcome, partition, pages } of shared) {
          expect(outcome, partition).to.equal('partial')
          expect(pages, partition).to.equal(faults.length === 0 ? 1 : 3)
          const gap = endings.find((one) => one.scope === scope && one.partition === partition)
          expect(gap, partition).to.include({ outcome: 'partial', code: 'COUNT_MISMATCH' })
        }
      } finally {
        await simulator.close()
      }
    })
  }
})

describe('a page that several subscriptions share', () => {
  it('is partial where one of them lost rows, also where another has as many new ones', async () => {
    const simulator = await startSimulator({ estate: { seed: 3, resources: 3000, azureSubscriptions: 4 } })
    try {
      const { azureSubscriptions, azureTenant } = simulator.estate
      const [growing, shrinking] = azureSubscriptions
      const hide = (scope: string) => simulator.setFaults([{ provider: 'azure', kind: 'hidden_rows', scope }])
      const provider = azureProvider({
        endpoint: simulator.azureEndpoint,
        tenant_id: azureTenant,
        accounts: [growing!, shrinking!].map((subscription_id) => ({ subscription_id })),
      })
      const { endings, artifacts } = await run(provider, {}, (slice) => hide(slice.plans ? growing! : shrinking!))
      const lost = [...simulator.estate.ids('azure')].filter((id) => id.includes(shrinking!) && !artifacts.has(id))
      const short = endings.filter(({ read, expected }) => read < (expected ?? 0))
      expect(short.filter(({ scope }) => /\+1-/.test(scope))).to.not.have.length(0)
      for (const { code } of short) expect(code).to.equal('COUNT_MISMATCH')
      expect(short.reduce((sum, { read, expected }) => sum + expected! - read, 0)).to.equal(lost.length)
    } finally {
      await simulator.close()
    }
  })
})

describe('a subscription that drops out between planning and counting', () => {
  let simulator: Simulator
  before(async () => {
    simulator = await startSimulator({ estate: { seed: 3, resources: 3000, azureSubscriptions: 4 } })
  })
  after(() => simulator.close())
  afterEach(() => simulator.setFaults([]))

  const cases: [string, Partial<AzureOptions>, object, FaultRule[]][] = [
    ['', {}, {}, []],
    [', of a run that is about some services', {}, { services: ['compute'] }, []],
    [', of a run that is about a type that few have', {}, { resourceTypes: ['azure:network:dns-zones'] }, []],
    [', of a run that is about some places', {}, { regions: ['eastus'] }, []],
    [', of a run that reads one table', { tables: ['dnsresources'] }, {}, []],
    [
      ', where tables are counted one by one',
      {},
      { services: ['compute'] },
      [{ provider: 'azure', kind: 'union_refused' }],
    ],
  ]
  for (const [what, options, target, faults] of cases) {
    it(`is a gap${what}`, async () => {
      const scope = simulator.estate.azureSubscriptions[1]!
      const provider = azureProvider({
        endpoint: simulator.azureEndpoint,
        tenant_id: simulator.estate.azureTenant,
        accounts: simulator.estate.azureSubscriptions.map((subscription_id) => ({ subscription_id })),
        ...options,
      })
      const { endings } = await run(provider, target, () =>
        simulator.setFaults([{ provider: 'azure', kind: 'denied', scope }, ...faults]),
      )
      const wrong = endings.filter(({ outcome }) => outcome !== 'complete')
      expect(wrong).to.not.have.length(0)
      for (const one of wrong) expect(one).to.include({ scope, partition: 'subscription', code: 'ACCESS_DENIED' })
    })
  }

  it("is told of in Azure's own words where it is refused", async () => {
    const scope = simulator.estate.azureSubscriptions[1]!
    const provider = azureProvider({
      endpoint: simulator.azureEndpoint,
      tenant_id: simulator.estate.azureTenant,
      accounts: [{ subscription_id: scope }],
      tables: ['kustoresources'],
    })
    const { endings } = await run(provider, {}, () =>
      simulator.setFaults([{ provider: 'azure', kind: 'table_unknown', table: 'resourcecontainers' }]),
    )
    const wrong = endings.filter(({ outcome }) => outcome !== 'complete')
    expect(wrong.map((one) => [one.scope, one.outcome])).to.deep.equal([[scope, 'not_enabled']])
  })

  it('is asked for once more only where it has nothing in the tables', async () => {
    const provider = azureProvider({
      endpoint: simulator.azureEndpoint,
      tenant_id: simulator.estate.azureTenant,
      accounts: simulator.estate.azureSubscriptions.map((subscription_id) => ({ subscription_id })),
    })
    simulator.resetRequests()
    const { endings } = await run(provider, { services: ['compute'] })
    const pages = endings.reduce((sum, one) => sum + one.pages, 0)
    expect(simulator.requests().azure['Resources']!.total).to.equal(1 + pages)
  })
})

describe('a tenant of many subscriptions', () => {
  it('is listed page by page, and takes hardly more queries than its rows fill pages', async () => {
    const simulator = await startSimulator({ estate: { seed: 2, resources: 40_000, azureSubscriptions: 250 } })
    try {
      const provider = azureProvider({
        endpoint: simulator.azureEndpoint,
        tenant_id: simulator.estate.azureTenant,
        accounts: [],
        all_subscriptions: true,
      })
      const { artifacts, endings } = await run(provider)
      const above = idsAbove(managementGroups(simulator.estate))
      expect(artifacts.size).to.equal(simulator.estate.count('azure') + above.length)
      expect(endings.filter(({ outcome }) => outcome !== 'complete')).to.deep.equal([])
      const { Resources, Subscriptions } = simulator.requests().azure
      expect(Subscriptions!.total).to.equal(3)
      const planning = endings.filter(({ partition }) => partition.endsWith('-count')).length
      // At least one page for each of the twelve tables, and three of them again above the subscriptions.
      expect(Resources!.total - planning).to.be.at.most(Math.ceil(artifacts.size / 1000) + 15 + 3)
    } finally {
      await simulator.close()
    }
  })
})

describe('a tenant of more subscriptions than a page has', () => {
  it('is read whole also where a page of them gets lost', async () => {
    const simulator = await startSimulator({ estate: { seed: 2, resources: 4200, azureSubscriptions: 1100 } })
    try {
      const rule: FaultRule = { provider: 'azure', kind: 'lost_page', table: 'resourcecontainers', page: 2, times: 1 }
      simulator.setFaults([rule])
      const { slices, gaps } = await azureProvider({
        endpoint: simulator.azureEndpoint,
        tenant_id: simulator.estate.azureTenant,
        accounts: [],
        all_subscriptions: true,
      }).plan({ asOf }, testContext())
      expect(simulator.faults()[0]!.met).to.equal(1)
      expect(gaps).to.deep.equal([])
      const planned = new Set(slices.flatMap(({ query }) => subscriptionsIn(query)))
      expect(planned).to.deep.equal(new Set(simulator.estate.azureSubscriptions))
    } finally {
      await simulator.close()
    }
  })
})

describe('a subscription that is large', () => {
  let simulator: Simulator
  before(async () => {
    simulator = await startSimulator({ estate: { seed: 4, resources: 12_000, azureSubscriptions: 2 } })
  })
  after(() => simulator.close())
  afterEach(() => simulator.setFaults([]))

  const provider = () =>
    azureProvider({
      endpoint: simulator.azureEndpoint,
      tenant_id: simulator.estate.azureTenant,
      accounts: simulator.estate.azureSubscriptions.map((subscription_id) => ({ subscription_id })),
      pageSize: 40,
    })
  const parts = ({ endings }: Run) => endings.filter(({ partition }) => /^resources-\d+-of-\d+$/.test(partition))

  it('is counted by parts, each of them a slice with a count of its own', async () => {
    const result = await run(provider())
    expect(result.artifacts.size).to.equal(simulator.estate.count('azure'))
    expect(result.delivered).to.equal(result.artifacts.size)
    expect(result.endings.filter(({ outcome }) => outcome !== 'complete')).to.deep.equal([])
    expect(parts(result).length).to.be.greaterThan(3)
    for (const { read, expected, pages } of parts(result)) {
      expect(read).to.equal(expected).and.to.be.greaterThan(0)
      expect(pages).to.be.greaterThan(1)
    }
  })

  it('loses nothing that was there when it was counted and is out of sight when its parts are', async () => {
    const result = await run(provider(), {}, (slice) => {
      if (slice.partition !== 'resources-parts') return
      simulator.setFaults([{ provider: 'azure', kind: 'hidden_rows', scope: slice.scope }])
    })
    const short = parts(result).filter(({ outcome }) => outcome !== 'complete')
    expect(short).to.not.have.length(0)
    for (const { code, outcome } of short) expect([outcome, code]).to.deep.equal(['partial', 'COUNT_MISMATCH'])
  })
})
