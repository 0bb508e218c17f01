import { testContext } from '@cae/core/testing'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { once } from 'node:events'
import { createServer, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2'
import type { AddressInfo } from 'node:net'
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
})
