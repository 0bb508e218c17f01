import { ExtractionError } from '@cae/core'
import { expect } from 'chai'
import { receiver, type Receiver } from '../src/receiver.ts'

describe('what a worker knows of its receiver', () => {
  let now: number
  let one: Receiver
  beforeEach(() => {
    now = 1000
    one = receiver({ now: () => now, sleep: async () => {} })
  })

  const refuse = (taskId: string, retryAfter?: number) =>
    one.refused(taskId, new ExtractionError('DELIVERY_FAILED', 'away', { ...(retryAfter && { retryAfter }) }))
  /** Milliseconds that it stays closed. */
  const closedFor = () => {
    try {
      one.ensureOpen()
      return 0
    } catch (error) {
      expect(error).to.include({ code: 'DELIVERY_FAILED', message: 'away' })
      return (error as ExtractionError).retryAfter!
    }
  }

  it('is that it is open, and stays so where it dislikes what one task has, again and again', () => {
    expect(closedFor()).to.equal(0)
    for (let times = 0; times < 5; times++) refuse('a')
    expect(closedFor()).to.equal(0)
  })

  it('is that it is closed where it refuses two, and open again once it takes a batch', () => {
    refuse('a')
    refuse('b')
    expect(closedFor()).to.equal(2000)
    now += 500
    expect(closedFor()).to.equal(1500)
    one.took()
    expect(closedFor()).to.equal(0)
    refuse('b')
    expect(closedFor()).to.equal(0)
  })

  it('is a longer pause the longer it has been closed, up to a minute', () => {
    refuse('a')
    refuse('b')
    const pauses = Array.from({ length: 14 }, () => {
      now += closedFor()
      expect(closedFor()).to.equal(0)
      refuse('a')
      return closedFor()
    })
    expect(pauses.slice(0, 5)).to.deep.equal([2000, 2000, 3000, 4500, 6750])
    expect(pauses.at(-1)).to.equal(60_000)
  })

  it('is what it says itself of when to come again, though no more than a minute', () => {
    refuse('a')
    refuse('b', 30_000)
    expect(closedFor()).to.equal(30_000)
    refuse('b', 3_600_000)
    expect(closedFor()).to.equal(60_000)
  })
})
