import type { ResourceType } from '../resource-type.ts'
import { list } from '../template.ts'
import { AZURE_ABOVE_TYPES } from './azure-above.ts'
import { AZURE_COMPUTE_TYPES } from './azure-compute.ts'
import { AZURE_CONFIGURATION_TYPES } from './azure-configuration.ts'
import { AZURE_DATA_TYPES } from './azure-data.ts'
import { AZURE_NETWORK_TYPES } from './azure-network.ts'
import { azureType, commonColumns, GOVERNED_TAGS, LOCATION } from './azure-type.ts'

const SUBSCRIPTION: ResourceType = {
  alias: 'subscription',
  name: 'microsoft.resources/subscriptions',
  weight: 1,
  base: true,
  single: true,
  table: 'resourcecontainers',
  parts: {
    id: '/subscriptions/{{scope}}',
    lowerId: '/subscriptions/{{scope}}',
    name: '{{team}}-{{app}}-{{env}}',
    group: '',
    location: '',
  },
  columns: {
    ...commonColumns('microsoft.resources/subscriptions'),
    tags: GOVERNED_TAGS,
    properties: {
      state: 'Enabled',
      managedByTenants: [],
      subscriptionPolicies: {
        locationPlacementId: 'Public_2014-09-01',
        quotaId: 'EnterpriseAgreement_2014-09-01',
        spendingLimit: 'Off',
      },
      managementGroupAncestorsChain: list(4, 5, (n) => ({
        displayName: ['{{team}} {{env}}', '{{team}}', 'Landing zones', 'Example Corporation', 'Tenant Root Group'][n]!,
        name: ['mg-{{team}}-{{env}}', 'mg-{{team}}', 'mg-landing-zones', 'mg-example', '{{parent}}'][n]!,
      })),
      tenantId: '{{parent}}',
    },
  },
}

const RESOURCE_GROUP: ResourceType = {
  alias: 'rg',
  name: 'microsoft.resources/subscriptions/resourcegroups',
  weight: 7,
  base: true,
  table: 'resourcecontainers',
  parts: {
    id: '/subscriptions/{{scope}}/resourceGroups/{{name}}',
    lowerId: '/subscriptions/{{scope}}/resourcegroups/{{lowerName}}',
    // Azure keeps the case that the group was made with, and compares without it.
    name: '{{pick rg|rg|RG prefix}}-{{app}}-{{env}}-{{u}}',
    lowerName: 'rg-{{app}}-{{env}}-{{u}}',
    group: '{{lowerName}}',
    location: LOCATION,
  },
  columns: {
    ...commonColumns('microsoft.resources/subscriptions/resourcegroups'),
    tags: GOVERNED_TAGS,
    properties: { provisioningState: 'Succeeded' },
  },
}

/** Base types stand before what refers to them. */
export const AZURE_TYPES: readonly ResourceType[] = [
  SUBSCRIPTION,
  RESOURCE_GROUP,
  ...AZURE_ABOVE_TYPES,
  ...[...AZURE_NETWORK_TYPES, ...AZURE_DATA_TYPES, ...AZURE_COMPUTE_TYPES, ...AZURE_CONFIGURATION_TYPES].map(azureType),
]
