import { ConfigServiceClient, SelectResourceConfigCommand } from '@aws-sdk/client-config-service'
import { fromTemporaryCredentials } from '@aws-sdk/credential-providers'
import { ResourceGraphClient } from '@azure/arm-resourcegraph'
import { inParallel } from '@cae/core'
import type { Clouds } from '@cae/test/support'
import { AssetServiceClient } from '@google-cloud/asset'
import { credentials } from '@grpc/grpc-js'
import { randomUUID } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { peakRss } from './worker-usage.ts'

/** Tells of each page what it holds. */
type Deliver = (resources: readonly unknown[]) => Promise<void>
type Endpoints = Omit<Clouds, 'process'>

const COLUMNS =
  'resourceId, resourceName, resourceType, arn, accountId, awsRegion, availabilityZone, resourceCreationTime, ' +
  'configurationItemCaptureTime, configurationItemStatus, configuration, supplementaryConfiguration, tags, relationships'

/** Every account and region, as many at once as a worker takes. */
async function readAws({ awsAccounts, awsRegions, awsEndpoint: endpoint }: Endpoints, deliver: Deliver): Promise<void> {
  const places = awsAccounts.flatMap((account) => {
    const role = fromTemporaryCredentials({
      masterCredentials: { accessKeyId: 'simulated', secretAccessKey: 'simulated' },
      params: { RoleArn: `arn:aws:iam::${account}:role/cae-reader`, RoleSessionName: 'plain-reader' },
      clientConfig: { region: 'us-east-1', endpoint },
    })
    return awsRegions.map((region) => ({ region, endpoint, credentials: role }))
  })
  await inParallel(places, 10, async (place) => {
    const client = new ConfigServiceClient(place)
    let token: string | undefined
    do {
      const page = await client.send(
        new SelectResourceConfigCommand({ Expression: `SELECT ${COLUMNS}`, Limit: 100, NextToken: token }),
      )
      await deliver((page.Results ?? []).map((row): unknown => JSON.parse(row)))
      token = page.NextToken
    } while (token)
    client.destroy()
  })
}

async function readAzure(clouds: Endpoints, deliver: Deliver): Promise<void> {
  const { azureSubscriptions, azureEndpoint: endpoint, azureTenant } = clouds
  const token = await tokenOf(`${endpoint}/${azureTenant}/oauth2/v2.0/token`)
  const nobody = { getToken: async () => ({ token, expiresOnTimestamp: Infinity }) }
  const client = new ResourceGraphClient(nobody, { endpoint, allowInsecureConnection: true })
  // The SDK's own policy sends no token over plain http.
  client.pipeline.removePolicy({ name: 'bearerTokenAuthenticationPolicy' })
  client.pipeline.addPolicy({
    name: 'token',
    sendRequest: async (request, next) => {
      request.headers.set('authorization', `Bearer ${token}`)
      return next(request)
    },
  })
  await inParallel([...azureSubscriptions], 3, async (subscription) => {
    let skipToken: string | undefined
    do {
      const page = await client.resources({
        query: 'resources | order by id asc',
        subscriptions: [subscription],
        options: { top: 1000, resultFormat: 'objectArray', ...(skipToken && { skipToken }) },
      })
      await deliver(page.data as unknown[])
      skipToken = page.skipToken
    } while (skipToken)
  })
}

async function tokenOf(url: string): Promise<string> {
  const body = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: 'plain-reader',
    client_secret: 'simulated',
    scope: 'https://management.azure.com/.default',
  })
  const answer = (await (await fetch(url, { method: 'POST', body })).json()) as { access_token: string }
  return answer.access_token
}

async function readGcp({ gcpProjects, gcpEndpoint }: Endpoints, deliver: Deliver): Promise<void> {
  const { hostname, port } = new URL(`grpc://${gcpEndpoint}`)
  const nobody = {
    universeDomain: 'googleapis.com',
    getRequestHeaders: async () => new Headers(),
    getAccessToken: async () => ({ token: null }),
  }
  const client = new AssetServiceClient({
    apiEndpoint: hostname,
    port: Number(port),
    sslCreds: credentials.createInsecure(),
    authClient: nobody as never,
  })
  await inParallel([...gcpProjects], 2, async (project) => {
    let pageToken: string | undefined
    do {
      const [assets, , page] = await client.listAssets(
        { parent: `projects/${project}`, contentType: 'RESOURCE', pageSize: 1000, ...(pageToken && { pageToken }) },
        { autoPaginate: false },
      )
      await deliver(assets)
      pageToken = page?.nextPageToken || undefined
    } while (pageToken)
  })
  await client.close()
}

async function readAll(clouds: Endpoints, deliver: Deliver): Promise<void> {
  await Promise.all([readAws(clouds, deliver), readAzure(clouds, deliver), readGcp(clouds, deliver)])
}

const READERS = { aws: readAws, azure: readAzure, gcp: readGcp, all: readAll }
const [provider, endpoints = '', times, folder] = process.argv.slice(2)
const read = READERS[provider as keyof typeof READERS]
const clouds = JSON.parse(endpoints) as Endpoints

let resources = 0
const count: Deliver = async (page) => void (resources += page.length)
const write: Deliver = async (page) => {
  resources += page.length
  const lines = page.map((resource) => `${JSON.stringify(resource)}\n`).join('')
  await writeFile(join(folder!, `${randomUUID()}.jsonl`), lines, { flush: true })
}

for (let left = Number(times); left > 0; left--) {
  const before = process.cpuUsage()
  resources = 0
  await read(clouds, folder ? write : count)
  const { user, system } = process.cpuUsage(before)
  // The last time counts.
  if (left === 1) process.send!({ resources, seconds: (user + system) / 1e6, peak: peakRss(process.pid) })
}
