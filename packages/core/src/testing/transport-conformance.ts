import { expect } from 'chai'
import { afterEach, beforeEach, describe, it } from 'mocha'
import type { Artifact } from '../artifact.ts'
import { ExtractionError } from '../errors.ts'
import { manifestId, MANIFEST_VERSION, type Manifest } from '../manifest.ts'
import { batchId, type Batch, type Transport } from '../transport.ts'
import { testArtifact } from './fakes.ts'

/** One transport over a real receiver, and a look at what is durable there. */
export interface TransportFixture {
  readonly transport: Transport
  /**
   * Artifacts that are durable on the receiving side, in any order, where what came under one batch id counts once;
   * `null` where nobody can look.
   */
  readonly stored: (() => Promise<readonly Artifact[]>) | null
  /** Manifests that are durable on the receiving side; `null` where nobody can look. */
  readonly storedManifests: (() => Promise<readonly Manifest[]>) | null
  /** Makes the receiver refuse or vanish; `null` where that can't be. */
  readonly breakReceiver: (() => Promise<void>) | null
  readonly tearDown: () => Promise<void>
}

const RUN = 'run1'
const TASK = `${RUN}-aws.123456789012.us-east-1.all`

const ODD = [
  '../../etc/passwd',
  'a/b\\c:d',
  'naïve ☃ 𝒳',
  'lone surrogate \uD800',
  'x'.repeat(900),
  '☃'.repeat(300),
  '.',
  '..',
  ' ',
  'con',
  'nul.json',
  'a\nb\r\n\u2028c"d\u0000e',
  '-rf *',
  '__proto__',
]

/** What every transport promises. */
export function describeTransport(name: string, setUp: () => Promise<TransportFixture>): void {
  describe(`transport conformance: ${name}`, () => {
    let fixture: TransportFixture
    const { signal } = new AbortController()

    beforeEach(async () => {
      fixture = await setUp()
    })
    afterEach(async () => {
      await fixture.transport.close()
      await fixture.tearDown()
    })

    const expectStored = async (artifacts: readonly Artifact[]) => {
      if (fixture.stored) expect(sorted(await fixture.stored())).to.deep.equal(sorted(artifacts))
    }

    it('has a name', () => {
      expect(fixture.transport.name).to.match(/^[a-z]+$/)
    })

    it('makes a batch durable before it resolves, whole and unchanged', async () => {
      const artifacts = [1, 2, 3].map((n) => deepFreeze(testArtifact(n)))
      const { bytes } = await fixture.transport.deliver(batch(0, artifacts), signal)
      expect(bytes).to.be.at.least(fixture.stored ? 1 : 0)
      await expectStored(artifacts)
    })

    it('replaces what came before under the same batch id', async () => {
      await fixture.transport.deliver(batch(0, [testArtifact(1, { name: 'before' })]), signal)
      await fixture.transport.deliver(batch(0, [testArtifact(1, { name: 'after' })]), signal)
      await expectStored([testArtifact(1, { name: 'after' })])
    })

    it('takes the same batch twice at once, as from a worker that lost its lock and the one that took over', async () => {
      const artifacts = Array.from({ length: 50 }, (_, n) => testArtifact(n))
      await Promise.all([1, 2, 3].map(() => fixture.transport.deliver(batch(0, artifacts), signal)))
      await expectStored(artifacts)
    })

    it('keeps the batches of different sequences apart, also when they come at once', async () => {
      const batches = Array.from({ length: 20 }, (_, n) => batch(n, [testArtifact(n)]))
      await Promise.all(batches.map((one) => fixture.transport.deliver(one, new AbortController().signal)))
      await expectStored(batches.flatMap(({ artifacts }) => artifacts))
    })

    it('takes a batch of megabytes', async () => {
      const text = 'naïve ☃ '.repeat(400)
      const artifacts = Array.from({ length: 1000 }, (_, n) => ({ ...testArtifact(n), configuration: { text } }))
      await fixture.transport.deliver(batch(0, artifacts), signal)
      await expectStored(artifacts)
    })

    it('takes any resource id, name and text', async () => {
      const artifacts = ODD.map((text, n) => ({
        ...testArtifact(n, { resource_id: text, native_id: text, name: text, service: text, region: text }),
        resource_type: `aws:${text}:${text}`,
      }))
      await fixture.transport.deliver(batch(0, artifacts), signal)
      await expectStored(artifacts)
    })

    it('makes the parts of a manifest durable, each once however often it comes, beside the artifacts', async () => {
      await fixture.transport.deliver(batch(0, [testArtifact(1)]), signal)
      const parts = [deepFreeze(manifest(1)), deepFreeze(manifest(2))]
      for (const part of [...parts, ...parts]) await fixture.transport.deliverManifest(part, signal)
      await expectStored([testArtifact(1)])
      if (!fixture.storedManifests) return
      const stored = await fixture.storedManifests()
      expect(stored.toSorted((a, b) => a.part - b.part)).to.deep.equal(parts)
    })

    it('fails a manifest with a delivery error, not with success, when the receiver is broken', async () => {
      if (!fixture.breakReceiver) return
      await fixture.breakReceiver()
      const error = await rejection(fixture.transport.deliverManifest(manifest(1), signal))
      expect(error).to.be.instanceOf(ExtractionError)
      expect((error as ExtractionError).code).to.match(/^DELIVERY_(FAILED|REJECTED)$/)
    })

    it('fails with a delivery error, not with success, when the receiver is broken', async () => {
      if (!fixture.breakReceiver) return
      await fixture.breakReceiver()
      const error = await rejection(fixture.transport.deliver(batch(0, [testArtifact(1)]), signal))
      expect(error).to.be.instanceOf(ExtractionError)
      expect((error as ExtractionError).code).to.match(/^DELIVERY_(FAILED|REJECTED)$/)
    })

    it('checks its destination, says what it tried, delivers nothing by it and delivers as ever after it', async () => {
      const said = await fixture.transport.check?.(signal)
      if (said !== undefined) expect(said).to.match(/\S/)
      await expectStored([])
      if (fixture.storedManifests) expect(await fixture.storedManifests()).to.deep.equal([])
      await fixture.transport.deliver(batch(0, [testArtifact(1)]), signal)
      await expectStored([testArtifact(1)])
    })

    it('fails a check with what it fails a delivery with when the receiver is broken', async () => {
      if (!fixture.breakReceiver || !fixture.transport.check) return
      await fixture.breakReceiver()
      const checked = await rejection(fixture.transport.check(signal))
      const delivered = await rejection(fixture.transport.deliver(batch(0, [testArtifact(1)]), signal))
      expect(checked).to.be.instanceOf(ExtractionError)
      const { code, nativeCode } = delivered as ExtractionError
      expect(checked).to.include({ code, nativeCode })
    })

    it('checks nothing once the signal is aborted, and throws its reason', async () => {
      if (!fixture.transport.check) return
      const reason = new Error('stop')
      expect(await rejection(fixture.transport.check(AbortSignal.abort(reason)))).to.equal(reason)
    })

    it('delivers nothing once the signal is aborted, and throws its reason', async () => {
      const reason = new Error('stop')
      const error = await rejection(fixture.transport.deliver(batch(0, [testArtifact(1)]), AbortSignal.abort(reason)))
      expect(error).to.equal(reason)
      await expectStored([])
    })

    it('ends with the reason of a signal that aborts on the way, or with the whole batch delivered', async () => {
      const reason = new Error('stop')
      const stopping = new AbortController()
      const artifacts = Array.from({ length: 200 }, (_, n) => testArtifact(n))
      const delivery = fixture.transport.deliver(batch(0, artifacts), stopping.signal)
      stopping.abort(reason)
      const end = await delivery.catch((thrown: unknown) => thrown)
      if (end instanceof Error) expect(end).to.equal(reason)
      else await expectStored(artifacts)
    })

    it('closes, also twice, and delivers nothing afterwards', async () => {
      await fixture.transport.close()
      await fixture.transport.close()
      const error = await rejection(fixture.transport.deliver(batch(0, [testArtifact(1)]), signal))
      expect(error).to.be.instanceOf(ExtractionError)
      if (fixture.transport.check)
        expect(await rejection(fixture.transport.check(signal))).to.be.instanceOf(ExtractionError)
      await expectStored([])
    })
  })
}

function batch(sequence: number, artifacts: readonly Artifact[]): Batch {
  return { id: batchId(TASK, sequence), runId: RUN, taskId: TASK, artifacts }
}

function manifest(part: number): Manifest {
  return {
    schema_version: MANIFEST_VERSION,
    id: manifestId(RUN, part),
    run_id: RUN,
    part,
    parts: 2,
    status: 'partial',
    created_at: '2026-01-03T00:00:00.000Z',
    totals: { slices: 2, artifacts: 1, extracted: 1, expected: 3 },
    outcomes: { complete: 1, denied: 1 },
    reasons: [
      { provider: 'aws', outcome: 'denied', code: 'ACCESS_DENIED', count: 1, message: 'no', example_task_id: TASK },
    ],
    slices: [
      {
        task_id: TASK,
        provider: 'aws',
        scope: '123456789012',
        region: 'us-east-1',
        partition: `part-${part}`,
        outcome: 'denied',
        code: 'ACCESS_DENIED',
        message: 'no',
        artifacts: 0,
        coverage: { expected: 3, extracted: 0, source: 'a count', freshness: null },
      },
    ],
  }
}

// Undefined where there was none, so that the caller's expectation of an error fails.
function rejection(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
}

function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value
  for (const member of Object.values(value)) deepFreeze(member)
  return Object.freeze(value)
}

function sorted(artifacts: readonly Artifact[]): readonly Artifact[] {
  return artifacts.toSorted((a, b) => compare(a.metadata.resource_id, b.metadata.resource_id))
}

// By code units, so that any two ids have an order.
function compare(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}
