import type { FaultCount, FaultRule, RequestCounts, SliceCount } from '@cae/cloud-simulator'
import { spawnProcess, type TestProcess } from './processes.ts'

const PROVIDERS = ['aws', 'azure', 'gcp'] as const

/** Options of the simulator's command line. */
export interface CloudsOptions {
  readonly seed: number
  readonly resources: number
  readonly accounts?: number
  readonly regions?: number
  readonly subscriptions?: number
  readonly projects?: number
  /** Most resources in a page of Google Cloud or Resource Explorer. */
  readonly 'most-per-page'?: number
  /** Milliseconds. */
  readonly latency?: number
  readonly quotas?: boolean
  readonly 'time-scale'?: number
}

interface Announcement {
  readonly awsEndpoint: string
  readonly azureEndpoint: string
  readonly gcpEndpoint: string
  readonly controlEndpoint: string
  readonly awsAccounts: readonly string[]
  readonly awsRegions: readonly string[]
  readonly azureSubscriptions: readonly string[]
  readonly azureTenant: string
  readonly gcpProjects: readonly string[]
  readonly gcpOrganization: string
  readonly counts: Readonly<Record<(typeof PROVIDERS)[number], number>>
}

/** The simulated clouds, in a process of their own, and the truth about them. */
export interface Clouds extends Announcement {
  readonly process: TestProcess
  /** Every resource id that exists, in all clouds or some. */
  ids(providers?: readonly (typeof PROVIDERS)[number][]): Promise<string[]>
  slices(): Promise<SliceCount[]>
  /** How many resources of Google Cloud have an IAM policy. */
  policies(): Promise<number>
  requests(): Promise<RequestCounts>
  setFaults(rules: readonly FaultRule[]): Promise<void>
  /** The rules as they were set, each with how often it has changed an answer. */
  faults(): Promise<FaultCount[]>
}

export async function startClouds(options: CloudsOptions): Promise<Clouds> {
  const argv = Object.entries(options).flatMap(([name, value]) =>
    typeof value === 'boolean' ? (value ? [`--${name}`] : []) : [`--${name}`, String(value)],
  )
  const started = await spawnProcess('packages/cloud-simulator/dist/main.js', { argv }, 'line')
  const announcement = started.ready as unknown as Announcement
  const call = async (method: string, path: string, body?: unknown) => {
    const init = body === undefined ? { method } : { method, body: JSON.stringify(body) }
    const response = await fetch(announcement.controlEndpoint + path, init)
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`)
    return response
  }
  return {
    ...announcement,
    process: started,
    async ids(providers = PROVIDERS) {
      const texts = await Promise.all(
        providers.map(async (name) => (await call('GET', `/ids?provider=${name}`)).text()),
      )
      return texts.flatMap((text) => text.split('\n')).filter((line) => line !== '')
    },
    slices: async () => (await call('GET', '/slices')).json() as Promise<SliceCount[]>,
    policies: async () => ((await (await call('GET', '/policies')).json()) as { gcp: number }).gcp,
    requests: async () => (await call('GET', '/requests')).json() as Promise<RequestCounts>,
    faults: async () => (await call('GET', '/faults')).json() as Promise<FaultCount[]>,
    setFaults: async (rules) => void (await call('PUT', '/faults', rules)),
  }
}

/** The environment of an API or a worker that extracts from these clouds. */
export function settingsFor(clouds: Clouds, redisUrl: string): Record<string, string> {
  const { awsAccounts, awsRegions: regions, azureSubscriptions, gcpProjects } = clouds
  return {
    REDIS_URL: redisUrl,
    AWS_ACCOUNTS: JSON.stringify(
      awsAccounts.map((account_id) => ({
        account_id,
        regions,
        role_arn: `arn:aws:iam::${account_id}:role/cae-reader`,
      })),
    ),
    AZURE_ACCOUNTS: JSON.stringify(azureSubscriptions.map((subscription_id) => ({ subscription_id }))),
    GCP_PROJECTS: JSON.stringify(gcpProjects.map((project_id) => ({ project_id }))),
    AWS_ENDPOINT: clouds.awsEndpoint,
    AZURE_ENDPOINT: clouds.azureEndpoint,
    AZURE_TENANT_ID: clouds.azureTenant,
    GCP_ENDPOINT: clouds.gcpEndpoint,
  }
}
