// What it costs to hold the policies of a slice and to find them again (docs/decisions/0009-gcp-policies-by-name.md).
//   node --expose-gc --import tsx --conditions=@cae/source scripts/measure-policies.ts
import { AssetServiceClient, protos } from '@google-cloud/asset'
import { credentials } from '@grpc/grpc-js'
import { setTimeout as sleep } from 'node:timers/promises'
import { cpus } from 'node:os'
import { decodeListAssets, indexAssets } from '../src/decode/decode.ts'
import { createHeld } from '../src/read/held.ts'
import { createSpool } from '../src/read/spool.ts'

const { ListAssetsResponse } = protos.google.cloud.asset.v1

const PAGE = 1000

const nameOf = (n: number) => `//iam.googleapis.com/projects/shop-prod-${n % 97}/serviceAccounts/1${n}0000000000`

function policyPage(page: number): Buffer {
  const assets = Array.from({ length: PAGE }, (_, i) => ({
    name: nameOf(page * PAGE + i),
    assetType: 'iam.googleapis.com/ServiceAccount',
    ancestors: ['projects/1', 'organizations/2'],
    iamPolicy: {
      version: 1,
      etag: Buffer.from(`BwX${page}${i}`),
      bindings: ['viewer', 'editor', 'iam.securityReviewer'].map((role) => ({
        role: `roles/${role}`,
        members: [`group:team-${i % 20}@example.com`, `serviceAccount:app-${i}@shop.iam.gserviceaccount.com`],
      })),
    },
  }))
  return Buffer.from(ListAssetsResponse.encode({ assets }).finish())
}

// Processor time rather than that of the clock, since other processes may be running.
async function perSecond(count: number, work: () => unknown): Promise<number> {
  const before = process.cpuUsage()
  await work()
  const { user, system } = process.cpuUsage(before)
  return Math.round((count * 1e6) / (user + system))
}

async function memory(): Promise<number> {
  for (let i = 0; i < 3; i++) {
    globalThis.gc?.()
    await sleep(20)
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

const client = new AssetServiceClient({
  apiEndpoint: '127.0.0.1',
  port: 1,
  sslCreds: credentials.createInsecure(),
  authClient: { universeDomain: 'googleapis.com' } as never,
})
const stub = (await client.initialize()) as unknown as {
  constructor: { service: { ListAssets: { responseDeserialize(bytes: Buffer): unknown } } }
}
const generated = (page: Buffer) => stub.constructor.service.ListAssets.responseDeserialize(page)

const bytes = policyPage(0)
const ROUNDS = 60
console.log(`node ${process.version}, ${cpus()[0]?.model}, policies of ${Math.round(bytes.length / PAGE)} bytes`)
const repeat = (work: () => void) => () => {
  for (let i = 0; i < ROUNDS; i++) work()
}
const rows: [string, () => void][] = [
  ['SDK: message objects', () => generated(bytes)],
  ['ours: straight to JSON', () => [...decodeListAssets(bytes).assets]],
  ['ours: found, not decoded', () => indexAssets(bytes)],
]
for (const [name, work] of rows) {
  repeat(work)()
  console.log(`${name}: ${await perSecond(PAGE * ROUNDS, repeat(work))} policies/s`)
}

async function hold(policies: number, where: string, inMemory: number): Promise<void> {
  const before = await memory()
  const held = createHeld(createSpool(inMemory))
  for (let page = 0; page < policies / PAGE; page++) await held.add(indexAssets(policyPage(page)))
  const used = (await memory()) - before
  const rate = await perSecond(policies, async () => {
    const claims = held.claimsFrom('0')
    for (let n = 0; n < policies; n++) await claims.take(nameOf(n))
  })
  console.log(`${policies} held ${where}: ${Math.round(used / 1024 / 1024)} MiB, found again ${rate}/s`)
  await held.close()
}

for (const policies of [10_000, 100_000]) {
  await hold(policies, 'in memory', Infinity)
  await hold(policies, 'with 16 MiB in memory, the rest on disk', 16 * 1024 * 1024)
}
await client.close()
