import type { ResourceType } from '../resource-type.ts'
import type { Tree } from '../template.ts'
import { commonColumns } from './azure-type.ts'

/**
 * What stands above subscriptions: management groups, and access and policies assigned to them. No subscription has any
 * (their weight is 0); each management group has its own, see azure-groups.ts.
 */
export const AZURE_ABOVE_TYPES: readonly ResourceType[] = [
  above({
    alias: 'managementGroup',
    name: 'Microsoft.Management/managementGroups',
    table: 'resourcecontainers',
    id: '/providers/Microsoft.Management/managementGroups/{{name}}',
    lowerId: '/providers/microsoft.management/managementgroups/{{name}}',
    resourceName: 'mg-{{team}}-{{u}}',
    properties: {
      tenantId: '{{parent}}',
      displayName: '{{team}} {{env}}',
      details: { version: '{{#int 1 9}}', updatedTime: '{{time captured}}', updatedBy: '{{uuid updater}}' },
    },
  }),
  above({
    alias: 'groupRoleAssignment',
    name: 'Microsoft.Authorization/RoleAssignments',
    table: 'authorizationresources',
    id: '{{ref managementGroup id}}/providers/Microsoft.Authorization/RoleAssignments/{{name}}',
    lowerId: '{{ref managementGroup lowerId}}/providers/microsoft.authorization/roleassignments/{{name}}',
    resourceName: '{{u}}-5555-4000-8000-{{hex 12 assignment}}',
    properties: {
      scope: '{{ref managementGroup id}}',
      roleDefinitionId: '/providers/Microsoft.Authorization/RoleDefinitions/acdd72a7-3385-48ef-bd42-f606fba81ae7',
      principalId: '{{uuid principal}}',
      principalType: 'Group',
      createdOn: '{{time created}}',
    },
  }),
  above({
    alias: 'groupPolicyAssignment',
    name: 'Microsoft.Authorization/policyAssignments',
    table: 'policyresources',
    id: '{{ref managementGroup id}}/providers/Microsoft.Authorization/policyAssignments/{{name}}',
    lowerId: '{{ref managementGroup lowerId}}/providers/microsoft.authorization/policyassignments/{{name}}',
    resourceName: 'assignment-{{u}}',
    properties: {
      displayName: '{{team}}: allowed locations',
      scope: '{{ref managementGroup id}}',
      enforcementMode: 'Default',
      parameters: { listOfAllowedLocations: { value: ['eastus', 'westeurope'] } },
    },
  }),
]

interface AboveType {
  readonly alias: string
  readonly name: string
  readonly table: string
  readonly id: string
  readonly lowerId: string
  readonly resourceName: string
  readonly properties: Tree
}

function above({ alias, name, table, id, lowerId, resourceName, properties }: AboveType): ResourceType {
  return {
    alias,
    name: name.toLowerCase(),
    weight: 0,
    table,
    parts: { id, lowerId, name: resourceName, group: '', location: '' },
    columns: { ...commonColumns(name), tags: null, properties },
  }
}
