import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { expect } from 'chai'
import { Redis } from 'ioredis'
import { consumerConnection, producerConnection, startPrivateRedis, type PrivateRedis } from '@cae/runtime'

/** An address behind which one server takes the place of another, as behind a DNS name; what is connected stays so. */
class Address {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  #target: string

  constructor(target: string) {
    this.#target = target
    this.#server = createServer((client) => {
      const { port, hostname } = new URL(this.#target)
      const server = connect(Number(port), hostname)
      for (const [one, other] of [
        [client, server],
        [server, client],
      ] as const) {
        this.#sockets.add(one)
        one.on('error', () => {}).on('close', () => other.destroy())
        one.pipe(other)
      }
    })
  }

  async listen(): Promise<string> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    return `redis://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** What is connected hears nothing any more, and is not told: as from a machine that has lost its power. */
  silence(): void {
    for (const socket of this.#sockets) socket.unpipe().resume()
  }

  moveTo(target: string): void {
    this.#target = target
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    this.#server.close()
    await once(this.#server, 'close')
  }
}

describe('a Redis that another one takes over from', () => {
  let old: PrivateRedis
  let next: PrivateRedis
  let address: Address
  let url: string
  before(async () => {
    old = await startPrivateRedis()
    next = await startPrivateRedis()
    address = new Address(old.url)
    url = await address.listen()
  })
  after(async () => {
    await address.close()
    await Promise.all([old.stop(), next.stop()])
  })

  it('is left by every connection once it says nothing any more, without a word', async () => {
    const connections = [consumerConnection(url), consumerConnection(url), producerConnection(url)] as const
    const [worker, blocked, api] = connections
    try {
      await Promise.all(connections.map((one) => once(one, 'ready')))
      const taken = blocked.blpop('list', 0)
      address.silence()
      while (!(await api.set('of the API', 1).catch(() => false)))
        await new Promise((resolve) => setTimeout(resolve, 20))
      await worker.rpush('list', 'of a worker')
      expect(await taken).to.deep.equal(['list', 'of a worker'])
    } finally {
      for (const one of connections) one.disconnect()
    }
  }).timeout(40_000)

  it('is left by every connection once it takes no more writes', async () => {
    const [worker, api] = [consumerConnection(url), producerConnection(url)]
    const admin = new Redis(old.url)
    try {
      await Promise.all([worker, api].map((one) => once(one, 'ready')))
      await worker.set('before', 1)
      const { hostname, port } = new URL(next.url)
      await admin.replicaof(hostname, Number(port))
      address.moveTo(next.url)
      await worker.set('of a worker', 1)
      while (!(await api.set('of the API', 1).catch(() => false)))
        await new Promise((resolve) => setTimeout(resolve, 20))
      const successor = new Redis(next.url)
      expect((await successor.keys('*')).toSorted()).to.deep.equal(['of a worker', 'of the API'])
      successor.disconnect()
    } finally {
      for (const one of [worker, api, admin]) one.disconnect()
    }
  })
})
