import { managementGroups, startSimulator, type FaultRule, type Simulator } from '@cae/cloud-simulator'
import type { Finding } from '@cae/core'
import { testContext } from '@cae/core/testing'
import { expect } from 'chai'
import { after, afterEach, before, describe, it } from 'mocha'
import { azureProvider, DEFAULT_TABLES, type AzureOptions } from '../src/index.ts'
import { run } from './run.ts'

const asOf = new Date().toISOString()
const TABLE = 'Microsoft.ResourceGraph/resources/read'
const GROUPS = 'Microsoft.Management/managementGroups/descendants/read'

describe('the preflight of Azure', () => {
  let simulator: Simulator
  before(async () => {
    simulator = await startSimulator({ estate: { seed: 5, resources: 12_000, azureSubscriptions: 3 } })
  })
  after(() => simulator.close())
  afterEach(() => simulator.setFaults([]))

  const strike = (...rules: Omit<FaultRule, 'provider'>[]) =>
    simulator.setFaults(rules.map((rule) => ({ provider: 'azure', ...rule })))
  const provider = (options: Partial<AzureOptions> = {}) =>
    azureProvider({
      endpoint: simulator.azureEndpoint,
      tenant_id: simulator.estate.azureTenant,
      accounts: simulator.estate.azureSubscriptions.map((subscription_id) => ({ subscription_id })),
      ...options,
    })
  const check = (options: Partial<AzureOptions> = {}) => provider(options).check({ asOf }, testContext())
  const wrong = (findings: readonly Finding[]) => findings.filter(({ status }) => status !== 'ok')
  const find = (findings: readonly Finding[], wanted: string, scope?: string) =>
    findings.find((one) => one.check === wanted && (scope === undefined || one.scope === scope))!

  it('finds nothing wrong where nothing is, and looks at sign-in, subscriptions, registrations and tables', async () => {
    const findings = await check()
    expect(wrong(findings)).to.deep.equal([])
    expect(findings.map((one) => one.check)).to.include.members([
      'credentials',
      'Microsoft.Resources/subscriptions/read',
      '*/read',
      'Microsoft.ResourceGraph registration',
      `${TABLE} resources`,
      `${TABLE} dnsresources`,
    ])
  })

  it('tells which of the declared actions it tried, and of none that was not tried to the end', async () => {
    const told = (findings: readonly Finding[]) => new Set(findings.flatMap(({ check, tried = [check] }) => tried))
    const declared = provider().permissions.map(({ action }) => action)
    const { name } = managementGroups(simulator.estate)[1]!
    expect(await check({ management_groups: [name] }).then(told)).to.include.all.keys(declared)
    expect(await check().then(told)).to.not.include(GROUPS)
    strike({ kind: 'server_error', operation: 'Resources' })
    expect(await check().then(told)).to.not.include(TABLE)
  })

  it('changes nothing and reads no resource', async () => {
    simulator.resetRequests()
    await check()
    const { Resources, Subscriptions, Provider } = simulator.requests().azure
    const counts = DEFAULT_TABLES.length / 3
    expect([Resources!.total, Subscriptions!.total, Provider!.total]).to.deep.equal([1 + counts, 1, 3])
  })

  for (const where of ['list', 'tenant'] as const) {
    it(`says how many resources and calls a run takes, with a ${where}, as a run then takes them`, async () => {
      const options: Partial<AzureOptions> = where === 'tenant' ? { accounts: [], all_subscriptions: true } : {}
      const estimates = (await check(options)).flatMap(({ estimate }) => estimate ?? [])
      const resources = estimates.reduce((sum, one) => sum + (one.resources ?? 0), 0)
      const calls = estimates.reduce((sum, one) => sum + (one.calls['azure.graph.query'] ?? 0), 0)
      simulator.resetRequests()
      const { artifacts } = await run(provider(options))
      expect(resources).to.equal(artifacts.size)
      expect(calls).to.equal(simulator.requests().azure['Resources']!.total)
    })
  }

  it('names the role and the scope to grant for a subscription that is out of sight', async () => {
    const [scope] = simulator.estate.azureSubscriptions
    strike({ kind: 'denied', scope: scope! })
    const { status, advice } = find(await check(), '*/read', scope)
    expect(status).to.equal('missing')
    expect(advice).to.include(
      `az role assignment create --role Reader --assignee IDENTITY --scope /subscriptions/${scope}`,
    )
    expect(advice).to.include(`/providers/Microsoft.Management/managementGroups/${simulator.estate.azureTenant}`)
  })

  it('names the management group that cannot be read', async () => {
    const { name } = managementGroups(simulator.estate)[1]!
    strike({ kind: 'denied', scope: name })
    const { status, scope, advice } = find(await check({ management_groups: [name] }), GROUPS)
    expect({ status, scope }).to.deep.equal({ status: 'missing', scope: name })
    expect(advice).to.include(`--scope /providers/Microsoft.Management/managementGroups/${name}`)
  })

  it('says of a tenant of which nobody is seen what to grant above all', async () => {
    strike({ kind: 'denied' }, { kind: 'unlisted' })
    const tenant = simulator.estate.azureTenant
    const { status, advice } = find(await check({ accounts: [], all_subscriptions: true }), '*/read', tenant)
    expect(status).to.equal('missing')
    expect(advice).to.include(`--scope /providers/Microsoft.Management/managementGroups/${tenant}`)
  })

  it('misses a named subscription that is disabled, and warns of one below a group and of one in which Resource Graph is not registered', async () => {
    const [first, second] = simulator.estate.azureSubscriptions
    strike({ kind: 'region_disabled', scope: first! }, { kind: 'unregistered', scope: second! })
    const findings = await check()
    expect(find(findings, 'state', first)).to.include({ status: 'missing' })
    const all = await check({ accounts: [], all_subscriptions: true })
    expect(find(all, 'state', first)).to.include({ status: 'warning' })
    const registration = find(findings, 'Microsoft.ResourceGraph registration', second)
    expect(registration).to.include({ status: 'warning', message: 'Microsoft.ResourceGraph is NotRegistered' })
    expect(registration.advice).to.equal(
      `az provider register --namespace Microsoft.ResourceGraph --subscription ${second}`,
    )
  })

  it('says which table the tenant does not have', async () => {
    strike({ kind: 'table_unknown', table: 'kustoresources' })
    const findings = wrong(await check())
    expect(findings.map((one) => [one.check, one.status])).to.deep.equal([[`${TABLE} kustoresources`, 'missing']])
    expect(findings[0]!.advice).to.include('azure.tables')
  })

  it('says that the sign-in fails, and looks no further', async () => {
    const findings = await check({ tenant_id: '00000000-0000-4000-8000-00000000dead' })
    expect(findings.map((one) => [one.check, one.status])).to.deep.equal([['credentials', 'missing']])
    expect(findings[0]!.advice).to.include('AZURE_CLIENT_ID')
  })

  it('throws nothing for what the provider refuses', async () => {
    for (const kind of ['throttle', 'server_error', 'denied'] as const) {
      strike({ kind })
      expect(wrong(await check())).to.not.have.length(0)
    }
  })
})
