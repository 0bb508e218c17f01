import type { Permission } from '@cae/core'

/** Rights in the services besides Config. */
export const SERVICE_PERMISSIONS: readonly Permission[] = [
  {
    action: 'organizations:ListAccounts',
    purpose:
      "Finds the organization's accounts, and those that an aggregator over it has nothing of; for the management account or a delegated administrator.",
    optional: true,
  },
  { action: 'account:ListRegions', purpose: 'Finds the regions that an account has enabled.', optional: true },
  {
    action: 'tag:GetResources',
    purpose: 'Reads the tags of resources whose type AWS Config gives without them.',
    optional: true,
  },
  {
    action: 'cloudformation:ListResources',
    purpose:
      'Lists resources by Cloud Control where AWS Config is off; it calls the services with our rights, so grant the AWS managed policy ReadOnlyAccess as well.',
    optional: true,
  },
  {
    action: 'cloudformation:GetResource',
    purpose: 'Reads a resource by Cloud Control where the list gave a part of it.',
    optional: true,
  },
  {
    action: 'resource-explorer-2:GetIndex',
    purpose: 'Finds out whether Resource Explorer knows a region where AWS Config is off.',
    optional: true,
  },
  {
    action: 'resource-explorer-2:GetDefaultView',
    purpose: "Finds the view to read Resource Explorer's index by.",
    optional: true,
  },
  {
    action: 'resource-explorer-2:ListViews',
    purpose: 'Finds another view where the default one leaves resources out.',
    optional: true,
  },
  {
    action: 'resource-explorer-2:GetView',
    purpose: 'Finds out whether a view leaves resources out.',
    optional: true,
  },
  {
    action: 'resource-explorer-2:ListSupportedResourceTypes',
    purpose: 'Tells which types Resource Explorer can not show, so that no other is asked for that does not exist.',
    optional: true,
  },
  {
    action: 'resource-explorer-2:ListResources',
    purpose: 'Lists what exists where AWS Config is off, without configuration.',
    optional: true,
  },
]
