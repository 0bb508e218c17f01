import type { Limit } from '@cae/core'

const OTHERS = '3 per second of all but searches together; most of it for the one that reads pages'

/** Rates of the services besides Config. */
export const SERVICE_LIMITS: readonly Limit[] = [
  {
    name: 'aws.organizations.list-accounts',
    per: ['account'],
    ratePerSecond: 1,
    burst: 1,
    where: { provider: 'aws', operation: 'organizations:ListAccounts' },
    source: "AWS Workload Discovery's own throttle: 1 per second",
  },
  {
    name: 'aws.account.list-regions',
    per: ['account'],
    ratePerSecond: 5,
    burst: 2,
    where: { provider: 'aws', operation: 'account:ListRegions' },
    source: 'Quotas for AWS Account Management: 5 per second and account',
  },
  careful('aws.tagging.get-resources', 'tag:GetResources', 5, 'one call reads the tags of 100 resources'),
  careful('aws.cloud-control.list', 'cloudformation:ListResources', 5, 'it calls the services behind it for us'),
  careful('aws.cloud-control.get', 'cloudformation:GetResource', 10, 'it calls the services behind it for us'),
  explorer('search', 'Search', 5, '5 searches per second'),
  explorer('list', 'ListResources', 2, OTHERS),
  explorer('supported', 'ListSupportedResourceTypes', 0.2, OTHERS),
  explorer('index', 'GetIndex', 0.2, OTHERS),
  explorer('views', 'ListViews', 0.2, OTHERS),
  explorer('default-view', 'GetDefaultView', 0.2, OTHERS),
  explorer('view', 'GetView', 0.2, OTHERS),
]

function careful(name: string, operation: string, ratePerSecond: number, why: string): Limit {
  return {
    name,
    per: ['account', 'region'],
    ratePerSecond,
    burst: 2,
    where: { provider: 'aws', operation },
    source: `No published number; a careful one, since ${why}`,
  }
}

function explorer(name: string, operation: string, ratePerSecond: number, what: string): Limit {
  return {
    name: `aws.resource-explorer.${name}`,
    per: ['account', 'region'],
    ratePerSecond,
    burst: 1,
    where: { provider: 'aws', operation: `resource-explorer-2:${operation}` },
    source: `Quotas for Resource Explorer, not adjustable: ${what}`,
  }
}
