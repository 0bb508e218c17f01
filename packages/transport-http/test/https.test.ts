import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { ExtractionError } from '@cae/core'
import { testArtifact } from '@cae/core/testing'
import { expect } from 'chai'
import { afterEach, beforeEach, describe, it } from 'mocha'
import { httpTransport } from '../src/index.ts'
import { instantClock } from './clock.ts'
import { receiver, type Receiver } from './receiver.ts'

const run = promisify(execFile)
const pathOf = (name: string) => fileURLToPath(new URL(name, import.meta.url))

// Signed by itself for 127.0.0.1 alone, from 2020 to 2120; its key is no secret. Not every machine has openssl to make one.
const CERTIFICATE = pathOf('fixtures/loopback.crt')
const identity = { key: readFileSync(pathOf('fixtures/loopback.key')), cert: readFileSync(CERTIFICATE) }

const batch = {
  id: 'run1-aws.1.global.all-000000',
  runId: 'run1',
  taskId: 'run1-aws.1.global.all',
  artifacts: [testArtifact(1)],
}

describe('httpTransport over https', () => {
  let server: Receiver
  beforeEach(async () => {
    server = await receiver(identity)
  })
  afterEach(() => server.close())

  const deliverTrusting = async (url: string) => {
    const args = ['--import', 'tsx', '--conditions=@cae/source', pathOf('deliver-once.ts'), url]
    const { stdout } = await run(process.execPath, args, {
      env: { ...process.env, NODE_EXTRA_CA_CERTS: CERTIFICATE },
    })
    return stdout.trim()
  }

  it('refuses at once a certificate that nobody trusts, sends nothing, and says what to do', async () => {
    const clock = instantClock()
    const transport = httpTransport({ endpoint_url: server.url, api_key: 'k3y' }, { clock })
    const error = await transport.deliver(batch, new AbortController().signal).catch((thrown: unknown) => thrown)
    await transport.close()
    expect(error)
      .to.be.instanceOf(ExtractionError)
      .and.include({ code: 'DELIVERY_REJECTED', nativeCode: 'DEPTH_ZERO_SELF_SIGNED_CERT' })
    expect((error as ExtractionError).message)
      .to.contain(new URL(server.url).host)
      .and.contain('NODE_EXTRA_CA_CERTS')
    expect(clock.slept).to.deep.equal([])
    expect(server.requests).to.deep.equal([])
  })

  it('checks over https as it delivers: an unknown certificate fails it, before anything is sent', async () => {
    const transport = httpTransport({ endpoint_url: server.url, api_key: 'k3y' })
    const error = await transport.check!(new AbortController().signal).catch((thrown: unknown) => thrown)
    await transport.close()
    expect(error)
      .to.be.instanceOf(ExtractionError)
      .and.include({ code: 'DELIVERY_REJECTED', nativeCode: 'DEPTH_ZERO_SELF_SIGNED_CERT' })
    expect((error as ExtractionError).message).to.contain('NODE_EXTRA_CA_CERTS')
    expect(server.heads).to.deep.equal([])
  })

  it('delivers where NODE_EXTRA_CA_CERTS names the authority of the certificate', async () => {
    expect(await deliverTrusting(server.url)).to.equal('delivered')
    expect(server.batches.get(batch.id)).to.have.length(1)
    expect(server.requests[0]!.headers.authorization).to.equal('Bearer k3y')
  })

  it('refuses a certificate for another host, also of an authority that is trusted', async () => {
    const said = await deliverTrusting(server.url.replace('127.0.0.1', 'localhost'))
    expect(said).to.match(/^DELIVERY_REJECTED the certificate of localhost:\d+ is for another host; .*endpoint_url/)
    expect(server.requests).to.deep.equal([])
  })

  it('refuses at once a receiver that speaks plain http, and says what to do', async () => {
    const plain = await receiver()
    const clock = instantClock()
    const transport = httpTransport({ endpoint_url: plain.url.replace('http:', 'https:') }, { clock })
    const error = await transport.deliver(batch, new AbortController().signal).catch((thrown: unknown) => thrown)
    await transport.close()
    await plain.close()
    expect(error).to.be.instanceOf(ExtractionError).and.include({ code: 'DELIVERY_REJECTED', nativeCode: 'EPROTO' })
    expect((error as ExtractionError).message).to.match(/^127\.0\.0\.1:\d+ does not speak https there; .*http:/)
    expect(clock.slept).to.deep.equal([])
  })
})
