import type { Clock } from '@cae/core'
import { expect } from 'chai'
import { adaptiveConcurrency } from '../src/adaptive-concurrency.ts'

const LATE_MS = 60
const LOOKS = 40
const MINUTES_OF_LOOKS = 1200

describe('the tasks that a worker has at a time', () => {
  it('are fewer while Redis answers late, down to two, and as many as before once it does not', async () => {
    const { underWay, look, stop, answersAfter } = adapting([32, 3, 1])
    await look(2)
    expect(await underWay()).to.deep.equal([32, 3, 1])

    answersAfter(LATE_MS)
    await look(1)
    expect((await underWay())[0]).to.be.within(3, 31)
    await look(LOOKS)
    expect(await underWay()).to.deep.equal([2, 2, 1])

    answersAfter(0)
    await look(LOOKS)
    expect(await underWay()).to.deep.equal([32, 3, 1])
    stop()
  })

  it('are as many as there may be where Redis is always far away', async () => {
    const { underWay, look, stop, answersAfter } = adapting([10])
    answersAfter(LATE_MS)
    await look(5)
    expect(await underWay()).to.deep.equal([10])
    stop()
  })

  it('are fewer where Redis is away', async () => {
    const { underWay, look, stop, answersAfter, goesAway } = adapting([10])
    await look(2)
    goesAway()
    answersAfter(LATE_MS)
    await look(LOOKS)
    expect(await underWay()).to.deep.equal([2])
    stop()
  })

  it('are as many as there may be again some time after Redis has moved further away', async () => {
    const { underWay, look, stop, answersAfter } = adapting([10])
    await look(2)
    answersAfter(LATE_MS)
    await look(LOOKS)
    expect(await underWay()).to.deep.equal([2])
    await look(MINUTES_OF_LOOKS)
    expect(await underWay()).to.deep.equal([10])
    stop()
  })

  it('stay as many where the clock is set back', async () => {
    const { underWay, look, stop, answersAfter } = adapting([10])
    answersAfter(10)
    await look(2)
    answersAfter(-1000)
    await look(1)
    answersAfter(10)
    await look(LOOKS)
    expect(await underWay()).to.deep.equal([10])
    stop()
  })

  it('come all at once when the worker stops, so that they can be given back', async () => {
    const { underWay, look, stop, answersAfter } = adapting([10])
    await look(1)
    answersAfter(LATE_MS)
    await look(LOOKS)
    expect(await underWay()).to.deep.equal([2])
    stop()
    expect(await underWay()).to.deep.equal([10])
  })

  it('become more at once, not only when one of them has ended', async () => {
    const { limits, look, stop, answersAfter } = adapting([4])
    await look(1)
    answersAfter(LATE_MS)
    await look(LOOKS)
    let begun = 0
    const end: (() => void)[] = []
    const ended = Array.from({ length: 4 }, () =>
      limits[0]!(() => {
        begun++
        return new Promise<void>((resolve) => end.push(resolve))
      }),
    )
    await turn()
    expect(begun).to.equal(2)

    answersAfter(0)
    await look(LOOKS)
    await turn()
    expect(begun).to.equal(4)
    for (const one of end) one()
    await Promise.all(ended)
    stop()
  })
})

/** With a clock that goes on by what an answer takes, and looks when the test says so. */
function adapting(most: readonly number[]) {
  let now = 0
  let delay = 0
  let away = false
  let lookNow = () => {}
  let looked = () => {}
  const clock: Clock = {
    now: () => now,
    sleep: () =>
      new Promise((resolve) => {
        lookNow = resolve
        looked()
      }),
  }
  const redis = {
    ping: async () => {
      now += delay
      if (away) throw new Error('Connection is closed.')
      return 'PONG' as const
    },
  }
  const { limit, stop } = adaptiveConcurrency({ redis, clock })
  const limits = most.map((one) => limit(one, (call: () => Promise<void>) => call()))
  return {
    limits,
    stop,
    /** How many go on at a time of so many more than may. */
    underWay: () => Promise.all(limits.map(mostAtOnce)),
    look: async (times: number) => {
      for (let n = 0; n < times; n++) {
        const done = new Promise<void>((resolve) => (looked = resolve))
        lookNow()
        await done
      }
    },
    answersAfter: (milliseconds: number) => void (delay = milliseconds),
    goesAway: () => void (away = true),
  }
}

async function mostAtOnce(limited: (call: () => Promise<void>) => Promise<void>): Promise<number> {
  let [now, most] = [0, 0]
  const call = async () => {
    now++
    most = Math.max(most, now)
    await turn()
    now--
  }
  await Promise.all(Array.from({ length: 100 }, () => limited(call)))
  return most
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
