import { ExtractionError, type Batch } from '@cae/core'
import { expect } from 'chai'
import { receiver, type Receiver, type Turn } from '../src/receiver.ts'
import { nullTransport } from '../src/transports/null.ts'

const PATIENCE_MS = 3_600_000

describe('what a worker knows of its receiver', () => {
  let now: number
  let one: Receiver
  let meanwhile: () => Promise<void>
  const { signal } = new AbortController()
  /** A clock that is as late as whoever sleeps wants it to be. */
  const clock = {
    now: () => now,
    sleep: async (milliseconds: number, signal?: AbortSignal) => {
      signal?.throwIfAborted()
      now += milliseconds
      await meanwhile()
    },
  }
  beforeEach(() => {
    now = 1000
    meanwhile = async () => {}
    one = receiver(clock, PATIENCE_MS)
  })

  const deliver = (taskId: string, error?: ExtractionError) => {
    const transport = {
      ...nullTransport(),
      deliver: () => (error ? Promise.reject(error) : Promise.resolve({ bytes: 1 })),
    }
    const batch: Batch = { id: `${taskId}-1`, runId: 'run', taskId, artifacts: [] }
    return one.watched(transport).deliver(batch, signal)
  }
  const refuse = async (taskId: string, retryAfter?: number) => {
    const error = new ExtractionError('DELIVERY_FAILED', 'away', { ...(retryAfter && { retryAfter }) })
    expect(await deliver(taskId, error).catch((thrown: unknown) => thrown)).to.equal(error)
  }
  /** Milliseconds that somebody waits until it may read; it goes on reading. */
  const waits = async () => {
    const from = now
    await reading()
    return now - from
  }
  const reading = async () => {
    const turn: Turn = await one.turn(signal)
    if ('refusal' in turn) throw turn.refusal
    return turn
  }

  it('is that it is open, and stays so where it dislikes what one task has, again and again', async () => {
    for (let times = 0; times < 5; times++) await refuse('a')
    expect([await waits(), one.isClosed()]).to.deep.equal([0, false])
  })

  it('is that it is closed where it refuses two, and open again once it takes a batch', async () => {
    await refuse('a')
    await refuse('b')
    expect(one.isClosed()).to.equal(true)
    expect(await waits()).to.equal(2000)
    expect(await deliver('b')).to.deep.equal({ bytes: 1 })
    expect([await waits(), one.isClosed()]).to.deep.equal([0, false])
    await refuse('b')
    expect(await waits()).to.equal(0)
  })

  it('is nothing that another error tells', async () => {
    for (const taskId of ['a', 'b']) {
      const rejected = new ExtractionError('DELIVERY_REJECTED', 'too large')
      expect(await deliver(taskId, rejected).catch((thrown: unknown) => thrown)).to.equal(rejected)
    }
    expect(one.isClosed()).to.equal(false)
  })

  it('is that one at a time may try, and the others wait for what becomes of it', async () => {
    await refuse('a')
    await refuse('b')
    expect(await waits()).to.equal(2000)
    expect(await waits(), 'until the first takes too long').to.equal(60_000)
    await refuse('c')
    expect(await waits(), 'longer the longer it has been closed').to.equal(31_000)
  })

  it('is that the next one may try at once where the one that tried had nothing to deliver', async () => {
    await refuse('a')
    await refuse('b')
    now += 2000
    const first = await reading()
    first.done()
    expect(await waits()).to.equal(0)
    first.done()
    expect(await waits(), 'for the second, whatever the first says once more').to.equal(60_000)
  })

  it('does not keep a task for more than a minute, since others may deliver it', async () => {
    await refuse('a')
    await refuse('b')
    meanwhile = () => refuse('c')
    const turn = await one.turn(signal)
    expect(now).to.equal(61_000)
    expect(turn).to.have.property('refusal').that.includes({ code: 'DELIVERY_FAILED', message: 'away' })
    expect(turn).to.have.property('until').that.is.above(now)
  })

  it('is a longer pause the longer it has been closed, up to a minute', async () => {
    await refuse('a')
    const pauses: number[] = []
    for (let tries = 0; tries < 12; tries++) {
      await refuse('b')
      pauses.push(await waits())
    }
    expect(pauses.slice(0, 5)).to.deep.equal([2000, 2000, 2000, 3000, 4500])
    expect(pauses.at(-1)).to.equal(60_000)
  })

  it('is what it says itself of when to come again, though no more than a minute', async () => {
    await refuse('a')
    await refuse('b', 30_000)
    expect(await waits()).to.equal(30_000)
    await refuse('b', 3_600_000)
    expect(await waits()).to.equal(60_000)
  })

  it('is nothing any more where nobody has tried for long', async () => {
    await refuse('a')
    await refuse('b')
    now += 24 * 3_600_000
    await refuse('c')
    expect([await waits(), one.isClosed()]).to.deep.equal([0, false])
  })

  it('holds up nothing any more once patience is over', async () => {
    await refuse('a')
    await refuse('b')
    now += PATIENCE_MS
    expect(await waits()).to.equal(0)
  })

  it('does not keep anybody who is to stop', async () => {
    await refuse('a')
    await refuse('b')
    expect(await one.turn(AbortSignal.abort('stop')).catch((thrown: unknown) => thrown)).to.equal('stop')
  })
})
