import { expect } from 'chai'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readAws } from './aws.ts'
import { lossOf } from './loss.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

const TOPIC = {
  resourceType: 'AWS::SNS::Topic',
  resourceId: 'arn:aws:sns:eu-west-1:123456789012:alerts',
  arn: 'arn:aws:sns:eu-west-1:123456789012:alerts',
  accountId: '123456789012',
  awsRegion: 'eu-west-1',
  configurationItemStatus: 'OK',
  configuration: '{"DisplayName":"Alerts","Owner":"123456789012"}',
}
const DISK = {
  id: '/subscriptions/00000000-0000-4000-8000-000000000001/resourceGroups/rg/providers/Microsoft.Compute/disks/data',
  name: 'data',
  type: 'microsoft.compute/disks',
  location: 'westeurope',
  subscriptionId: '00000000-0000-4000-8000-000000000001',
  properties: { diskSizeGB: 128 },
}
const BUCKET = {
  name: '//storage.googleapis.com/backups',
  asset_type: 'storage.googleapis.com/Bucket',
  resource: { location: 'EU', data: { storageClass: 'NEARLINE' } },
  ancestors: ['projects/1', 'organizations/2'],
}

describe('what was recorded of real clouds', () => {
  let folder: string
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'cae-recorded-'))
  })
  after(() => rmSync(folder, { recursive: true }))

  const write = (path: string, json: object) => {
    mkdirSync(join(folder, path, '..'), { recursive: true })
    writeFileSync(join(folder, path), JSON.stringify(json))
  }
  const check = () => {
    const argv = ['scripts/run.mjs', 'test/recorded/check.ts', folder]
    const { status, stdout } = spawnSync(process.execPath, argv, { cwd: ROOT, encoding: 'utf8' })
    return { status, lines: stdout.trimEnd().split('\n') }
  }

  it('is translated file by file, and is all right only where nothing is lost', () => {
    write('aws-config/history.json', { configurationItems: [TOPIC] })
    write('azure-resource-graph/disks.json', { interactions: [{ response: { body: { data: { value: [DISK] } } } }] })
    write('gcp-asset/list.json', [BUCKET])
    const { status, lines } = check()
    expect(lines.slice(0, 3)).to.deep.equal([
      'aws-config/history.json: 1 items, 1 artifacts',
      'azure-resource-graph/disks.json: 1 items, 1 artifacts',
      'gcp-asset/list.json: 1 items, 1 artifacts',
    ])
    expect(lines.at(-1)).to.match(/^total: 3 files, 3 items, 3 artifacts, \d\d+ values compared, 0 problems$/)
    expect(status).to.equal(0)
  })

  it('fails on a file of a kind that nobody knows', () => {
    write('aws-config/other.json', { something: 'else' })
    const { status, lines } = check()
    expect(lines).to.include('  no known kind of recording')
    expect(status).to.equal(1)
  })

  it('is lost where the artifact has not the value that was told, whatever is beside it', () => {
    const [item] = readAws({ configurationItems: [TOPIC] }).items
    const artifact = item!.translate()
    expect(lossOf(item!, artifact)).to.deep.equal([])
    const poorer = { ...artifact, configuration: { DisplayName: 'Alerts' } }
    expect(lossOf(item!, poorer)).to.deep.equal(['configuration.Owner'])
    const renamed = { ...artifact, metadata: { ...artifact.metadata, native_id: 'alerts' } }
    expect(lossOf(item!, renamed)).to.deep.equal(['metadata.native_id'])
  })
})
