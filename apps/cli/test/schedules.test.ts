import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect } from 'chai'
import { after, before, describe, it } from 'mocha'
import type { ScheduleDetail } from '../src/api/views.ts'
import { schedulesTable } from '../src/schedules.ts'
import { capture, run } from './support/host.ts'

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
    expect(shown({})[0]).to.match(/^nightly +0 2 \* \* \* +UTC +in 2 h +– +–$/)
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

describe('`cae schedules create`', () => {
  let api: Server
  let url: string
  before(async () => {
    const warnings = [{ field: 'resource_types', message: 'no type is known as x' }]
    api = createServer(({ method }, response) =>
      response.end(JSON.stringify(method === 'GET' ? { schedules: [] } : { ...schedule, warnings })),
    )
    await new Promise<void>((resolve) => api.listen(0, '127.0.0.1', resolve))
    url = `http://127.0.0.1:${(api.address() as AddressInfo).port}`
  })
  after(() => api.close())

  it('is advised where there is none, as it is typed, for the same API', async () => {
    const { out } = await run(['schedules', '--api', url], { command: 'npx cae' })
    expect(out).to.equal(`No schedules. Make one with: npx cae schedules create NAME CRON --api ${url}\n`)
  })

  it('says on stderr what the API wonders about, with the schedule on stdout', async () => {
    const create = (...more: string[]) => run(['schedules', 'create', 'nightly', '@daily', '--api', url, ...more])
    for (const { code, out, err } of [await create(), await create('--json')]) {
      expect({ code, err }).to.deep.equal({ code: 0, err: '! resource_types: no type is known as x\n' })
      expect(out).to.match(/^(Schedule nightly: first run|\{"name":"nightly")/)
    }
  })
})
