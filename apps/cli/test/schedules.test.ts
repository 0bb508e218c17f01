import { expect } from 'chai'
import { describe, it } from 'mocha'
import type { ScheduleDetail } from '../src/api-views.ts'
import { schedulesTable } from '../src/schedules.ts'
import { capture } from './support/host.ts'

const NOW = Date.parse('2026-01-01T00:00:00Z')
const schedule: ScheduleDetail = {
  name: 'nightly',
  cron_expression: '0 2 * * *',
  timezone: 'UTC',
  request: { providers: ['aws'], services: ['ec2'], batch_size: 500 },
  paused: false,
  next_run: '2026-01-01T02:00:00Z',
  last_run: null,
  last_job_id: null,
  skipped: 0,
}
const shown = (overrides: Partial<ScheduleDetail>) =>
  schedulesTable([{ ...schedule, ...overrides }], capture().terminal, NOW).slice(1)

describe('the screen of `cae schedules`', () => {
  it('shows what each requests, and the runs that it left out', () => {
    expect(shown({})[0]).to.match(/^nightly +0 2 \* \* \* +UTC +in 2 h +- +-$/)
    expect(shown({})[1]).to.equal('  AWS: services ec2')
    expect(shown({ skipped: 3 })[1]).to.equal(
      '  AWS: services ec2; 3 runs left out, since the one before had not ended',
    )
  })

  it('shows a run that is due as due now', () => {
    expect(shown({ next_run: '2025-12-31T23:59:59Z' })[0]).to.match(/ UTC +now +/)
    expect(shown({ paused: true })[0]).to.match(/ UTC +paused +/)
  })
})
