import { startSimulator } from '@cae/cloud-simulator'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { azureProvider, TABLE_NAMES } from '../src/index.ts'
import { tablesFor, type Table } from '../src/tables.ts'
import { run } from './run.ts'

/** Namespaces of the types that Microsoft's "Azure Resource Graph table and resource type reference" lists in each table. */
const REFERENCE: Partial<Record<Table, string>> = {
  advisorresources: 'advisor',
  aksresources: 'containerservice',
  alertsmanagementresources: 'alertsmanagement',
  appserviceresources: 'web',
  authorizationresources: 'authorization',
  awsresources: 'awsconnector',
  azurebusinesscontinuityresources: 'azurebusinesscontinuity',
  batchresources: 'batch',
  chaosresources: 'chaos',
  computeresources: 'compute',
  deploymentresources: 'resources',
  desktopvirtualizationresources: 'desktopvirtualization',
  dnsresources: 'network',
  edgeorderresources: 'edgeorder',
  elasticsanresources: 'elasticsan',
  extendedlocationresources: 'extendedlocation',
  featureresources: 'features',
  guestconfigurationresources: 'guestconfiguration',
  healthresources: 'resourcehealth',
  insightsresources: 'insights',
  iotsecurityresources: 'iotfirmwaredefense iotsecurity',
  kubernetesconfigurationresources: 'kubernetesconfiguration',
  kustoresources: 'kusto',
  maintenanceresources: 'containerservice maintenance',
  managedservicesresources: 'managedservices',
  migrateresources: 'migrate offazure offazurespringboot',
  networkresources: 'network',
  orbitalresources: 'orbital',
  patchassessmentresources: 'compute connectedvmwarevsphere hybridcompute',
  patchinstallationresources: 'compute connectedvmwarevsphere hybridcompute',
  policyresources: 'authorization policyinsights',
  recoveryservicesresources: 'azurebusinesscontinuity dataprotection recoveryservices',
  resourcecontainers: 'management resources',
  resources: 'compute network web whateverelse',
  securityresources: 'authorization security',
  servicefabricresources: 'servicefabric',
  servicehealthresources: 'resourcehealth',
  tagsresources: 'resources',
}

describe('tables', () => {
  for (const [table, namespaces] of Object.entries(REFERENCE)) {
    it(`that can have microsoft.${namespaces.replaceAll(' ', ', ')}: ${table}`, () => {
      for (const namespace of namespaces.split(' ')) {
        expect(tablesFor(TABLE_NAMES, [`microsoft.${namespace}/some`]), namespace).to.include(table)
      }
    })
  }

  it('are each known to the simulator', async () => {
    const simulator = await startSimulator({ estate: { seed: 1, resources: 60, azureSubscriptions: 1 } })
    try {
      const { endings } = await run(
        azureProvider({
          endpoint: simulator.azureEndpoint,
          tenant_id: simulator.estate.azureTenant,
          accounts: simulator.estate.azureSubscriptions.map((subscription_id) => ({ subscription_id })),
          tables: TABLE_NAMES,
        }),
      )
      expect(endings.filter(({ outcome }) => outcome !== 'complete')).to.deep.equal([])
    } finally {
      await simulator.close()
    }
  })
})
