// How fast a page of 1,000 assets becomes plain JSON, the SDK's way and ours (docs/decisions/0002-gcp-struct-decoding.md).
//   node --import tsx --conditions=@cae/source scripts/measure-decoding.ts
import type { JsonObject, JsonValue } from '@cae/core'
import { AssetServiceClient, protos } from '@google-cloud/asset'
import { credentials } from '@grpc/grpc-js'
import { cpus } from 'node:os'
import { decodeListAssets } from '../src/decode/decode.ts'

type Value = protos.google.protobuf.IValue
type Struct = protos.google.protobuf.IStruct

const ASSETS = 1000
const ROUNDS = 40

function instance(n: number): JsonObject {
  const path = `https://www.googleapis.com/compute/v1/projects/shop/zones/europe-west1-b`
  const disk = (i: number) => ({
    autoDelete: true,
    boot: i === 0,
    deviceName: `disk-${n}-${i}`,
    diskSizeGb: String(10 + i),
    index: i,
    interface: 'SCSI',
    mode: 'READ_WRITE',
    source: `${path}/disks/disk-${n}-${i}`,
    type: 'PERSISTENT',
  })
  return {
    id: String(7_000_000_000 + n),
    name: `web-${n}`,
    creationTimestamp: '2026-01-02T03:04:05.000-08:00',
    description: '',
    status: 'RUNNING',
    machineType: `${path}/machineTypes/n2-standard-4`,
    cpuPlatform: 'Intel Ice Lake',
    canIpForward: false,
    deletionProtection: n % 2 === 0,
    labels: { env: 'prod', team: 'checkout', app: `app-${n % 50}` },
    disks: [disk(0), disk(1)],
    networkInterfaces: [
      {
        name: 'nic0',
        network: 'https://www.googleapis.com/compute/v1/projects/shop/global/networks/main',
        networkIP: `10.0.${(n >> 8) & 255}.${n & 255}`,
        accessConfigs: [{ name: 'External NAT', natIP: '203.0.113.7', networkTier: 'PREMIUM', type: 'ONE_TO_ONE_NAT' }],
      },
    ],
    metadata: { fingerprint: 'abc=', items: [{ key: 'startup', value: '#!/bin/sh\necho hello\n' }] },
    scheduling: { automaticRestart: true, onHostMaintenance: 'MIGRATE', preemptible: false },
    serviceAccounts: [
      { email: 'web@shop.iam.gserviceaccount.com', scopes: ['https://www.googleapis.com/auth/cloud-platform'] },
    ],
    shieldedInstanceConfig: { enableIntegrityMonitoring: true, enableSecureBoot: false, enableVtpm: true },
    tags: { items: ['http-server', 'https-server'] },
    zone: path,
  }
}

function toValue(value: JsonValue): Value {
  if (value === null) return { nullValue: 'NULL_VALUE' }
  if (typeof value === 'string') return { stringValue: value }
  if (typeof value === 'number') return { numberValue: value }
  if (typeof value === 'boolean') return { boolValue: value }
  if (Array.isArray(value)) return { listValue: { values: value.map(toValue) } }
  return { structValue: toStruct(value as JsonObject) }
}

function toStruct(object: JsonObject): Struct {
  return { fields: Object.fromEntries(Object.entries(object).map(([key, value]) => [key, toValue(value)])) }
}

function plain({ fields }: Struct): Record<string, unknown> {
  const object: Record<string, unknown> = {}
  for (const key in fields) object[key] = plainValue(fields[key])
  return object
}

function plainValue(value: Value): unknown {
  if (value.structValue) return plain(value.structValue)
  if (value.listValue) return (value.listValue.values ?? []).map(plainValue)
  return value.stringValue ?? value.numberValue ?? value.boolValue ?? null
}

// Processor time rather than that of the clock, since other processes may be running.
function perSecond(work: () => unknown): number {
  for (let i = 0; i < ROUNDS / 2; i++) work()
  const before = process.cpuUsage()
  for (let i = 0; i < ROUNDS; i++) work()
  const { user, system } = process.cpuUsage(before)
  return Math.round((ASSETS * ROUNDS * 1e6) / (user + system))
}

const nobody = { universeDomain: 'googleapis.com' }
const client = new AssetServiceClient({
  apiEndpoint: '127.0.0.1',
  port: 1,
  sslCreds: credentials.createInsecure(),
  authClient: nobody as never,
})
const stub = (await client.initialize()) as unknown as {
  constructor: {
    service: { ListAssets: { responseDeserialize(bytes: Buffer): { assets: { resource: { data: Struct } }[] } } }
  }
}
const { ListAssets } = stub.constructor.service
const generated = (page: Buffer) => ListAssets.responseDeserialize(page)

const assets = Array.from({ length: ASSETS }, (_, n) => ({
  name: `//compute.googleapis.com/projects/shop/zones/europe-west1-b/instances/web-${n}`,
  assetType: 'compute.googleapis.com/Instance',
  resource: { version: 'v1', location: 'europe-west1-b', data: toStruct(instance(n)) },
  ancestors: ['projects/1', 'organizations/2'],
}))
const bytes = Buffer.from(protos.google.cloud.asset.v1.ListAssetsResponse.encode({ assets }).finish())
const json = JSON.stringify([...decodeListAssets(bytes).assets])

console.log(
  `node ${process.version}, ${cpus()[0]?.model}, ${ASSETS} assets of ${Math.round(bytes.length / ASSETS)} bytes`,
)
const rows: [string, () => unknown][] = [
  ['SDK: message objects', () => generated(bytes)],
  ['SDK: message objects, Struct to JSON', () => generated(bytes).assets.map(({ resource }) => plain(resource.data))],
  ['ours: straight to JSON', () => [...decodeListAssets(bytes).assets]],
  ['JSON.parse of the same page', () => JSON.parse(json) as unknown],
]
for (const [name, work] of rows) console.log(`${name}: ${perSecond(work)} assets/s`)
await client.close()
