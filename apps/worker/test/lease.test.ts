import { ExtractionError } from '@cae/core'
import type { Job } from 'bullmq'
import { expect } from 'chai'
import { setTimeout as sleep } from 'node:timers/promises'
import { leases } from '../src/lease.ts'

const DURATION_MS = 200
const LONG_MS = 60_000

describe('the lease of a job', () => {
  let now: number
  const clock = { now: () => now, sleep: async () => {} }
  const job = (id = 'one') => ({ id }) as Job
  beforeEach(() => {
    now = 0
  })

  it('ends the job where nobody renews it', async () => {
    const lost: Job[] = []
    const { held } = leases(DURATION_MS, clock, (one) => lost.push(one))
    const one = job()
    expect(await held(untilAborted)(one)).to.equal('lock-lost')
    expect(lost).to.deep.equal([one])
  })

  it('does not end one that came again, nor what another signal says of it', async () => {
    const { held, renew } = leases(DURATION_MS, clock, () => {})
    const stop = new AbortController()
    const first = held(untilAborted)(job())
    await sleep(DURATION_MS / 2)
    const second = held(untilAborted)(job(), 'token', stop.signal)
    // The newest has the lock, so it is the one that is renewed.
    const renewing = setInterval(renew, 10, ['one'])
    expect(await first).to.equal('lock-lost')
    await sleep(DURATION_MS)
    clearInterval(renewing)
    stop.abort('shutdown')
    expect(await second).to.equal('shutdown')
  })

  it('is over by the clock, also before its timer has had its turn', async () => {
    const { held, renew, ensure } = leases(LONG_MS, clock, () => {})
    await held(async (one) => {
      now += LONG_MS
      ensure(one)
      renew(['one', 'unknown'])
      now += LONG_MS
      ensure(one)
      now++
      expect(() => ensure(one))
        .to.throw(ExtractionError)
        .with.property('code', 'CHECKPOINT_FENCED')
    })(job())
  })

  it('leaves no timer once the job has ended', async () => {
    const lost: Job[] = []
    const { held } = leases(DURATION_MS / 10, clock, (one) => lost.push(one))
    expect(await held(async () => 'done')(job())).to.equal('done')
    await sleep(DURATION_MS / 5)
    expect(lost).to.deep.equal([])
  })
})

function untilAborted(_job: Job, _token: string | undefined, signal: AbortSignal | undefined): Promise<string> {
  return new Promise((resolve) => {
    signal!.addEventListener('abort', () => resolve(String(signal!.reason)))
  })
}
