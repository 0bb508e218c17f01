import { stripVTControlCharacters } from 'node:util'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import {
  barLine,
  fractionOf,
  outcomeText,
  plainLine,
  progressMeter,
  progressView,
  secondsLeft,
  type ProviderProgress,
} from '../src/progress.ts'
import { capture } from './support/host.ts'
import { testJob } from './support/job.ts'

const half: ProviderProgress = {
  provider: 'aws',
  resources: 5000,
  expected: 10_000,
  ended: 18,
  slices: 40,
  outcomes: { complete: 18 },
  rate: 2500,
}
const unknown: ProviderProgress = { ...half, expected: null }
const done: ProviderProgress = { ...half, resources: 10_000, ended: 40, outcomes: { complete: 39, denied: 1 } }

describe('progress', () => {
  it('measures by resources where their number is known, else by slices', () => {
    expect([half, unknown, done].map(fractionOf)).to.deep.equal([0.5, 0.45, 1])
  })

  it('estimates what is left from the rate, and says nothing where it cannot know', () => {
    expect([half, unknown, done, { ...half, rate: 0 }].map(secondsLeft)).to.deep.equal([2, null, null, null])
  })

  it('takes the rate from the last seconds only', () => {
    const measure = progressMeter({})
    const job = (artifacts: number) => testJob({ by_provider: { aws: { ...testJob().by_provider.aws!, artifacts } } })
    measure(job(0), 0)
    measure(job(90_000), 10_000)
    const [aws] = measure(job(91_000), 12_000)
    expect(aws).to.include({ provider: 'aws', resources: 91_000, rate: 500 })
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
      .to.match(/done +40\/40 1 denied$/)
      .and.to.have.length(79)
  })

  it('names outcomes in the words of the glossary', () => {
    expect(outcomeText({ not_enabled: 2, complete: 12 })).to.equal('12 complete, 2 not enabled')
    expect(outcomeText({ complete: 12 }, ['complete'])).to.equal('')
  })

  it('is one line of text without a terminal', () => {
    expect(plainLine([half, { ...unknown, provider: 'gcp' }])).to.equal(
      'AWS 5,000 of 10,000 · GCP 5,000 · 5,000/s · 2.0 s left',
    )
    expect(plainLine([done])).to.equal('AWS 10,000 of 10,000 (1 denied)')
  })

  it('draws over its own lines in a terminal, keeps notes above them and gives the cursor back', () => {
    const { terminal, text } = capture({ interactive: true })
    const view = progressView(terminal)
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
    const view = progressView(terminal)
    view.show(testJob())
    view.stop()
    expect(text()).to.equal('  AWS 1,200 of 1,200 (1 denied) · GCP 300 of 300\n')
  })

  it('measures by the provider’s own counts once all is planned, and by slices before', () => {
    const aws = testJob().by_provider.aws!
    const measured = (planning: number) =>
      progressMeter({})(testJob({ by_provider: { aws: { ...aws, planning } } }), 0)[0]!.expected
    expect([measured(0), measured(1)]).to.deep.equal([1200, null])
  })
})
