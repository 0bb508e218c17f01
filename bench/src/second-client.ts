import { compressedLimits, declaredLimits, startCluster, type Cluster, type Clouds } from '@cae/test/support'
import { connect, type IncomingHttpHeaders } from 'node:http2'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Figure } from './report.ts'

const PROVIDERS = ['aws', 'azure', 'gcp'] as const
type ProviderName = (typeof PROVIDERS)[number]

/** Quotas and latency are this many times as fast as the real ones. */
const TIME_SCALE = Number(process.env['BENCH_TIME_SCALE'] ?? 2)
const SECONDS = 180
const LATENCY_MS = 40
const HEADROOM = 0.5
const QUOTA_PROJECT = 'quota-project'

/** One account, region, principal and quota project, and enough in them to keep us at our share of the quota. */
const ESTATE = { seed: 2, resources: 40_000, accounts: 1, regions: 1, subscriptions: 100, projects: 60 }

/** The limit that both share, and the operation as the simulator counts it. */
const SHARED = {
  aws: { limit: 'aws.config.select', operation: 'SelectResourceConfig' },
  azure: { limit: 'azure.graph.query', operation: 'Resources' },
  gcp: { limit: 'gcp.asset.list.project', operation: 'ListAssets' },
} as const

/** Another client of the same quota, at half its rate, while we run at headroom 0.5: how many of its calls succeed. */
export async function benchSecondClient(): Promise<Figure[]> {
  const cluster = await startCluster({
    clouds: { ...ESTATE, quotas: true, latency: LATENCY_MS / TIME_SCALE, 'time-scale': TIME_SCALE },
    workers: 2,
    environment: {
      TRANSPORT_TYPE: 'null',
      LIMITS_HEADROOM: String(HEADROOM),
      LIMITS_OVERRIDES: JSON.stringify(await compressedLimits(TIME_SCALE)),
      GCP_QUOTA_PROJECT: QUOTA_PROJECT,
    },
  })
  try {
    const results = await Promise.all(PROVIDERS.map((name) => besideUs(name, cluster)))
    return results.flat()
  } finally {
    await cluster.stop()
  }
}

async function besideUs(name: ProviderName, cluster: Cluster): Promise<Figure[]> {
  const { limit, operation } = SHARED[name]
  const rate = (await declaredLimits()).find((one) => one.name === limit)!.ratePerSecond * TIME_SCALE
  const end = Date.now() + (SECONDS * 1000) / TIME_SCALE
  const count = async () => (await cluster.clouds.requests())[name][operation]
  const ourselves = keepExtracting(name, cluster, end)
  while (((await count())?.ok ?? 0) === 0) await sleep(20)
  const before = (await count())!
  const start = Date.now()
  const theirs = await callEvenly(await clientOf(name, cluster.clouds), rate * (1 - HEADROOM), end)
  const seconds = (Date.now() - start) / 1000
  const after = (await count())!
  await ourselves
  const ours = after.ok - before.ok - theirs.ok
  const throttled = after.throttled - before.throttled - (theirs.calls - theirs.ok)
  return [
    { name: `${name}: calls of the second client`, value: theirs.calls, unit: 'calls' },
    {
      name: `${name}: those that succeed`,
      value: (100 * theirs.ok) / theirs.calls,
      unit: '%',
      atLeast: 99,
    },
    { name: `${name}: what we use of our share`, value: (100 * ours) / (rate * HEADROOM * seconds), unit: '%' },
    { name: `${name}: our calls that are throttled`, value: (100 * throttled) / (ours + throttled), unit: '%' },
  ]
}

/** One job after the other, until the time is over. */
async function keepExtracting(name: ProviderName, cluster: Cluster, end: number): Promise<void> {
  while (Date.now() < end) {
    const job = await cluster.finished(await cluster.submit({ providers: [name] }), 3_600_000)
    if (job.status !== 'completed') throw new Error(`${name}: ${job.status} ${JSON.stringify(job.errors)}`)
  }
}

/** Resolves to whether the call succeeded; false where it was throttled. */
type Client = () => Promise<boolean>

async function callEvenly(client: Client, ratePerSecond: number, end: number) {
  const answers: Promise<boolean>[] = []
  for (let next = Date.now(); next < end;) {
    answers.push(client())
    // What it missed while the machine stood still it does not make up for.
    next = Math.max(next + 1000 / ratePerSecond, Date.now())
    await sleep(next - Date.now())
  }
  const all = await Promise.all(answers)
  return { calls: all.length, ok: all.filter(Boolean).length }
}

const CLIENTS: Readonly<Record<ProviderName, (clouds: Clouds) => Promise<Client>>> = {
  aws: async ({ awsEndpoint, awsAccounts, awsRegions }) => {
    const key = `ASIA${awsAccounts[0]}TEST`
    return poster('aws', awsEndpoint, { Expression: 'SELECT resourceId', Limit: 1 }, 400, {
      'x-amz-target': 'StarlingDoveService.SelectResourceConfig',
      authorization: `AWS4-HMAC-SHA256 Credential=${key}/20260101/${awsRegions[0]}/config/aws4_request`,
    })
  },
  azure: async ({ azureEndpoint, azureTenant }) => {
    const form = {
      grant_type: 'client_credentials',
      client_id: 'cloud-artifact-extractor',
      client_secret: 'simulated',
      scope: 'https://management.azure.com/.default',
    }
    const url = `${azureEndpoint}/${azureTenant}/oauth2/v2.0/token`
    const response = await fetch(url, { method: 'POST', body: new URLSearchParams(form) })
    const { access_token } = (await response.json()) as { access_token: string }
    const graph = `${azureEndpoint}/providers/Microsoft.ResourceGraph/resources?api-version=2024-04-01`
    return poster('azure', graph, { query: 'resources | count' }, 429, { authorization: `Bearer ${access_token}` })
  },
  gcp: async ({ gcpEndpoint, gcpProjects }) => assetLister(gcpEndpoint, `projects/${gcpProjects[0]}`),
}

function clientOf(name: ProviderName, clouds: Clouds): Promise<Client> {
  return CLIENTS[name](clouds)
}

function poster(name: string, url: string, body: object, refusal: number, headers: Record<string, string>): Client {
  return async () => {
    const init = { method: 'POST', headers: { ...headers, 'content-type': 'application/json' } }
    const response = await fetch(url, { ...init, body: JSON.stringify(body) })
    const text = await response.text()
    if (response.ok) return true
    if (response.status === refusal && /Throttl|RateLimit/.test(text)) return false
    throw new Error(`the second client of ${name}: ${response.status} ${text}`)
  }
}

const RESOURCE_EXHAUSTED = '8'

/** ListAssets of one asset, as bare gRPC: `parent` = 1, `page_size` = 4. */
function assetLister(endpoint: string, parent: string): Client {
  const session = connect(`http://${endpoint}`)
  // It ends with the simulator.
  session.on('error', () => {})
  session.unref()
  const message = Buffer.concat([Buffer.from([0x0a, parent.length]), Buffer.from(parent), Buffer.from([0x20, 1])])
  const frame = Buffer.concat([Buffer.from([0, 0, 0, 0, message.length]), message])
  return () =>
    new Promise((resolve, reject) => {
      const stream = session.request({
        ':method': 'POST',
        ':path': '/google.cloud.asset.v1.AssetService/ListAssets',
        'content-type': 'application/grpc',
        te: 'trailers',
        'x-goog-user-project': QUOTA_PROJECT,
      })
      let status: string | undefined
      const read = (headers: IncomingHttpHeaders) => {
        status = headers['grpc-status']?.toString() ?? status
      }
      stream.on('response', read).on('trailers', read).on('error', reject).resume()
      stream.on('end', () => {
        if (status === '0' || status === RESOURCE_EXHAUSTED) resolve(status === '0')
        else reject(new Error(`the second client of gcp: grpc-status ${status}`))
      })
      stream.end(frame)
    })
}
