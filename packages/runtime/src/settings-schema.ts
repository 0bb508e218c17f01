import { PROVIDER_NAMES, type ProviderName } from '@cae/core'
import Joi from 'joi'
import { LOG_LEVELS } from './log.ts'

/** Everything that can be set, by a YAML file and the environment above it. */
export interface Settings {
  log_level: (typeof LOG_LEVELS)[number]
  log_format: 'json' | 'pretty'
  redis_url: string
  /** Before every key; in braces, so that a Redis Cluster keeps all keys in one slot. */
  redis_prefix: string
  enabled_providers: ProviderName[]
  aws_accounts: AwsAccountSettings[]
  azure_accounts: AzureAccountSettings[]
  gcp_projects: GcpProjectSettings[]
  aws: {
    endpoint?: string
    request_timeout_ms: number
    organization?: AwsOrganizationSettings
    aggregators: AwsAggregatorSettings[]
  }
  azure: AzureSettings
  gcp: GcpSettings
  transport: TransportSettings
  /** Artifacts in a batch where the request does not say. */
  batch_size: number
  api: ApiSettings
  worker: WorkerSettings
  limits: LimitsSettings
  ledger: { retention_days: number; retention_runs: number }
  /** `tolerance`: share of the resources that a slice may lack of what the provider counts, 0 to 1. */
  coverage: { tolerance: number }
}

export interface AwsAccountSettings {
  account_id: string
  /** Absent: those that the account has enabled. */
  regions?: string[]
  role_arn?: string
  external_id?: string
}

export interface AwsOrganizationSettings {
  role_name: string
  external_id?: string
  regions?: string[]
  management_role_arn?: string
  exclude?: string[]
}

export interface AwsAggregatorSettings {
  name: string
  account_id: string
  region: string
  role_arn?: string
  external_id?: string
}

export interface AzureSettings {
  endpoint?: string
  tenant_id?: string
  request_timeout_ms: number
  /** Names of management groups, all below which is read. */
  management_groups?: string[]
  /** Every subscription of the tenant that the identity sees. */
  all_subscriptions: boolean
  /** For the subscriptions that have none of their own. */
  locations?: string[]
  /** Tables of Resource Graph. */
  tables?: string[]
}

export interface AzureAccountSettings {
  subscription_id: string
  locations?: string[]
}

export interface GcpSettings {
  endpoint?: string
  /** `organizations/123` and `folders/45`, with all projects below them. */
  scopes: string[]
  /** What is read of each resource; where absent, all that Google gives of it. */
  content?: ('resource' | 'iam_policy' | 'relationship')[]
  credentials_file?: string
  quota_project?: string
  request_timeout_ms: number
}

export interface GcpProjectSettings {
  project_id: string
  regions?: string[]
}

export type TransportSettings = FilesystemSettings | HttpSettings | { type: 'console' } | { type: 'null' }

export interface FilesystemSettings {
  type: 'filesystem'
  base_dir: string
  format: 'jsonl' | 'json'
  compression: 'none' | 'gzip'
}

export interface HttpSettings {
  type: 'http'
  endpoint_url: string
  api_key?: string
  api_key_header?: string
  headers?: Record<string, string>
  timeout_ms: number
  retries: number
  compression: 'none' | 'gzip'
  /** Lets secrets go over plain http to another machine. */
  allow_insecure: boolean
}

export interface ApiSettings {
  host: string
  port: number
  keys: string[]
  /** Bytes of a request body. */
  body_limit: number
  /** New runs are refused above this share of Redis' memory limit. */
  redis_memory_limit: number
  /** Milliseconds that it goes on serving once it must stop, while `/ready` says 503; on loopback none. */
  drain_ms: number
}

export interface WorkerSettings {
  concurrency: Record<ProviderName, number> & { plans: number; runs: number }
  /** Tries of a task, waiting for quota not counted, and milliseconds before the second. */
  attempts: number
  backoff_ms: number
  lock_duration_ms: number
  stalled_interval_ms: number
  /** How often a task may lose its worker. */
  max_stalled: number
  /** Milliseconds that a page may still take once the worker must stop. */
  shutdown_grace_ms: number
  /** Milliseconds that a task waits for quota without a single page before it ends as `throttled_out`. */
  throttle_patience_ms: number
  /** Milliseconds that a task goes on trying to deliver a page before it ends as `failed`, however many attempts that takes. */
  delivery_patience_ms: number
}

export interface LimitOverride {
  rate_per_second?: number
  burst?: number
  window_seconds?: number
  calls_per_day?: number
}

export interface LimitsSettings {
  /** Off only for clouds without quotas, such as a simulator that enforces none. */
  enabled: boolean
  /** Share of each provider's quota that all workers together use. */
  headroom: number
  /** Milliseconds: where a call's turn is further away, its task goes back to the queue. */
  longest_wait_ms: number
  /** Limit name → what replaces the declared numbers. */
  overrides: Record<string, LimitOverride>
}

const text = () => Joi.string().trim().min(1)
const url = (schemes: string[]) => {
  const message = `must be an address that begins with ${schemes.map((scheme) => `${scheme}://`).join(' or ')}`
  return Joi.string().uri({ scheme: schemes }).messages({ 'string.uri': message, 'string.uriCustomScheme': message })
}
const milliseconds = () => Joi.number().integer().min(1).max(86_400_000)
const accountIds = (key: string) => (a: Record<string, string>, b: Record<string, string>) => a[key] === b[key]

const accountId = () => Joi.string().pattern(/^\d{12}$/, '12 digits')
const awsRegion = () => Joi.string().pattern(/^[a-z]{2,4}(-[a-z]+)+-\d+$/, 'a region such as us-east-1')
const roleArn = () => Joi.string().pattern(/^arn:aws[a-z-]*:iam::\d{12}:role\/.+$/, 'arn:aws:iam::ACCOUNT:role/NAME')
const awsRegions = () => Joi.array().items(awsRegion()).min(1).unique()

const awsAccount = Joi.object<AwsAccountSettings, true>({
  account_id: accountId().required(),
  regions: awsRegions(),
  role_arn: roleArn(),
  external_id: text(),
})

const awsOrganization = Joi.object<AwsOrganizationSettings, true>({
  role_name: Joi.string()
    .pattern(/^[\w+=,.@-]+(\/[\w+=,.@-]+)*$/, 'the name of a role, with its path where it has one')
    .required(),
  external_id: text(),
  regions: awsRegions(),
  management_role_arn: roleArn(),
  exclude: Joi.array().items(accountId()).min(1).unique(),
})

const awsAggregator = Joi.object<AwsAggregatorSettings, true>({
  name: Joi.string()
    .pattern(/^[\w-]{1,256}$/, 'the name of a configuration aggregator')
    .required(),
  account_id: accountId().required(),
  region: awsRegion().required(),
  role_arn: roleArn(),
  external_id: text(),
})

// `West Europe` and `westeurope` are one.
const locations = () => Joi.array().items(text().lowercase().replace(/\s+/g, '')).min(1).unique()

const azureAccount = Joi.object<AzureAccountSettings, true>({
  subscription_id: Joi.string().guid().lowercase().required(),
  locations: locations(),
})

const gcpProject = Joi.object<GcpProjectSettings, true>({
  project_id: Joi.string()
    .pattern(/^[a-z]([a-z0-9.:-]*[a-z0-9])?$/, 'a project id or number')
    .required(),
  regions: Joi.array().items(text().lowercase()).min(1).unique(),
})

const filesystem = Joi.object<FilesystemSettings, true>({
  type: Joi.string().valid('filesystem').required(),
  base_dir: text().default('./artifacts'),
  format: Joi.string().valid('jsonl', 'json').default('jsonl'),
  compression: Joi.string().valid('none', 'gzip').default('none'),
})

const LOOPBACK = /^(localhost|\[::1\]|127(\.\d+){3})$/

// `optionProblems` of the http transport has it too, and other secrets; here it is told by all that read the settings.
const reachedInTheClear = Joi.string().custom((endpoint: string, { error }) => {
  const { protocol, hostname } = new URL(endpoint)
  return protocol === 'http:' && !LOOPBACK.test(hostname) ? endpoint : error('any.invalid')
})

const keyInTheClear = Joi.when('endpoint_url', {
  is: reachedInTheClear.required(),
  then: Joi.forbidden().messages({
    'any.unknown': 'would go over plain http: use https, or set allow_insecure to true',
  }),
})

const http = Joi.object<HttpSettings, true>({
  type: Joi.string().valid('http').required(),
  endpoint_url: url(['http', 'https']).required(),
  api_key: text().when('allow_insecure', { not: true, then: keyInTheClear }),
  api_key_header: Joi.string().pattern(/^[A-Za-z0-9-]+$/, 'a header name'),
  headers: Joi.object().pattern(Joi.string(), Joi.string()),
  timeout_ms: milliseconds().default(30_000),
  retries: Joi.number().integer().min(0).max(20).default(5),
  compression: Joi.string().valid('none', 'gzip').default('none'),
  allow_insecure: Joi.boolean().default(false),
})

function keysOf(schema: Joi.ObjectSchema): string[] {
  return Object.keys((schema.describe() as { keys: object }).keys)
}

export const TRANSPORT_TYPES = ['filesystem', 'http', 'console', 'null'] as const

const transport = Joi.alternatives()
  .conditional('.type', {
    switch: [
      { is: 'filesystem', then: filesystem },
      { is: 'http', then: http },
      { is: Joi.valid('console', 'null'), then: Joi.object({ type: Joi.string().required() }) },
    ],
    // What no transport has is told in the same round as its type.
    otherwise: Joi.object({
      ...Object.fromEntries([filesystem, http].flatMap(keysOf).map((key) => [key, Joi.any()])),
      type: Joi.string()
        .valid(...TRANSPORT_TYPES)
        .required(),
    }),
  })
  .default({ type: 'filesystem', base_dir: './artifacts', format: 'jsonl', compression: 'none' })

const cloud = { endpoint: text(), request_timeout_ms: milliseconds().default(60_000) }

const azure = Joi.object<AzureSettings, true>({
  ...cloud,
  tenant_id: text(),
  management_groups: Joi.array()
    .items(Joi.string().pattern(/^[\w().-]{1,90}$/, 'the name of a management group'))
    .min(1)
    .unique(),
  all_subscriptions: Joi.boolean().default(false),
  locations: locations(),
  tables: Joi.array()
    .items(
      Joi.string()
        .lowercase()
        .pattern(/^[a-z]+$/, 'the name of a table'),
    )
    .min(1)
    .unique(),
})

const concurrency = (fallback: number) => Joi.number().integer().min(1).max(500).default(fallback)

export const settingsSchema = Joi.object<Settings>({
  log_level: Joi.string()
    .valid(...LOG_LEVELS)
    .default('info'),
  log_format: Joi.string().valid('json', 'pretty').default('json'),
  redis_url: url(['redis', 'rediss']).default('redis://127.0.0.1:6379'),
  redis_prefix: Joi.string()
    .pattern(/^\{[\w.-]+\}$/, 'a name in braces')
    .default('{cae}'),
  enabled_providers: Joi.array()
    .items(Joi.string().valid(...PROVIDER_NAMES))
    .unique()
    .min(1)
    .default([...PROVIDER_NAMES]),
  aws_accounts: Joi.array().items(awsAccount).unique(accountIds('account_id')).default([]),
  azure_accounts: Joi.array().items(azureAccount).unique(accountIds('subscription_id')).default([]),
  gcp_projects: Joi.array().items(gcpProject).unique(accountIds('project_id')).default([]),
  aws: Joi.object({
    ...cloud,
    organization: awsOrganization,
    aggregators: Joi.array()
      .items(awsAggregator)
      .unique((a: AwsAggregatorSettings, b: AwsAggregatorSettings) => a.name === b.name)
      // An account must not be read by both ways: it would be counted twice.
      .when('organization', {
        is: Joi.exist(),
        then: Joi.array()
          .max(0)
          .messages({ 'array.max': 'must be empty beside aws.organization, which has its accounts' }),
      })
      .default([]),
  }).default(),
  azure: azure.default(),
  gcp: Joi.object<GcpSettings, true>({
    ...cloud,
    scopes: Joi.array()
      .items(Joi.string().pattern(/^(organizations|folders)\/\d+$/, 'organizations/NUMBER or folders/NUMBER'))
      .unique()
      .default([]),
    content: Joi.array()
      .items(Joi.string().valid('resource', 'iam_policy', 'relationship'))
      .has('resource')
      .unique(),
    credentials_file: text(),
    quota_project: text(),
  }).default(),
  transport,
  batch_size: Joi.number().integer().min(1).max(10_000).default(500),
  api: Joi.object<ApiSettings, true>({
    host: text().default('127.0.0.1'),
    port: Joi.number().port().default(8000),
    keys: Joi.array().items(Joi.string().min(16)).unique().default([]),
    body_limit: Joi.number().integer().min(1000).default(1_000_000),
    redis_memory_limit: Joi.number().greater(0).max(1).default(0.8),
    drain_ms: milliseconds().min(0).default(1000),
  }).default(),
  worker: Joi.object<WorkerSettings, true>({
    concurrency: Joi.object({
      aws: concurrency(10),
      azure: concurrency(3),
      gcp: concurrency(2),
      plans: concurrency(32),
      runs: concurrency(4),
    }).default(),
    attempts: Joi.number().integer().min(1).max(100).default(6),
    backoff_ms: milliseconds().default(1000),
    lock_duration_ms: milliseconds().min(1000).default(30_000),
    stalled_interval_ms: milliseconds().min(500).default(10_000),
    max_stalled: Joi.number().integer().min(1).max(1000).default(3),
    shutdown_grace_ms: milliseconds().default(10_000),
    throttle_patience_ms: milliseconds().default(3_600_000),
    delivery_patience_ms: milliseconds().default(3_600_000),
  }).default(),
  limits: Joi.object<LimitsSettings, true>({
    enabled: Joi.boolean().default(true),
    headroom: Joi.number().greater(0).max(1).default(0.8),
    longest_wait_ms: milliseconds().default(10_000),
    overrides: Joi.object()
      .pattern(
        Joi.string(),
        Joi.object<LimitOverride, true>({
          rate_per_second: Joi.number().greater(0),
          burst: Joi.number().min(1),
          window_seconds: Joi.number().greater(0).max(86_400),
          calls_per_day: Joi.number().integer().min(1),
        }).min(1),
      )
      .default({}),
  }).default(),
  ledger: Joi.object({
    retention_days: Joi.number().greater(0).max(3650).default(30),
    retention_runs: Joi.number().integer().min(1).default(10_000),
  }).default(),
  coverage: Joi.object({ tolerance: Joi.number().min(0).less(1).default(0) }).default(),
})
