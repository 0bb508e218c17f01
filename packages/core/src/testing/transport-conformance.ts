import { expect } from 'chai'
import { afterEach, beforeEach, describe, it } from 'mocha'
import type { Artifact } from '../artifact.ts'
import { ExtractionError } from '../errors.ts'
import { batchId, type Batch, type Transport } from '../transport.ts'
import { testArtifact } from './fakes.ts'

/** One transport over a real receiver, and a look at what is durable there. */
export interface TransportFixture {
  readonly transport: Transport
  /** Artifacts that are durable on the receiving side, in any order; `undefined` where nobody can look (null, console). */
  readonly stored?: () => Promise<readonly Artifact[]>
  /** Makes the receiver refuse or vanish, where that can be done. */
  readonly breakReceiver?: () => Promise<void>
  readonly tearDown: () => Promise<void>
}

const ids = (artifacts: readonly Artifact[]) => artifacts.map(({ metadata }) => metadata.resource_id).toSorted()

function batch(sequence: number, artifacts: readonly Artifact[], runId = 'run1'): Batch {
  const taskId = `${runId}-aws.123456789012.us-east-1.all`
  return { id: batchId(taskId, sequence), runId, taskId, artifacts }
}

/** What every transport promises. */
export function describeTransport(name: string, setUp: () => Promise<TransportFixture>): void {
  describe(`transport conformance: ${name}`, () => {
    let fixture: TransportFixture
    const { signal } = new AbortController()

    beforeEach(async () => {
      fixture = await setUp()
    })
    afterEach(() => fixture.tearDown())

    it('has a name', () => {
      expect(fixture.transport.name).to.match(/^[a-z]+$/)
    })

    it('makes a batch durable before it resolves, whole and unchanged', async () => {
      const artifacts = [1, 2, 3].map((n) => testArtifact(n))
      const receipt = await fixture.transport.deliver(batch(0, artifacts), signal)
      expect(receipt.bytes).to.be.at.least(0)
      if (fixture.stored) expect(sorted(await fixture.stored())).to.deep.equal(sorted(artifacts))
    })

    it('replaces what came before under the same batch id', async () => {
      await fixture.transport.deliver(batch(0, [testArtifact(1, { name: 'before' })]), signal)
      await fixture.transport.deliver(batch(0, [testArtifact(1, { name: 'after' })]), signal)
      if (!fixture.stored) return
      expect((await fixture.stored()).map(({ metadata }) => metadata.name)).to.deep.equal(['after'])
    })

    it('keeps the batches of different sequences apart, also when they come at once', async () => {
      const batches = Array.from({ length: 20 }, (_, n) => batch(n, [testArtifact(n)]))
      await Promise.all(batches.map((one) => fixture.transport.deliver(one, signal)))
      const sent = batches.flatMap((one) => one.artifacts)
      if (fixture.stored) expect(ids(await fixture.stored())).to.deep.equal(ids(sent))
    })

    it('takes any resource id, name and text', async () => {
      const odd = [
        '../../etc/passwd',
        'a/b\\c:d',
        'naïve ☃ 𝒳',
        'x'.repeat(900),
        '.',
        '..',
        'con',
        'a\nb\u2028c"d',
        '-rf *',
      ]
      const artifacts = odd.map((resource_id, n) =>
        testArtifact(n, { resource_id, native_id: resource_id, name: resource_id }),
      )
      await fixture.transport.deliver(batch(0, artifacts), signal)
      if (fixture.stored) expect(ids(await fixture.stored())).to.deep.equal(ids(artifacts))
    })

    it('fails with a delivery error, not with success, when the receiver is broken', async function () {
      if (!fixture.breakReceiver) return
      await fixture.breakReceiver()
      const error = await fixture.transport
        .deliver(batch(0, [testArtifact(1)]), signal)
        .catch((thrown: unknown) => thrown)
      expect(error).to.be.instanceOf(ExtractionError)
      expect((error as ExtractionError).code).to.match(/^DELIVERY_(FAILED|REJECTED)$/)
    })

    it('delivers nothing once the signal is aborted', async () => {
      const aborted = AbortSignal.abort(new Error('stop'))
      const result = await fixture.transport
        .deliver(batch(0, [testArtifact(1)]), aborted)
        .catch((thrown: unknown) => thrown)
      expect(result).to.be.instanceOf(Error)
      if (fixture.stored) expect(await fixture.stored()).to.deep.equal([])
    })

    it('closes, also twice', async () => {
      await fixture.transport.close()
      await fixture.transport.close()
    })
  })
}

function sorted(artifacts: readonly Artifact[]): readonly Artifact[] {
  return [...artifacts].toSorted((a, b) => a.metadata.resource_id.localeCompare(b.metadata.resource_id))
}
