import { ExtractionError } from '@cae/core'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { parseArmId } from '../src/translate/arm-id.ts'
import type { Row } from '../src/translate/row.ts'
import { toArtifact } from '../src/translate/translate.ts'

const SUBSCRIPTION = '00000000-0000-4000-8000-000000000001'
const ORIGIN = { subscription: SUBSCRIPTION, asOf: '2026-11-01T00:00:00.000Z' }
const GROUP = `/subscriptions/${SUBSCRIPTION}/resourceGroups/Shop`
const VM = `${GROUP}/providers/Microsoft.Compute/virtualMachines/Web-1`

const machine = (over: Partial<Row> = {}): Row => ({
  id: VM,
  name: 'Web-1',
  type: 'microsoft.compute/virtualmachines',
  location: 'westeurope',
  resourceGroup: 'shop',
  subscriptionId: SUBSCRIPTION,
  properties: { vmId: 'x' },
  ...over,
})
const translate = (over: Partial<Row> = {}) => toArtifact(machine(over), ORIGIN)

describe('Azure translate', () => {
  it('makes the whole envelope', () => {
    const artifact = translate({ tags: { env: 'prod' }, zones: ['2'], kind: '', sku: null, tenantId: 't' })
    expect(artifact).to.deep.equal({
      schema_version: 1,
      cloud_provider: 'azure',
      resource_type: 'azure:compute:virtual-machines',
      metadata: {
        resource_id: VM.toLowerCase(),
        name: 'Web-1',
        native_id: VM,
        native_type: 'microsoft.compute/virtualmachines',
        service: 'compute',
        region: 'westeurope',
        zone: '2',
        subscription_id: SUBSCRIPTION,
        resource_group: 'shop',
        labels: { env: 'prod' },
        created_at: null,
        captured_at: null,
        observed_at: ORIGIN.asOf,
      },
      relationships: [
        {
          type: 'is contained in',
          target: {
            native_type: 'microsoft.resources/subscriptions/resourcegroups',
            native_id: GROUP.toLowerCase(),
            resource_id: GROUP.toLowerCase(),
          },
        },
      ],
      configuration: { properties: { vmId: 'x' }, zones: ['2'], kind: '', tenantId: 't' },
    })
  })

  it('gives one id to one resource, whichever API tells of it', () => {
    expect(translate({ id: VM.toUpperCase() }).metadata.resource_id).to.equal(translate().metadata.resource_id)
  })

  it('reads from the id what an ARM answer does not say', () => {
    const { metadata } = translate({ resourceGroup: undefined, subscriptionId: undefined })
    expect([metadata.resource_group, metadata.subscription_id]).to.deep.equal(['Shop', SUBSCRIPTION])
  })

  it('puts containers at the region global, without a resource group of their own', () => {
    const { metadata } = translate({
      id: `/subscriptions/${SUBSCRIPTION}`,
      type: 'microsoft.resources/subscriptions',
      location: '',
      resourceGroup: '',
    })
    expect(metadata.region).to.equal('global')
    expect(metadata).to.not.have.property('resource_group')
  })

  it('derives relationships from the parent, the manager and the ids in properties, one of each target', () => {
    const nic = `${GROUP}/providers/Microsoft.Network/networkInterfaces/nic-1`
    const disk = `${GROUP}/providers/Microsoft.Compute/disks/d-1`
    const { relationships } = translate({
      managedBy: `${GROUP}/providers/Microsoft.ContainerService/managedClusters/aks`,
      properties: {
        self: VM,
        text: '/not/an/id',
        networkProfile: { networkInterfaces: [{ id: nic }, { id: nic.toUpperCase() }] },
        storageProfile: { osDisk: { managedDisk: { id: disk } } },
        subnetId: `${GROUP}/providers/Microsoft.Network/virtualNetworks/v/subnets/s`,
      },
    })
    expect(relationships.map(({ type, target }) => [type, target.native_type])).to.deep.equal([
      ['is contained in', 'microsoft.resources/subscriptions/resourcegroups'],
      ['is managed by', 'microsoft.containerservice/managedclusters'],
      ['refers to networkProfile.networkInterfaces', 'microsoft.network/networkinterfaces'],
      ['refers to storageProfile.osDisk.managedDisk', 'microsoft.compute/disks'],
      ['refers to subnetId', 'microsoft.network/virtualnetworks/subnets'],
    ])
    expect(relationships[2]?.target.resource_id).to.equal(nic.toLowerCase())
  })

  it('derives relationships to what stands in no subscription, in any letter case', () => {
    const role = '/providers/Microsoft.Authorization/RoleDefinitions/acdd72a7-3385-48ef-bd42-f606fba81ae7'
    const policy = '/PROVIDERS/MICROSOFT.AUTHORIZATION/policyDefinitions/p'
    const group = '/providers/Microsoft.Management/managementGroups/root'
    const below = `${group}/providers/Microsoft.Authorization/policyDefinitions/q`
    const { relationships } = translate({
      properties: { roleDefinitionId: role, policyDefinitionId: policy, scope: group, definitions: [{ id: below }] },
    })
    expect(relationships.slice(1)).to.deep.equal([
      {
        type: 'refers to roleDefinitionId',
        target: {
          native_type: 'microsoft.authorization/roledefinitions',
          native_id: role,
          resource_id: role.toLowerCase(),
        },
      },
      {
        type: 'refers to policyDefinitionId',
        target: {
          native_type: 'microsoft.authorization/policydefinitions',
          native_id: policy,
          resource_id: policy.toLowerCase(),
        },
      },
      {
        type: 'refers to scope',
        target: {
          native_type: 'microsoft.management/managementgroups',
          native_id: group,
          resource_id: group.toLowerCase(),
        },
      },
      {
        type: 'refers to definitions',
        target: {
          native_type: 'microsoft.authorization/policydefinitions',
          native_id: below,
          resource_id: below.toLowerCase(),
        },
      },
    ])
  })

  it('takes no path for an id that only begins like one', () => {
    const paths = [
      '/providers/foo',
      '/providers/',
      '/providers/Microsoft.Web',
      '/providers/Microsoft.Web/sites',
      '/providers/Microsoft.Web/sites/',
      '/providers//sites/x',
      '/providers/Microsoft.Web//x',
      '/providers/foo/bar/x',
      '/providersMicrosoft.Web/sites/x',
      '/providers/Microsoft.Web/sites/x/slots',
    ]
    expect(translate({ properties: { paths } }).relationships.map(({ type }) => type)).to.deep.equal([
      'is contained in',
    ])
  })

  it('names each of many targets once, and never the resource itself', () => {
    const ids = Array.from({ length: 100 }, (_, i) => `${GROUP}/providers/Microsoft.Compute/disks/d-${i % 30}`)
    const { relationships } = translate({ properties: { group: GROUP, disks: [...ids, VM, VM.toUpperCase()] } })
    const targets = relationships.map(({ target }) => target.resource_id)
    const disks = [...new Set(ids)].map((id) => id.toLowerCase())
    expect(targets).to.deep.equal([GROUP.toLowerCase(), ...disks])
  })

  it('walks properties of any depth and size', () => {
    let deep: Row['properties'] = `${GROUP}/providers/Microsoft.Compute/disks/d`
    for (let i = 0; i < 10_000; i++) deep = { a: deep }
    expect(() => translate({ properties: deep })).to.not.throw()
    for (let i = 0; i < 10_000; i++) deep = [deep]
    expect(() => translate({ properties: { deep } })).to.not.throw()
    const wide = Array.from({ length: 100_000 }, () => ({ a: 1 }))
    expect(() => translate({ properties: { wide } })).to.not.throw()
  })

  it('keeps tags that are no text as text', () => {
    expect(translate({ tags: { a: 'x', b: null, c: 5 } }).metadata.labels).to.deep.equal({ a: 'x', b: '', c: '5' })
    expect(translate({ tags: null }).metadata.labels).to.deep.equal({})
  })

  it('finds the time of creation where a resource provider put it', () => {
    const created = (over: Partial<Row>) => translate(over).metadata.created_at
    expect(created({ properties: { timeCreated: '2026-01-02T03:04:05.1234567+00:00' } })).to.equal(
      '2026-01-02T03:04:05.123Z',
    )
    expect(created({ systemData: { createdAt: '2026-01-02T03:04:05Z' } })).to.equal('2026-01-02T03:04:05.000Z')
    for (const name of ['createdOn', 'CreationDate'])
      expect(created({ properties: { [name]: '2026-01-02T03:04:05Z' } }), name).to.equal('2026-01-02T03:04:05.000Z')
    expect(created({ properties: { creationTime: 'x' } })).to.equal(null)
  })

  it('refuses a row that says neither what nor which it is', () => {
    expect(() => translate({ id: '' })).to.throw(ExtractionError, 'without id or type')
  })
})

describe('ARM ids', () => {
  const S = `/subscriptions/${SUBSCRIPTION}`
  const cases: [string, string | undefined, string | undefined][] = [
    [S, 'microsoft.resources/subscriptions', undefined],
    [`${S}/resourceGroups/g`, 'microsoft.resources/subscriptions/resourcegroups', S],
    [`${S}/resourceGroups/g/providers/Microsoft.Sql/servers/s`, 'microsoft.sql/servers', `${S}/resourcegroups/g`],
    [
      `${S}/resourceGroups/g/providers/Microsoft.Sql/servers/s/databases/d`,
      'microsoft.sql/servers/databases',
      `${S}/resourcegroups/g/providers/microsoft.sql/servers/s`,
    ],
    [
      `${S}/resourceGroups/g/providers/Microsoft.Web/sites/w/providers/Microsoft.Insights/diagnosticSettings/x`,
      'microsoft.insights/diagnosticsettings',
      `${S}/resourcegroups/g/providers/microsoft.web/sites/w`,
    ],
    ['/providers/Microsoft.Management/managementGroups/root', 'microsoft.management/managementgroups', undefined],
    [`${S}/resourceGroups/g/providers/Microsoft.Sql/servers/s/`, 'microsoft.sql/servers', `${S}/resourcegroups/g`],
    [`${S}/providers/Microsoft.Sql`, undefined, S],
    ['/', undefined, undefined],
  ]
  for (const [id, type, parent] of cases) {
    it(`reads ${id.replace(SUBSCRIPTION, '…')}`, () => {
      expect(parseArmId(id.toLowerCase())).to.deep.equal({ type, parent: parent?.toLowerCase() })
    })
  }
})
