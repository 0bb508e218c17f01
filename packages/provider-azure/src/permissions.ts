import type { Permission } from '@cae/core'

/** All of them are in the built-in role Reader. */
export const PERMISSIONS: readonly Permission[] = [
  {
    action: '*/read',
    purpose:
      'Resource Graph shows exactly the resources that the identity may read: Reader on a management group shows all below it.',
  },
  {
    action: 'Microsoft.ResourceGraph/resources/read',
    purpose: 'Counts and reads the tables of Resource Graph.',
  },
  {
    action: 'Microsoft.Resources/subscriptions/read',
    purpose: 'Lists subscriptions and their states, to find those that Resource Graph leaves out.',
  },
  {
    action: 'Microsoft.Management/managementGroups/descendants/read',
    purpose: 'Finds the subscriptions below the management groups that `azure.management_groups` names.',
    optional: true,
  },
  {
    action: 'Microsoft.Resources/subscriptions/providers/read',
    purpose: 'Lets the preflight see whether Microsoft.ResourceGraph is registered in a subscription.',
    optional: true,
  },
]
