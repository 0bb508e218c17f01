import { stringify } from 'yaml'

/** What the simulator says when it is ready. */
export interface SimulatedClouds {
  readonly awsEndpoint: string
  readonly azureEndpoint: string
  readonly gcpEndpoint: string
  readonly controlEndpoint: string
  readonly awsAccounts: readonly string[]
  readonly awsRegions: readonly string[]
  readonly azureTenant: string
  readonly azureSubscriptions: readonly string[]
  readonly gcpProjects: readonly string[]
}

export interface DemoSettings {
  readonly redisUrl: string
  /** Where the artifacts go; null counts them and keeps nothing. */
  readonly artifacts: string | null
  /** The simulator enforces the real quotas, so the workers keep to them. */
  readonly quotas: boolean
}

/** A settings file whose clouds are the simulated ones. */
export function simulatedSettings(clouds: SimulatedClouds, { redisUrl, artifacts, quotas }: DemoSettings): string {
  const settings = {
    redis_url: redisUrl,
    aws_accounts: clouds.awsAccounts.map((account_id) => ({
      account_id,
      regions: clouds.awsRegions,
      role_arn: `arn:aws:iam::${account_id}:role/cae-reader`,
    })),
    azure_accounts: clouds.azureSubscriptions.map((subscription_id) => ({ subscription_id })),
    gcp_projects: clouds.gcpProjects.map((project_id) => ({ project_id })),
    aws: { endpoint: clouds.awsEndpoint },
    azure: { endpoint: clouds.azureEndpoint, tenant_id: clouds.azureTenant },
    gcp: { endpoint: clouds.gcpEndpoint },
    transport: artifacts === null ? { type: 'null' } : { type: 'filesystem', base_dir: artifacts },
    api: { host: '127.0.0.1', port: 0 },
    // Short, so that the tasks of a worker that is killed go on while somebody watches. The defaults are 30 s and 10 s.
    worker: { lock_duration_ms: LOCK_MS, stalled_interval_ms: STALLED_MS },
    limits: { enabled: quotas },
  }
  const head = '# Written by `cae demo`. These clouds are simulated and end with it.\n'
  return head + stringify(settings, { aliasDuplicateObjects: false })
}

export const LOCK_MS = 5000
export const STALLED_MS = 2000
