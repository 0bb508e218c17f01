import { expect } from 'chai'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { startCluster, type Cluster } from '../support/index.ts'

interface Posted {
  readonly batch_id?: string
  readonly artifacts?: readonly { readonly metadata: { readonly resource_id: string } }[]
}

describe('a receiver that is away', () => {
  let cluster: Cluster | undefined
  let server: Server
  let isAway: boolean
  /** Batches that came while it was away. */
  let refused: string[]
  /** By batch id: the latest counts. */
  let taken: Map<string, readonly string[]>
  beforeEach(async () => {
    isAway = false
    refused = []
    taken = new Map()
    server = createServer((request, response) => void take(request, response).catch(() => {})).listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
  })
  afterEach(async () => {
    await cluster?.stop()
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })

  const take = async (request: IncomingMessage, response: ServerResponse) => {
    const { batch_id, artifacts = [] } = (await json(request)) as Posted
    if (isAway) {
      refused.push(String(batch_id))
      response.writeHead(503).end()
      return
    }
    if (batch_id !== undefined)
      taken.set(
        batch_id,
        artifacts.map(({ metadata }) => metadata.resource_id),
      )
    response.writeHead(200).end()
  }

  it('for longer than the attempts of its tasks costs no resource, and few pages are read for it', async () => {
    const attempts = 1
    cluster = await startCluster({
      clouds: { seed: 3, resources: 400, projects: 2 },
      workers: 1,
      environment: {
        TRANSPORT_TYPE: 'http',
        HTTP_ENDPOINT_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
        HTTP_RETRIES: '0',
        LIMITS_ENABLED: 'false',
        WORKER_ATTEMPTS: String(attempts),
        WORKER_BACKOFF_MS: '50',
      },
    })
    isAway = true
    const id = await cluster.submit({ provider: 'gcp' })
    while (Math.max(0, ...timesOf(refused)) <= attempts) await sleep(50)
    const { waiting } = (await cluster.job(id)) as unknown as { waiting: { code: string }[] }
    expect(waiting.map(({ code }) => code)).to.include('DELIVERY_FAILED')
    // Two tasks at a time, and then one try after each pause.
    expect(refused).to.have.length.below(25)
    isAway = false
    const job = await cluster.finished(id)
    expect(job.status, JSON.stringify(job.errors)).to.equal('completed')
    const delivered = new Set([...taken.values()].flat())
    expect((await cluster.clouds.ids(['gcp'])).filter((one) => !delivered.has(one))).to.deep.equal([])
  })
})

function timesOf(ids: readonly string[]): number[] {
  const times = new Map<string, number>()
  for (const id of ids) times.set(id, (times.get(id) ?? 0) + 1)
  return [...times.values()]
}
