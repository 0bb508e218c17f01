import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { PassThrough, Writable } from 'node:stream'
import { ExtractionError, type Artifact, type Batch, type Manifest } from '@cae/core'
import { describeTransport, testArtifact } from '@cae/core/testing'
import { expect } from 'chai'
import { afterEach, describe, it } from 'mocha'
import { consoleTransport } from '../../src/transports/console.ts'

const { signal } = new AbortController()

function batch(artifacts: readonly Artifact[]): Batch {
  return { id: 'run1-aws.1.global.all-000000', runId: 'run1', taskId: 'run1-aws.1.global.all', artifacts }
}

function collector() {
  const chunks: Buffer[] = []
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk)
      setImmediate(done)
    },
  })
  return { stream, text: () => Buffer.concat(chunks).toString() }
}

// A reader of the lines who keeps the last that it saw of each resource.
function latest(text: string): Artifact[] {
  const lines = text.split('\n').filter((line) => line !== '')
  const artifacts = lines.filter((line) => !line.startsWith(MANIFEST)).map((line) => JSON.parse(line) as Artifact)
  return [...new Map(artifacts.map((artifact) => [artifact.metadata.resource_id, artifact])).values()]
}

const MANIFEST = '{"manifest":'

function manifests(text: string): Manifest[] {
  const lines = text.split('\n').filter((line) => line.startsWith(MANIFEST))
  const all = lines.map((line) => (JSON.parse(line) as { manifest: Manifest }).manifest)
  return [...new Map(all.map((manifest) => [manifest.id, manifest])).values()]
}

describeTransport('console', { receiver: true, check: false }, async () => {
  const { stream, text } = collector()
  return {
    transport: consoleTransport({ stream }),
    receiver: {
      stored: async () => latest(text()),
      storedManifests: async () => manifests(text()),
      break: async () => {
        stream.destroy()
      },
    },
    tearDown: async () => {
      stream.destroy()
    },
  }
})

describe('consoleTransport', () => {
  const streams: Writable[] = []
  afterEach(() => {
    for (const stream of streams.splice(0)) stream.destroy()
  })

  it('writes one line per artifact and counts their bytes', async () => {
    const { stream, text } = collector()
    streams.push(stream)
    const { bytes } = await consoleTransport({ stream }).deliver(batch([testArtifact(1), testArtifact(2)]), signal)
    expect(text().split('\n')).to.have.length(3)
    expect(bytes).to.equal(Buffer.byteLength(text()))
  })

  it('indents for people when asked to', async () => {
    const { stream, text } = collector()
    streams.push(stream)
    await consoleTransport({ stream, pretty: true }).deliver(batch([testArtifact(1)]), signal)
    expect(text()).to.equal(`${JSON.stringify(testArtifact(1), null, 2)}\n`)
  })

  it('waits until the reader has taken the batch', async () => {
    const stream = new PassThrough({ highWaterMark: 1, readableHighWaterMark: 1 })
    streams.push(stream)
    let delivered = false
    const transport = consoleTransport({ stream })
    const delivery = transport.deliver(batch([testArtifact(1)]), signal).then(() => (delivered = true))
    await new Promise((resolve) => setImmediate(resolve))
    expect(delivered).to.equal(false)
    stream.resume()
    await delivery
  })

  it('ends at once with the reason of the signal while the reader is slow', async () => {
    const stream = new Writable({ write() {} })
    streams.push(stream)
    const stopping = new AbortController()
    const delivery = consoleTransport({ stream }).deliver(batch([testArtifact(1)]), stopping.signal)
    const reason = new Error('stop')
    stopping.abort(reason)
    expect(await delivery.catch((thrown: unknown) => thrown)).to.equal(reason)
  })

  it('fails the delivery, not the process, when the reader has gone', async () => {
    const child = spawn(process.execPath, ['-e', 'process.stdin.destroy()'], { stdio: ['pipe', 'ignore', 'ignore'] })
    await once(child, 'exit')
    const error = await consoleTransport({ stream: child.stdin })
      .deliver(batch([testArtifact(1)]), signal)
      .catch((thrown: unknown) => thrown)
    expect(error).to.be.instanceOf(ExtractionError)
    expect((error as ExtractionError).code).to.equal('DELIVERY_FAILED')
  })
})
