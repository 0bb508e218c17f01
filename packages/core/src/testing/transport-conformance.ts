import { expect } from 'chai'
import { afterEach, beforeEach, describe, it } from 'mocha'
import type { Artifact } from '../artifact.ts'
import { ExtractionError } from '../errors.ts'
import { manifestId, MANIFEST_VERSION, type Manifest } from '../manifest.ts'
import { batchId, type Batch, type Transport } from '../transport.ts'
import { testArtifact } from './fakes.ts'

/** One transport, over a real receiver unless it keeps nothing. */
export interface TransportFixture {
  readonly transport: Transport
  readonly receiver: Receiver | null
  readonly tearDown: () => Promise<void>
}

/** What stands at the other end, where a test can look at it and break it. */
export interface Receiver {
  /** Artifacts that are durable there, in any order, where what came under one batch id counts once. */
  stored(): Promise<readonly Artifact[]>
  /** Manifests that are durable there. */
  storedManifests(): Promise<readonly Manifest[]>
  /** Makes it refuse or vanish. */
  break(): Promise<void>
}

/** Said of a transport before it is set up, so that no test is there that could try nothing. */
export interface TransportTraits {
  readonly receiver: boolean
  readonly check: boolean
}

interface Received extends TransportFixture {
  readonly receiver: Receiver
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

/** What every transport promises, and what one promises that has a receiver or a check. */
export function describeTransport(name: string, traits: TransportTraits, setUp: () => Promise<TransportFixture>): void {
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

    it('has a name, and the traits that were said of it', () => {
      const { transport, receiver } = fixture
      expect(transport.name).to.match(/^[a-z]+$/)
      expect({ receiver: receiver !== null, check: transport.check !== undefined }).to.deep.equal(traits)
    })

    it('takes batches and manifests, changes none and says how many bytes a batch was', async () => {
      const { bytes } = await fixture.transport.deliver(batch(0, [deepFreeze(testArtifact(1))]), signal)
      expect(bytes).to.be.at.least(traits.receiver ? 1 : 0)
      await fixture.transport.deliverManifest(deepFreeze(manifest(1)), signal)
    })

    it('throws the reason of a signal that is aborted', async () => {
      const reason = new Error('stop')
      const aborted = AbortSignal.abort(reason)
      expect(await rejection(fixture.transport.deliver(batch(0, [testArtifact(1)]), aborted))).to.equal(reason)
      expect(await rejection(fixture.transport.deliverManifest(manifest(1), aborted))).to.equal(reason)
    })

    it('closes, also twice, and takes nothing afterwards', async () => {
      await fixture.transport.close()
      await fixture.transport.close()
      const error = await rejection(fixture.transport.deliver(batch(0, [testArtifact(1)]), signal))
      expect(error).to.be.instanceOf(ExtractionError)
    })

    if (traits.receiver) describeReceiver(() => fixture as Received)
    if (traits.check) describeCheck(() => fixture)
    if (traits.receiver && traits.check) describeCheckOfReceiver(() => fixture as Received)
  })
}

function describeReceiver(fixture: () => Received): void {
  const { signal } = new AbortController()
  const deliver = (one: Batch) => fixture().transport.deliver(one, signal)
  const expectStored = async (artifacts: readonly Artifact[]) =>
    expect(sorted(await fixture().receiver.stored())).to.deep.equal(sorted(artifacts))

  it('makes a batch durable before it resolves, whole and unchanged', async () => {
    const artifacts = [1, 2, 3].map((n) => testArtifact(n))
    await deliver(batch(0, artifacts))
    await expectStored(artifacts)
  })

  it('replaces what came before under the same batch id', async () => {
    await deliver(batch(0, [testArtifact(1, { name: 'before' })]))
    await deliver(batch(0, [testArtifact(1, { name: 'after' })]))
    await expectStored([testArtifact(1, { name: 'after' })])
  })

  it('takes the same batch twice at once, as from a worker that lost its lock and the one that took over', async () => {
    const artifacts = Array.from({ length: 50 }, (_, n) => testArtifact(n))
    await Promise.all([1, 2, 3].map(() => deliver(batch(0, artifacts))))
    await expectStored(artifacts)
  })

  it('keeps the batches of different sequences apart, also when they come at once', async () => {
    const batches = Array.from({ length: 20 }, (_, n) => batch(n, [testArtifact(n)]))
    const { transport } = fixture()
    await Promise.all(batches.map((one) => transport.deliver(one, new AbortController().signal)))
    await expectStored(batches.flatMap(({ artifacts }) => artifacts))
  })

  it('takes a batch of megabytes', async () => {
    const text = 'naïve ☃ '.repeat(400)
    const artifacts = Array.from({ length: 1000 }, (_, n) => ({ ...testArtifact(n), configuration: { text } }))
    await deliver(batch(0, artifacts))
    await expectStored(artifacts)
  })

  it('takes any resource id, name and text', async () => {
    const artifacts = ODD.map((text, n) => ({
      ...testArtifact(n, { resource_id: text, native_id: text, name: text, service: text, region: text }),
      resource_type: `aws:${text}:${text}`,
    }))
    await deliver(batch(0, artifacts))
    await expectStored(artifacts)
  })

  it('makes the parts of a manifest durable, each once however often it comes, beside the artifacts', async () => {
    await deliver(batch(0, [testArtifact(1)]))
    const parts = [manifest(1), manifest(2)]
    for (const part of [...parts, ...parts]) await fixture().transport.deliverManifest(part, signal)
    await expectStored([testArtifact(1)])
    const stored = await fixture().receiver.storedManifests()
    expect(stored.toSorted((a, b) => a.part - b.part)).to.deep.equal(parts)
  })

  it('fails a manifest with a delivery error, not with success, when the receiver is broken', async () => {
    await fixture().receiver.break()
    const error = await rejection(fixture().transport.deliverManifest(manifest(1), signal))
    expect(error).to.be.instanceOf(ExtractionError)
    expect((error as ExtractionError).code).to.match(/^DELIVERY_(FAILED|REJECTED)$/)
  })

  it('fails with a delivery error, not with success, when the receiver is broken', async () => {
    await fixture().receiver.break()
    const error = await rejection(deliver(batch(0, [testArtifact(1)])))
    expect(error).to.be.instanceOf(ExtractionError)
    expect((error as ExtractionError).code).to.match(/^DELIVERY_(FAILED|REJECTED)$/)
  })

  it('delivers nothing once the signal is aborted', async () => {
    const aborted = AbortSignal.abort(new Error('stop'))
    await rejection(fixture().transport.deliver(batch(0, [testArtifact(1)]), aborted))
    await rejection(fixture().transport.deliverManifest(manifest(1), aborted))
    await expectStored([])
    expect(await fixture().receiver.storedManifests()).to.deep.equal([])
  })

  it('ends with the reason of a signal that aborts on the way, or with the whole batch delivered', async () => {
    const reason = new Error('stop')
    const stopping = new AbortController()
    const artifacts = Array.from({ length: 200 }, (_, n) => testArtifact(n))
    const delivery = fixture().transport.deliver(batch(0, artifacts), stopping.signal)
    stopping.abort(reason)
    const end = await delivery.catch((thrown: unknown) => thrown)
    if (end instanceof Error) expect(end).to.equal(reason)
    else await expectStored(artifacts)
  })

  it('delivers nothing once it is closed', async () => {
    await fixture().transport.close()
    await rejection(deliver(batch(0, [testArtifact(1)])))
    await expectStored([])
  })
}

function describeCheck(fixture: () => TransportFixture): void {
  const check = (signal: AbortSignal) => fixture().transport.check!(signal)

  it('says what a check of its destination tried', async () => {
    expect(await check(new AbortController().signal)).to.match(/\S/)
  })

  it('checks nothing once the signal is aborted, and throws its reason', async () => {
    const reason = new Error('stop')
    expect(await rejection(check(AbortSignal.abort(reason)))).to.equal(reason)
  })

  it('checks nothing once it is closed', async () => {
    await fixture().transport.close()
    expect(await rejection(check(new AbortController().signal))).to.be.instanceOf(ExtractionError)
  })
}

function describeCheckOfReceiver(fixture: () => Received): void {
  const { signal } = new AbortController()

  it('delivers nothing by a check, and delivers as ever after it', async () => {
    const { transport, receiver } = fixture()
    await transport.check!(signal)
    expect(await receiver.stored()).to.deep.equal([])
    expect(await receiver.storedManifests()).to.deep.equal([])
    await transport.deliver(batch(0, [testArtifact(1)]), signal)
    expect(await receiver.stored()).to.deep.equal([testArtifact(1)])
  })

  it('fails a check with what it fails a delivery with when the receiver is broken', async () => {
    const { transport, receiver } = fixture()
    await receiver.break()
    const checked = await rejection(transport.check!(signal))
    const delivered = await rejection(transport.deliver(batch(0, [testArtifact(1)]), signal))
    expect(checked).to.be.instanceOf(ExtractionError)
    const { code, nativeCode } = delivered as ExtractionError
    expect(checked).to.include({ code, nativeCode })
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
