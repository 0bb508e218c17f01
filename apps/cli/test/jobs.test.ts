import type { ExtractionRequest } from '@cae/core'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import type { JobSummary } from '../src/api/views.ts'
import { facts, jobsTable } from '../src/jobs.ts'
import { capture } from './support/host.ts'
import { runningJob, testJob } from './support/job.ts'

const NOW = Date.parse('2026-01-01T00:00:12.000Z')
const { terminal } = capture()

const listOf = (...jobs: JobSummary[]) => jobsTable(jobs, terminal, NOW)
const listedJob = (more: Partial<JobSummary> = {}): JobSummary => {
  const { job_id, status, schedule, request, progress, totals, outcomes } = runningJob()
  const job = { job_id, status, schedule, request, providers: request.providers, progress, totals, outcomes }
  return { ...job, created_at: '2026-01-01T00:00:00Z', finished_at: null, ...more }
}

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
    const { progress } = listedJob()
    const listed = (planned: boolean) => listOf(listedJob({ progress: { ...progress, planned } }))[1]
    expect([listed(false), listed(true)].map((line) => / (3\/\S+) /.exec(line!)?.[1])).to.deep.equal(['3/…', '3/4'])
  })

  it('list below a job what it was narrowed to, and the schedule that it is of', () => {
    const request: ExtractionRequest = { providers: ['aws'], services: ['ec2', 's3'], batch_size: 500 }
    const lines = listOf(listedJob(), listedJob({ request }), listedJob({ request, schedule: 'nightly' }))
    expect(lines).to.have.length(6)
    expect(lines[3]).to.equal('  AWS: services ec2, s3')
    expect(lines[5]).to.equal('  AWS: services ec2, s3; by schedule nightly')
    expect(listOf(listedJob({ schedule: 'nightly' })).at(-1)).to.equal('  by schedule nightly')
  })
})
