import { startSimulator } from '@cae/cloud-simulator'
import { testContext } from '@cae/core/testing'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { once } from 'node:events'
import { createServer, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2'
import { connect, createServer as createTcpServer, type AddressInfo, type Socket } from 'node:net'
import { assetApi } from '../src/client/call.ts'
import { clientSource } from '../src/client/client.ts'

const MIB = 1024 * 1024

describe('the channel to Google Cloud', () => {
  it('lets a whole page come without a round trip for each of its pieces', async () => {
    const server = createServer()
    const windows: number[] = []
    server.on('stream', (stream: ServerHttp2Stream) => {
      const { remoteSettings, state } = stream.session as ServerHttp2Session
      windows.push(remoteSettings.initialWindowSize!, state.remoteWindowSize!)
      stream.respond({ ':status': 200, 'content-type': 'application/grpc', 'grpc-status': '5' }, { endStream: true })
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const options = { endpoint: `127.0.0.1:${(server.address() as AddressInfo).port}`, projects: [] }
    const clients = clientSource(options)
    const api = assetApi(clients, options)
    const thrown = await api.index({ parent: 'projects/p' }, testContext()).catch((reason: unknown) => reason)
    expect(thrown).to.include({ code: 'SCOPE_NOT_FOUND' })
    // Of the stream and of the connection.
    expect(windows).to.have.length(2)
    for (const window of windows) expect(window).to.be.at.least(4 * MIB)
    await (await clients()).close()
    server.close()
  })

  it('is made anew where a path falls silent, well before a request runs out of time', async () => {
    const simulator = await startSimulator({ estate: { seed: 1, resources: 300, gcpProjects: 1 } })
    const path = await freezingPath(simulator.gcpEndpoint)
    const options = { endpoint: path.endpoint, projects: [], timeoutMs: 5000 }
    const clients = clientSource(options, { 'grpc.keepalive_time_ms': 300, 'grpc.keepalive_timeout_ms': 200 })
    const api = assetApi(clients, options)
    const request = { parent: `projects/${simulator.estate.gcpProjects[0]}`, contentType: 'RESOURCE' as const }
    const assets = async () => [...(await api.list(request, testContext())).assets].length
    expect(await assets()).to.equal(simulator.estate.count('gcp'))
    path.freeze()
    expect(await assets()).to.equal(simulator.estate.count('gcp'))
    expect(path.connections()).to.equal(2)
    await (await clients()).close()
    path.close()
    await simulator.close()
  })
})

/** A path that can lose whatever goes over its connections without ending them, and lets new ones through. */
async function freezingPath(to: string) {
  const sockets: Socket[] = []
  const { hostname, port } = new URL(`tcp://${to}`)
  const server = createTcpServer((near) => {
    const far = connect(Number(port), hostname)
    for (const socket of [near, far]) socket.on('error', () => {})
    near.pipe(far)
    far.pipe(near)
    sockets.push(near, far)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    endpoint: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    connections: () => sockets.length / 2,
    freeze: () => sockets.forEach((socket) => socket.unpipe().pause()),
    close() {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
}
