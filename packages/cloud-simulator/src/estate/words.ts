export const APPS = [
  'checkout',
  'billing',
  'search',
  'ledger',
  'identity',
  'catalog',
  'gateway',
  'reports',
  'pricing',
  'shipping',
  'inbox',
  'media',
  'metrics',
  'payments',
  'orders',
  'risk',
  'support',
  'website',
  'datalake',
  'mobile',
] as const
export const ROLES = ['api', 'worker', 'web', 'db', 'cache', 'batch', 'stream', 'proxy', 'etl', 'admin'] as const
export const ENVIRONMENTS = ['prod', 'prod', 'prod', 'staging', 'dev', 'dev', 'test', 'sandbox'] as const
export const TEAMS = ['core', 'platform', 'growth', 'data', 'security', 'finance', 'sre', 'apps'] as const
export const ADJECTIVES = ['blue', 'green', 'main', 'legacy', 'edge', 'shared', 'private', 'public'] as const

/**
 * The tag sets that resources carry: a fifth have none, some hold other scripts, quotes and empty values, since real
 * ones do. Holes may stand in them.
 */
export const TAG_SETS: readonly (readonly (readonly [string, string])[])[] = [
  [],
  [
    ['Name', '{{app}}-{{role}}'],
    ['env', '{{env}}'],
    ['team', '{{team}}'],
  ],
  [
    ['Name', '{{app}}-{{role}}'],
    ['env', '{{env}}'],
    ['cost-center', 'cc-{{int 1000 9999 cc}}'],
    ['managed-by', 'terraform'],
  ],
  [
    ['env', '{{env}}'],
    ['owner', '{{team}}@example.com'],
  ],
  [],
  [
    ['Name', '{{app}}-{{adjective}}'],
    ['env', '{{env}}'],
    ['service', '{{app}}'],
    ['team', '{{team}}'],
    ['data-classification', 'internal'],
    ['created-by', 'pipeline-{{int 1 400 cb}}'],
  ],
  [
    ['application', '{{app}}'],
    ['environment', '{{env}}'],
    ['Größe', 'groß'],
    ['所有者', '平台团队'],
    ['note', 'équipe “{{team}}” ☁ 𝒳'],
  ],
  [
    ['env', '{{env}}'],
    ['empty', ''],
    ['path', 'C:\\apps\\{{app}}'],
    ['quote', 'the "{{role}}" one'],
  ],
  [
    ['Name', '{{app}}-{{role}}-{{env}}'],
    ['backup', 'daily'],
    ['team', '{{team}}'],
    ['compliance', 'pci'],
    ['terraform-workspace', '{{app}}-{{env}}'],
  ],
  [
    ['k8s-cluster', '{{app}}-{{env}}'],
    ['k8s-app', '{{role}}'],
    ['team', '{{team}}'],
  ],
  [
    ['application', '{{app}}-{{role}}'],
    ['business-owner', '{{team}}-lead@example.com'],
    ['technical-owner', '{{team}}-oncall@example.com'],
    ['cost-center', 'cc-{{int 1000 9999 cc}}'],
    ['environment', '{{env}}'],
    ['data-classification', '{{pick public|internal|confidential|restricted}}'],
    ['created-by', 'terraform'],
    ['created-at', '{{time created}}'],
    ['repository', 'https://git.example.com/{{team}}/{{app}}-infrastructure'],
    ['support-level', '{{pick gold|silver|bronze}}'],
  ],
  [
    ['Name', '{{app}}-{{adjective}}-{{role}}'],
    ['owner', '{{team}}@example.com'],
    ['project', '{{app}}'],
    ['stage', '{{env}}'],
    ['backup-plan', '{{pick daily-35d|weekly-90d|none}}'],
    ['patch-group', '{{pick a|b|c}}-{{env}}'],
    ['maintenance-window', 'sun:0{{int 1 5}}:00-sun:06:00'],
    ['compliance-scope', '{{pick pci|sox|gdpr|none}}'],
    ['managed-by', 'pulumi'],
  ],
]
