import { expect } from 'chai'
import { describe, it } from 'mocha'
import type { JobSummary } from '../src/api-views.ts'
import { facts, jobsTable } from '../src/jobs.ts'
import { capture } from './support/host.ts'
import { runningJob, testJob } from './support/job.ts'

const NOW = Date.parse('2026-01-01T00:00:12.000Z')
const { terminal } = capture()

describe('the screens of `cae jobs`', () => {
  it('say of a job that has ended how long it took', () => {
    expect(facts(testJob(), terminal, NOW)[1]).to.equal('Status     partial in 3.0 s')
  })

  it('say of a job that goes on how far it is, and never that all is done', () => {
    const status = (progress: Partial<JobSummary['progress']>) =>
      facts(runningJob({ progress: { ...runningJob().progress, ...progress } }), terminal, NOW)[1]
    expect(status({ planned: true })).to.equal('Status     running, 75 %, 12 s so far')
    expect(status({ planned: true, percent: 100 })).to.equal('Status     running, 99 %, 12 s so far')
    expect(status({})).to.equal('Status     running, still planning, 12 s so far')
  })

  it('say of a job that stands still what waits, why, and what to do', () => {
    const wait = {
      provider: 'azure',
      code: 'UNAVAILABLE',
      count: 2,
      message: 'no answer',
      advice: 'Look at its status page.',
      until: null,
      example_task_id: 'x',
    } as const
    expect(facts(runningJob({ waiting: [wait] }), terminal, NOW).at(-1)).to.equal(
      'Waiting    Azure is tried again after UNAVAILABLE, next soon (2 slices): no answer → Look at its status page.',
    )
  })

  it('list how many slices there are once that is known', () => {
    const { job_id, status, schedule, request, progress, totals, outcomes } = runningJob()
    const job = { job_id, status, schedule, providers: request.providers, progress, totals, outcomes }
    const listed = (planned: boolean) =>
      jobsTable(
        [{ ...job, created_at: '2026-01-01T00:00:00Z', finished_at: null, progress: { ...progress, planned } }],
        terminal,
        NOW,
      )[1]
    expect([listed(false), listed(true)].map((line) => / (3\/\S+) /.exec(line!)?.[1])).to.deep.equal(['3/…', '3/4'])
  })
})
