import type { Artifact, Batch, Manifest } from '@cae/core'
import { loadSettings } from '@cae/runtime'
import { expect } from 'chai'
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { gunzipSync } from 'node:zlib'
import { deliveredFiles } from './delivered-files.ts'
import { exampleNames, examplePath } from './example-files.ts'
import { startCluster, type Cluster } from '../support/index.ts'

const RESOURCES = 300
const load = (name: string) => loadSettings({ CONFIG_FILE: examplePath(name) })

describe('the example settings', () => {
  let cluster: Cluster | undefined
  let scanner: Scanner | undefined

  afterEach(async () => {
    await cluster?.stop()
    await scanner?.close()
    cluster = scanner = undefined
  })

  /** A whole extraction under the settings of a file, over simulated clouds. */
  async function extractUnder(name: string, environment: Record<string, string> = {}) {
    cluster = await startCluster({
      clouds: { seed: 1, resources: RESOURCES },
      workers: 1,
      environment: { CONFIG_FILE: examplePath(name), LIMITS_ENABLED: 'false', ...environment },
    })
    const job = await cluster.finished(await cluster.submit())
    expect(job.status).to.equal('completed')
    return { job, cluster }
  }

  it('cae.yaml names accounts of all three clouds', async () => {
    const { aws_accounts, azure_accounts, gcp_projects } = load('cae.yaml')
    expect([aws_accounts, azure_accounts, gcp_projects].map(({ length }) => length)).to.deep.equal([1, 1, 1])
    expect((await extractUnder('cae.yaml')).job.totals.artifacts).to.equal(RESOURCES)
  })

  it('settings/aws-organization.yaml reads AWS alone, through a role in each account', async () => {
    const { aws_accounts } = load('settings/aws-organization.yaml')
    expect(aws_accounts.map(({ regions }) => regions?.length)).to.deep.equal([4, 4, 1])
    for (const { account_id, role_arn } of aws_accounts) expect(role_arn).to.include(`::${account_id}:role/`)
    const { job } = await extractUnder('settings/aws-organization.yaml')
    expect(Object.keys(job.by_provider)).to.deep.equal(['aws'])
  })

  it('settings/http-scanner.yaml posts every batch once, with its id and the key', async () => {
    scanner = await startScanner()
    const environment = { HTTP_ENDPOINT_URL: scanner.url, HTTP_API_KEY: 'scanner-key' }
    const { job } = await extractUnder('settings/http-scanner.yaml', environment)
    const { batches } = scanner
    expect(batches).to.have.length(job.totals.batches)
    expect(batches.flatMap(({ artifacts }) => artifacts)).to.have.length(RESOURCES)
    for (const { headers, artifacts } of batches) {
      expect(headers).to.include({ 'x-scanner-key': 'scanner-key', 'x-source': 'cloud-artifact-extractor' })
      expect(artifacts).to.have.length.at.most(200)
    }
    expect(new Set(batches.map(({ headers }) => headers['idempotency-key']))).to.have.property('size', batches.length)
    expect(scanner.manifests.map(({ run_id, status }) => [run_id, status])).to.deep.equal([[job.job_id, 'completed']])
  })

  it('settings/json-per-artifact.yaml writes one compressed file for each resource', async () => {
    const { cluster: ran } = await extractUnder('settings/json-per-artifact.yaml')
    const files = deliveredFiles(ran.folder)
    expect(files).to.have.length(RESOURCES)
    for (const { name } of files) expect(name).to.match(/\.json\.gz$/)
    const ids = files.flatMap(({ artifacts }) => artifacts.map(({ metadata }) => metadata.resource_id))
    expect(ids.toSorted()).to.deep.equal((await ran.clouds.ids()).toSorted())
  })

  it('settings/interruptible-nodes.yaml waits for a lost worker 15 seconds in all, and extracts', async () => {
    const { lock_duration_ms, stalled_interval_ms } = load('settings/interruptible-nodes.yaml').worker
    expect(lock_duration_ms + stalled_interval_ms).to.be.at.most(15_000)
    expect((await extractUnder('settings/interruptible-nodes.yaml')).job.totals.artifacts).to.equal(RESOURCES)
  })

  it('are all here', () => {
    expect(exampleNames('settings')).to.deep.equal([
      'aws-organization.yaml',
      'http-scanner.yaml',
      'interruptible-nodes.yaml',
      'json-per-artifact.yaml',
    ])
  })
})

interface Scanner {
  readonly url: string
  readonly batches: { readonly headers: IncomingHttpHeaders; readonly artifacts: readonly Artifact[] }[]
  readonly manifests: readonly Manifest[]
  close(): Promise<void>
}

async function startScanner(): Promise<Scanner> {
  const batches: Scanner['batches'] = []
  const manifests: Manifest[] = []
  const take = async (request: IncomingMessage, response: ServerResponse) => {
    const { artifacts, manifest } = JSON.parse(gunzipSync(await buffer(request)).toString()) as Batch & {
      manifest?: Manifest
    }
    if (manifest) manifests.push(manifest)
    else batches.push({ headers: request.headers, artifacts })
    response.writeHead(200).end()
  }
  const server = createServer((request, response) => void take(request, response))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/artifacts`,
    batches,
    manifests,
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
