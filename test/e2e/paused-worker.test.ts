import { expect } from 'chai'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { startCluster, type Cluster } from '../support/index.ts'

const LATENCY_MS = 1000
const LOCK_MS = 1000

describe('a worker that is paused in the middle of a page', () => {
  let cluster: Cluster
  let receiver: Server
  /** Of each batch and part of the manifest that came. */
  let keys: string[]

  beforeEach(async () => {
    keys = []
    receiver = createServer((request, response) => {
      keys.push(String(request.headers['idempotency-key']))
      request.resume().on('end', () => response.writeHead(200).end())
    }).listen(0, '127.0.0.1')
    await once(receiver, 'listening')
    cluster = await startCluster({
      clouds: { seed: 5, resources: 60, projects: 1, latency: LATENCY_MS },
      workers: 1,
      environment: {
        TRANSPORT_TYPE: 'http',
        HTTP_ENDPOINT_URL: `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`,
        WORKER_LOCK_DURATION_MS: String(LOCK_MS),
        WORKER_STALLED_INTERVAL_MS: '500',
        // A page is one call, so that nothing is between its answer and its delivery.
        GCP_CONTENT: 'resource',
        LIMITS_ENABLED: 'false',
      },
    })
  })
  afterEach(async () => {
    for (const { child } of cluster.workers) child.kill('SIGCONT')
    await cluster.stop()
    receiver.closeAllConnections()
    await new Promise((resolve) => receiver.close(resolve))
  })

  it('delivers nothing any more once another worker has gone on with its task', async () => {
    const [paused] = cluster.workers
    const id = await cluster.submit({ provider: 'gcp' })
    while (((await cluster.clouds.requests()).gcp['ListAssets']?.total ?? 0) === 0) await sleep(10)
    paused!.child.kill('SIGSTOP')
    await sleep(LATENCY_MS)
    expect(keys, 'its page is on its way').to.deep.equal([])
    await cluster.startWorker()
    const job = await cluster.finished(id, 60_000)
    expect(job.status, JSON.stringify(job.errors)).to.equal('completed')
    const delivered = [...keys]
    expect(delivered).to.have.length.of.at.least(2)

    const redis = new Redis(cluster.redis.url)
    // What Redis says of the lock comes too late: by then the page would have been delivered.
    await redis.call('CLIENT', 'PAUSE', LOCK_MS, 'ALL')
    paused!.child.kill('SIGCONT')
    await sleep(2 * LOCK_MS)
    redis.disconnect()
    expect(keys).to.deep.equal(delivered)
  })
})
