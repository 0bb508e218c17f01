import type { Reason, SliceCoverage } from '@cae/core'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { coverageLines } from '../src/coverage.ts'
import { capture } from './support/host.ts'

const slice = (region: string, outcome: SliceCoverage['outcome'], expected: number | null = 3): SliceCoverage => ({
  task_id: `run-aws.111122223333.${region}.all`,
  provider: 'aws',
  scope: '111122223333',
  region,
  partition: 'all',
  outcome,
  code: outcome === 'denied' ? 'ACCESS_DENIED' : null,
  message: null,
  artifacts: 3,
  coverage: { expected, extracted: 3, source: expected === null ? null : 'SELECT COUNT(*)', freshness: null },
})
const reason = (outcome: Reason['outcome'], code: Reason['code']): Reason => ({
  provider: 'aws',
  outcome,
  code,
  count: 1,
  message: `it is ${outcome}`,
  example_task_id: null,
})

describe('the screen of `cae jobs coverage`', () => {
  const coverage = {
    job_id: '1m83f92y7z87at9nkp',
    status: 'running' as const,
    totals: { slices: 4, artifacts: 12, extracted: 12, expected: 9 },
    outcomes: { complete: 2, denied: 1 },
    reasons: [reason('denied', 'ACCESS_DENIED'), reason('failed', 'TIMEOUT')],
    slices: [slice('c', 'complete', null), slice('a', 'complete'), slice('d', null), slice('b', 'denied')],
  }
  const plain = (...args: [typeof coverage, ('denied' | 'failed')?]) =>
    coverageLines(args[0], args[1], (words) => `cae ${words}`, capture().terminal)

  it('has gaps first, then what is still read, then what is whole, by place', () => {
    const rows = plain(coverage).slice(1, 5)
    expect(rows.map((row) => row.split(/ +/)[2])).to.deep.equal(['b', 'd', 'a', 'c'])
    expect(rows[3], 'nobody counted it').to.match(/ 3 +– {2}–$/)
    expect(plain(coverage).at(-1)).to.equal('12 read, 9 counted by the providers, in 4 slices')
  })

  it('with an outcome has nothing of the others', () => {
    const lines = plain({ ...coverage, slices: [coverage.slices[3]!] }, 'denied').join('\n')
    expect(lines).to.include('it is denied').and.not.include('it is failed')
    expect(lines).to.match(/\n1 slice of 4$/)
  })
})
