import { stripVTControlCharacters } from 'node:util'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import type { JobDetail } from '../src/api/views.ts'
import {
  barLine,
  fractionOf,
  outcomeText,
  plainLine,
  progressMeter,
  progressView,
  secondsLeft,
  type ProviderProgress,
} from '../src/text/progress.ts'
import { capture } from './support/host.ts'
import { filteredJob, runningJob, testJob } from './support/job.ts'

const hint = (words: string) => `cae ${words}`
const half: ProviderProgress = {
  provider: 'aws',
  resources: 5000,
  matching: null,
  expected: 10_000,
  ended: 18,
  slices: 40,
  planning: false,
  outcomes: { complete: 18 },
  rate: 2500,
  seconds: 10,
}
const unknown: ProviderProgress = { ...half, expected: null }
const done: ProviderProgress = { ...half, resources: 10_000, ended: 40, outcomes: { complete: 39, denied: 1 } }

describe('progress', () => {
  it('measures by resources where their number is known, else by slices', () => {
    expect([half, unknown, done].map(fractionOf)).to.deep.equal([0.5, 0.45, 1])
  })

  it('estimates what is left from the rate, and says nothing where it cannot know', () => {
    const unsure = [unknown, done, { ...half, rate: 0 }, { ...half, seconds: 1 }]
    expect([half, ...unsure].map(secondsLeft)).to.deep.equal([2, null, null, null, null])
  })

  const azureJob = (artifacts: number) =>
    testJob({
      request: { providers: ['azure'], batch_size: 500 },
      by_provider: { azure: { ...testJob().by_provider.aws!, ended: 1, read: artifacts, artifacts } },
    })

  it('takes the rate from the last seconds only', () => {
    const measure = progressMeter({})
    measure(azureJob(0), 0)
    measure(azureJob(90_000), 40_000)
    const [azure] = measure(azureJob(91_000), 42_000)
    expect(azure).to.include({ provider: 'azure', resources: 91_000, rate: 500, seconds: 2 })
  })

  it('takes no time into the rate in which nothing could be read yet', () => {
    const measure = progressMeter({})
    for (const at of [0, 1000, 9000]) measure(azureJob(0), at)
    expect(measure(azureJob(500), 10_000)[0]!.rate).to.equal(500)
  })

  it('keeps to its estimate while a provider waits for its quota, and then reads in a burst', () => {
    const [planning, total] = [6, 60_000]
    // Five thousand in the first second of each five.
    const readAt = (second: number) => {
      const reading = Math.max(0, second - planning)
      return Math.min(total, 5000 * (Math.floor(reading / 5) + Math.min(1, reading % 5)))
    }
    const end = planning + (total / 5000 - 1) * 5 + 1
    const measure = progressMeter({ azure: total })
    const estimates: number[] = []
    for (let second = 0; second < end - 10; second += 0.15) {
      const left = secondsLeft(measure(azureJob(Math.floor(readAt(second))), second * 1000)[0]!)
      if (left === null) expect(second).to.be.below(planning + 5.2)
      else estimates.push(left / (end - second))
    }
    expect(Math.min(...estimates)).to.be.above(0.5)
    expect(Math.max(...estimates)).to.be.below(1.5)
  })

  for (const width of [60, 79, 120]) {
    it(`draws bars that fit ${width} columns exactly, and each other`, () => {
      const { terminal } = capture({ interactive: true })
      const lines = [half, { ...half, provider: 'azure', resources: 0 } as const].map((progress) =>
        stripVTControlCharacters(barLine(progress, width, terminal.colors)),
      )
      expect(lines.map((line) => line.length)).to.deep.equal([width, width])
      expect(lines[0]).to.match(/^ {2}AWS {4}█+░+ +5,000 \/ 10,000 +2,500\/s +2\.0 s +18\/40$/)
    })
  }

  it('shows outcomes other than complete at the end of a bar', () => {
    const { terminal } = capture()
    const line = barLine(done, 79, terminal.colors)
    expect(line)
      .to.match(/ended +40\/40 1 denied$/)
      .and.to.have.length(79)
  })

  it('names outcomes in the words of the glossary', () => {
    expect(outcomeText({ not_enabled: 2, complete: 12 })).to.equal('12 complete, 2 not enabled')
    expect(outcomeText({ complete: 12 }, ['complete'])).to.equal('')
  })

  it('is one line of text without a terminal', () => {
    expect(plainLine([half, { ...half, provider: 'gcp', rate: 500 }])).to.equal(
      'AWS 5,000 of 10,000 · GCP 5,000 of 10,000 · 3,000/s · 10 s left',
    )
    expect(plainLine([done])).to.equal('AWS 10,000 of 10,000 (1 denied)')
  })

  it('says of all together what is left only where that is known of each that is under way', () => {
    expect(plainLine([half, { ...unknown, provider: 'gcp' }])).to.equal('AWS 5,000 of 10,000 · GCP 5,000 · 5,000/s')
    expect(plainLine([done, { ...half, provider: 'gcp' }])).to.match(/ · 2,500\/s · 2.0 s left$/)
    expect(plainLine([{ ...unknown, rate: 0 }]), 'while it waits').to.equal('AWS 5,000')
  })

  it('draws over its own lines in a terminal, keeps notes above them and gives the cursor back', () => {
    const { terminal, text } = capture({ interactive: true })
    const view = progressView(terminal, hint)
    view.show(testJob())
    view.note('a worker is back')
    view.stop()
    const [hidden, redrawn] = text().split('\u001b[2A\u001b[J')
    expect(hidden).to.satisfy((start: string) => start.startsWith('\u001b[?25l  AWS'))
    expect(redrawn)
      .to.match(/^a worker is back\n {2}AWS/)
      .and.to.satisfy((end: string) => end.endsWith('\u001b[?25h'))
  })

  it('writes no control characters without a terminal', () => {
    const { terminal, text } = capture()
    const view = progressView(terminal, hint)
    view.show(testJob())
    view.stop()
    expect(text()).to.equal('  AWS 1,200 of 1,200 (1 denied) · GCP 300 of 300\n')
  })

  it('says a line again without a terminal where it has changed, and the same one after a minute', () => {
    const { terminal, text } = capture()
    let now = 1_000_000
    const view = progressView(terminal, hint, {}, () => now)
    for (let seconds = 0; seconds <= 70; seconds += 1, now += 1000) view.show(testJob())
    view.show(testJob({ by_provider: { aws: testJob().by_provider.aws! } }))
    view.stop()
    const same = 'AWS 1,200 of 1,200 (1 denied) · GCP 300 of 300'
    expect(text().trim().split(/\n */)).to.deep.equal([same, same, 'AWS 1,200 of 1,200 (1 denied) · GCP 0'])
  })

  it('measures by the provider’s own counts once all is planned, and by slices before', () => {
    const aws = testJob().by_provider.aws!
    const measured = (planning: number, status: JobDetail['status'] = 'running') =>
      progressMeter({})(testJob({ status, by_provider: { aws: { ...aws, planning } } }), 0)[0]!.expected
    expect([measured(0), measured(1), measured(0, 'planning')]).to.deep.equal([1200, null, null])
  })

  it('counts no further than the provider does', () => {
    const aws = { ...testJob().by_provider.aws!, artifacts: 1300 }
    expect(progressMeter({})(testJob({ by_provider: { aws } }), 0)[0]!.expected).to.equal(null)
  })

  it('measures what is read, too, where regions or types leave some of it out', () => {
    const aws = { ...testJob().by_provider.aws!, read: 1200, artifacts: 3 }
    expect(progressMeter({})(testJob({ by_provider: { aws } }), 0)[0]).to.include({ resources: 1200, matching: 3 })
  })

  it('measures what is read where filters choose among it, and says how much of it fits', () => {
    const { terminal } = capture()
    const [aws] = progressMeter({})(filteredJob({ artifacts: 3 }), 0)
    expect(aws).to.include({ resources: 1200, expected: 1200, matching: 3 })
    expect(plainLine([aws!])).to.equal('AWS 1,200 of 1,200 read, 3 match (1 denied)')
    expect(barLine(aws!, 79, terminal.colors))
      .to.match(/4\/4 3 match 1 denied$/)
      .and.to.have.length(79)
  })

  it('is not done, nor full, while further slices may come', () => {
    const { terminal } = capture()
    const planning = { ...done, expected: null, outcomes: { complete: 40 }, planning: true }
    const line = barLine(planning, 79, terminal.colors)
    expect(line)
      .to.match(/█░+ +10,000 .* planning +40\/40$/)
      .and.not.include('done')
    expect(plainLine([planning])).to.equal('AWS 10,000 so far · 2,500/s')
    for (const status of ['queued', 'planning', 'running'] as const) {
      const all = progressMeter({})(runningJob({ status, by_provider: {} }), 0)
      expect(all.map((one) => one.planning)).to.deep.equal([true, true])
    }
    expect(progressMeter({})(runningJob(), 0)[0]!.planning).to.equal(true)
  })
})
