import type { Permission } from '@cae/core'

export const LIST_RESOURCE = 'cloudasset.assets.listResource'
export const LIST_IAM_POLICY = 'cloudasset.assets.listIamPolicy'
export const SEARCH_RESOURCES = 'cloudasset.assets.searchAllResources'
export const USE_SERVICES = 'serviceusage.services.use'

/** All but the last are in `roles/cloudasset.viewer`; that is in `roles/serviceusage.serviceUsageConsumer`. */
export const PERMISSIONS: readonly Permission[] = [
  {
    action: LIST_RESOURCE,
    purpose: 'Lists resources and relationships, on each organization, folder or project of the settings.',
  },
  {
    action: LIST_IAM_POLICY,
    purpose: 'Lists the IAM policies of resources, on the same.',
    optional: true,
  },
  {
    action: SEARCH_RESOURCES,
    purpose: 'Counts what there is, on the same: without it, nothing tells whether a page was lost.',
    optional: true,
  },
  {
    action: USE_SERVICES,
    purpose: 'Has calls counted against the quota project, on that project.',
  },
]
