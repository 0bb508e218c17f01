import { stripVTControlCharacters } from 'node:util'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { summary } from '../src/text/summary.ts'
import { capture } from './support/host.ts'
import { filteredJob, runningJob, testJob } from './support/job.ts'

const hint = (words: string) => `cae ${words}`
const plain = (job = testJob(), options = {}) => summary(job, capture().terminal, { hint, ...options }).join('\n')

describe('summary', () => {
  it('shows each provider with its services, regions and outcomes', () => {
    expect(plain()).to.include('AWS    1,200 resources  4 slices: 3 complete, 1 denied')
    expect(plain()).to.match(/ec2 +2 +1,100 +us-east-1 +700\n/)
    expect(plain()).to.match(/iam +1 +100 +eu-west-1 +400\n/)
    expect(plain()).to.match(/GCP {4}300 resources {2}1 slice: 1 complete/)
  })

  it('says how many there are where that is known', () => {
    expect(plain(testJob(), { expected: { aws: 1300 } })).to.include('AWS    1,200 of 1,300 resources')
  })

  it('says that an unseen slice is unknown, not empty, and why it was not seen', () => {
    expect(plain()).to.include('Coverage   4 of 5 slices complete; 1 denied: unknown, not empty')
    const gaps = [
      { provider: 'aws', scope: '111122223333', region: 'us-east-1', outcome: 'denied', code: 'ACCESS_DENIED' },
    ]
    expect(plain(testJob(), { gaps })).to.include(
      '! AWS: 1 slice denied (ACCESS_DENIED): 111122223333 us-east-1\n  not authorized\n  → Grant the identity',
    )
    expect(plain()).to.include(`  Each slice     cae jobs coverage ${testJob().job_id} --outcome denied\n`)
    expect(plain()).to.include('  What to grant  cae check\n')
  })

  it('claims completeness only where every slice is complete', () => {
    const whole = testJob({ outcomes: { complete: 5 }, errors: [] })
    expect(plain(whole)).to.include('✔ Coverage   5 of 5 slices complete')
    const nothing = testJob({
      progress: { slices: 0, ended: 0, planned: true, percent: 100 },
      outcomes: {},
      errors: [],
    })
    expect(plain(nothing)).to.include('! Coverage   0 of 0 slices complete; nothing was planned')
  })

  it('claims nothing of a job that goes on, and says what is open', () => {
    const now = Date.parse('2026-01-01T00:00:12.000Z')
    const text = plain(runningJob(), { now })
    expect(text).to.include('AWS    1,200 resources so far  4 slices: 3 complete, 1 still running, still planning')
    expect(text).to.include('GCP    0 resources so far  0 slices: still planning')
    expect(text).to.include('· Coverage   3 of 4 slices complete so far, 1 still running, still planning\n')
    expect(text).to.include('12 s so far, 125 artifacts/s')
    const ended = runningJob({ progress: { slices: 3, ended: 3, planned: false, percent: 100 } })
    expect(plain(ended)).to.not.include('✔')
    const denied = runningJob({ outcomes: { complete: 2, denied: 1 } })
    expect(plain(denied)).to.match(/! Coverage .*still planning; 1 denied: unknown, not empty/)
  })

  it('names what was skipped beside what is complete, and not as a problem', () => {
    const slices = { slices: 6, ended: 6, planned: true, percent: 100 }
    const skipped = testJob({ progress: slices, outcomes: { complete: 5, skipped: 1 }, errors: [] })
    expect(plain(skipped)).to.include('✔ Coverage   5 of 5 slices complete, 1 skipped')
    const both = testJob({ progress: slices, outcomes: { complete: 4, skipped: 1, denied: 1 }, errors: [] })
    expect(plain(both)).to.include('! Coverage   4 of 5 slices complete, 1 skipped; 1 denied: unknown, not empty')
  })

  it('says of a narrowed request what it was, and tells an answer that is empty from an empty cloud', () => {
    const nothing = plain(filteredJob({ artifacts: 0 }))
    expect(nothing).to.include('AWS    1,200 read, 0 match the filters  4 slices')
    expect(nothing).to.include('· Requested  AWS: label env=prod\n! Nothing    fits what was requested')
    expect(plain(filteredJob({ artifacts: 3 })))
      .to.include('· Requested')
      .and.not.include('! Nothing')
    expect(plain()).to.not.include('Requested')
  })

  it('says of what could not be read that it was not, and neither that nothing fits nor that there is none', () => {
    const slices = { slices: 2, ended: 2, planning: 0, read: 0, expected: 0, artifacts: 0 }
    const denied = testJob({
      request: { providers: ['aws', 'gcp'], services: ['ec2', 'compute'], batch_size: 500 },
      outcomes: { denied: 4 },
      by_provider: { aws: { ...slices, outcomes: { denied: 2 } }, gcp: { ...slices, outcomes: { denied: 2 } } },
      totals: { artifacts: 0, batches: 0, bytes: 0 },
      resources: [],
    })
    expect(plain(denied)).to.include('! Nothing    was read of what was requested\n').and.not.include('fits')
    expect(plain(denied)).to.include('AWS    – resources  2 slices: 2 denied').and.not.include('0 resources')
    const oneRead = testJob({
      ...denied,
      outcomes: { complete: 1, denied: 3 },
      by_provider: { ...denied.by_provider, gcp: { ...slices, outcomes: { complete: 1, denied: 1 } } },
    })
    expect(plain(oneRead)).to.include('! Nothing    fits what was requested, in what could be read')
    expect(plain(oneRead)).to.include('AWS    – resources').and.include('GCP    0 resources')
  })

  it('shows the largest and sums up the rest', () => {
    const resources = Array.from({ length: 30 }, (_, n) => ({
      provider: 'aws' as const,
      service: `service-${n}-with-a-name-that-is-long`,
      region: `region-${n}`,
      artifacts: 1000 - n,
    }))
    const text = plain(testJob({ resources }))
    expect(text).to.match(/service-0-with-a-na… +1 +1,000 +region-0 +1,000/)
    expect(text).to.match(/\+ 26 more +25,571 +\+ 26 more +25,571/)
  })

  it('fits 80 columns in a terminal', () => {
    const lines = summary(testJob(), capture({ interactive: true }).terminal, { hint, expected: { aws: 2_000_000 } })
    expect(Math.max(...lines.map((line) => stripVTControlCharacters(line).length))).to.be.at.most(80)
  })

  it('has colour in a terminal, and none in a pipe or with NO_COLOR', () => {
    const coloured = (options: Parameters<typeof capture>[0]) =>
      summary(testJob(), capture(options).terminal, { hint }).join('')
    expect(coloured({ interactive: true })).to.include('\u001b[')
    expect(coloured({})).to.not.include('\u001b[')
    expect(coloured({ interactive: true, environment: { NO_COLOR: '1' } })).to.not.include('\u001b[')
  })
})
