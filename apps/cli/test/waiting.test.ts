import { expect } from 'chai'
import { describe, it } from 'mocha'
import { waitingReasons } from '../src/text/waiting.ts'
import { QUOTA_WAIT, runningJob } from './support/job.ts'

const hint = (words: string) => `cae ${words} --api URL`

describe('why a job stands still', () => {
  it('is told once nothing has moved for a while, and again each minute', () => {
    const reasons = waitingReasons(hint)
    const job = runningJob({ waiting: [QUOTA_WAIT] })
    const told = [0, 4000, 5000, 30_000, 64_000, 65_000].map((at) => reasons(job, at))
    const line = 'AWS waits for its quota, next soon (3 slices): no room → Nothing: it waits.'
    expect(told).to.deep.equal([[], [], [line], [], [], [line]])
  })

  it('is not told while resources come', () => {
    const reasons = waitingReasons(hint)
    const { aws } = runningJob().by_provider
    for (let at = 0; at < 60_000; at += 1000) {
      const job = runningJob({ waiting: [QUOTA_WAIT], by_provider: { aws: { ...aws!, artifacts: at } } })
      expect(reasons(job, at)).to.deep.equal([])
    }
  })

  it('may be a manifest that is not taken, at a moment that is named', () => {
    const reasons = waitingReasons(hint)
    const until = new Date(2026, 0, 1, 16, 13, 2).toISOString()
    const refused = { ...QUOTA_WAIT, provider: null, code: 'DELIVERY_FAILED' as const, until, example_task_id: null }
    reasons(runningJob({ waiting: [refused] }), 0)
    expect(reasons(runningJob({ waiting: [refused] }), 5000)).to.deep.equal([
      'The manifest is tried again after DELIVERY_FAILED, next at 16:13:02: no room → Nothing: it waits.',
    ])
  })

  it('is that no worker is there where none takes the job up, and how to ask them', () => {
    const reasons = waitingReasons(hint)
    reasons(runningJob({ status: 'queued' }), 0)
    expect(reasons(runningJob({ status: 'queued' }), 5000)).to.deep.equal([
      'no worker has taken the job up yet: none is up, all are busy, or they have another REDIS_URL. ' +
        'Ask them with: cae check --api URL',
    ])
  })
})
