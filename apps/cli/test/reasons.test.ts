import { stripVTControlCharacters } from 'node:util'
import type { Reason } from '@cae/core'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { gapHints, placesText, reasonLines, type Gap } from '../src/text/reasons.ts'
import { capture } from './support/host.ts'

const reason: Reason = {
  provider: 'gcp',
  outcome: 'partial',
  code: 'COUNT_MISMATCH',
  count: 1,
  message: 'read 0 resources of 714',
  example_task_id: 'run-gcp.orders.global.all',
}
const gap: Gap = { provider: 'gcp', scope: 'orders', region: 'global', outcome: 'partial', code: 'COUNT_MISMATCH' }
const hint = (words: string) => `npx cae ${words}`
const plain = (reasons: Reason[], gaps: Gap[]) => reasonLines(reasons, gaps, hint, capture().terminal)

describe('what is not complete', () => {
  it('is shown with its place, what was said, and what to do', () => {
    expect(plain([reason], [gap, { ...gap, scope: 'of something else', code: 'TIMEOUT' }])).to.deep.equal([
      '! GCP: 1 slice partial (COUNT_MISMATCH): orders',
      '  read 0 resources of 714',
      '  → Run again: the estate may have changed while it was read; `coverage.tolerance` allows for that.',
    ])
  })

  it('advises commands as they are typed here', () => {
    const denied: Reason = { ...reason, outcome: 'denied', code: 'ACCESS_DENIED' }
    expect(plain([denied], []).at(-1)).to.include('`npx cae check` says what is missing where')
  })

  it('is placed by scope and region, as short as it may be', () => {
    const at = (scope: string, ...regions: string[]) => regions.map((region) => ({ ...gap, scope, region }))
    expect(placesText(at('1', 'us-east-1'), 1)).to.equal('1 us-east-1')
    expect(placesText(at('1', 'us-east-1', 'us-east-1', 'eu-west-1', 'global'), 4)).to.equal('1 in 2 regions')
    const many = ['1', '2', '3', '4', '5'].flatMap((scope) => at(scope, 'global', 'eu-west-1'))
    expect(placesText(many, 2000)).to.equal('1 eu-west-1, 2 eu-west-1, 3 eu-west-1 and 1,994 more slices')
    expect(placesText([], 3)).to.equal('')
  })

  it('has long messages in lines that fit, cut between words', () => {
    const message = `ChainedTokenCredential failed.\n${'EnvironmentCredential is unavailable. '.repeat(20)}`
    const lines = reasonLines([{ ...reason, message }], [gap], hint, capture({ interactive: true }).terminal).map(
      stripVTControlCharacters,
    )
    expect(Math.max(...lines.map((line) => line.length))).to.be.at.most(80)
    expect(lines.slice(1).every((line) => line.startsWith('  '))).to.equal(true)
    expect(plain([{ ...reason, message }], [gap])[1]).to.match(/ (EnvironmentCredential|is|unavailable\.) …$/)
  })

  it('leads to each slice, and to the check where something is to be granted', () => {
    const hint = (words: string) => `cae ${words}`
    const denied: Reason = { ...reason, outcome: 'denied', code: 'ACCESS_DENIED' }
    const skipped: Reason = { ...reason, outcome: 'skipped', code: 'REGIONS_LEFT_OUT' }
    expect(gapHints([reason], 'ID', hint)).to.deep.equal(['  Each slice     cae jobs coverage ID --outcome partial'])
    expect(gapHints([denied, reason], 'ID', hint)).to.deep.equal([
      '  Each slice     cae jobs coverage ID',
      '  What to grant  cae check',
    ])
    expect(gapHints([skipped], 'ID', hint)).to.deep.equal([])
    expect(plain([skipped, reason], []).filter((line) => /^\S/.test(line))).to.deep.equal([
      '! GCP: 1 slice partial (COUNT_MISMATCH)',
      '· GCP: 1 slice skipped (REGIONS_LEFT_OUT)',
    ])
  })
})
