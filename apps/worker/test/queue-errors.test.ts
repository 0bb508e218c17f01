import type { Log } from '@cae/core'
import { silentLog } from '@cae/core/testing'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { queueErrors } from '../src/queue-errors.ts'

describe('what the queues report', () => {
  it('is told once for all of them, every five seconds, and without our own stack where it is of Redis', () => {
    const lines: [string, object | undefined][] = []
    const log: Log = { ...silentLog, warn: (message, fields) => void lines.push([message, fields]) }
    let now = 0
    const tell = queueErrors(log, 'redis://h', () => now)
    const away = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })
    const refused = Object.assign(new Error('WRONGPASS'), { name: 'ReplyError' })
    const ours = new TypeError('x is not a function')
    for (; now < 10_000; now += 1000) for (const queue of ['runs', 'tasks.aws']) tell(queue, away)
    tell('runs', refused)
    tell('runs', ours)
    const trouble = 'Redis does not serve the queues'
    expect(lines).to.deep.equal([
      [trouble, { redis: 'redis://h', reason: 'connect ECONNREFUSED', times: 1 }],
      [trouble, { redis: 'redis://h', reason: 'connect ECONNREFUSED', times: 10 }],
      [trouble, { redis: 'redis://h', reason: 'WRONGPASS', times: 1 }],
      ['queue error', { queue: 'runs', error: ours, times: 1 }],
    ])
  })
})
