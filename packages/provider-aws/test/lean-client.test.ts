import { SelectResourceConfigCommand } from '@aws-sdk/client-config-service'
import { ReusedBytes } from '@cae/core'
import { testContext } from '@cae/core/testing'
import { expect } from 'chai'
import { after, before, describe, it } from 'mocha'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { awsCall, type Call } from '../src/client/call.ts'
import { clientCache } from '../src/client/client.ts'

/** The text of each query comes back as its only row, once `release` is called where it says `wait`. */
describe('The client for AWS Config', () => {
  let server: Server
  let call: Call
  let agents: Set<string | undefined>
  let release: () => void
  let released: Promise<void>

  const echo = async (request: IncomingMessage, response: ServerResponse) => {
    const { Expression } = JSON.parse(await text(request)) as { Expression: string }
    if (Expression.startsWith('wait')) await released
    response.end(JSON.stringify({ Results: [Expression] }))
  }
  before(async () => {
    agents = new Set()
    server = createServer((request, response) => {
      agents.add(request.headers['user-agent'])
      void echo(request, response)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    call = awsCall(clientCache({ accounts: [], endpoint }))
    released = new Promise((resolve) => (release = resolve))
  })
  after(() => {
    server.closeAllConnections()
    server.close()
  })

  const place = { account: { account_id: '111111111111', regions: ['us-east-1'] }, region: 'us-east-1' }
  const select = async (Expression: string, signal = new AbortController().signal) => {
    const { Results } = await call('SelectResourceConfig', place, { ...testContext(), signal }, (client, options) =>
      client.send(new SelectResourceConfigCommand({ Expression }), options),
    )
    return Results
  }

  it('says who calls, as CloudTrail shows it', async () => {
    await select('one')
    expect([...agents]).to.deep.equal(['cloud-artifact-extractor'])
  })

  it('gives each of a task’s calls its own answer, at once and one after the other', async () => {
    const { signal } = new AbortController()
    const expressions = Array.from({ length: 8 }, (_, n) => `query ${n}`)
    const together = await Promise.all(expressions.map((expression) => select(expression, signal)))
    expect(together).to.deep.equal(expressions.map((expression) => [expression]))
    expect(await select('another', signal)).to.deep.equal(['another'])
  })

  // How the SDK reads is given to it with its configuration, of which it has several copies.
  it('has answers put together in memory that is used again', async () => {
    const bytes: { add: (this: ReusedBytes, piece: Uint8Array) => void } = ReusedBytes.prototype
    const { add } = bytes
    const pieces: string[] = []
    bytes.add = function (piece) {
      pieces.push(Buffer.from(piece).toString())
      add.call(this, piece)
    }
    try {
      expect(await select('gathered')).to.deep.equal(['gathered'])
    } finally {
      bytes.add = add
    }
    expect(pieces.join('')).to.equal('{"Results":["gathered"]}')
  })

  it('ends the calls of the task that is aborted, and no others', async () => {
    const [one, other] = [new AbortController(), new AbortController()]
    await Promise.all([select('first', one.signal), select('first', other.signal)])
    const aborted = select('wait', one.signal).catch((thrown: unknown) => thrown)
    const goesOn = select('wait', other.signal)
    one.abort(new Error('stopped'))
    expect(await aborted).to.have.property('message', 'stopped')
    release()
    expect(await goesOn).to.deep.equal(['wait'])
  })
})
