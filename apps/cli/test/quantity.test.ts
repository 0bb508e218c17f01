import { expect } from 'chai'
import { describe, it } from 'mocha'
import { bytes, count, counted, duration, rate, relative } from '../src/text/quantity.ts'

describe('quantities', () => {
  it('groups digits by thousands and knows one from many', () => {
    expect([count(0), count(1_234_567)]).to.deep.equal(['0', '1,234,567'])
    expect([counted(1, 'slice'), counted(2000, 'slice')]).to.deep.equal(['1 slice', '2,000 slices'])
  })

  it('says rates in three digits, and large ones whole', () => {
    expect([0, 1 / 3, 6.4, 99.94, 12_400.4].map(rate)).to.deep.equal(['0', '0.333', '6.4', '99.9', '12,400'])
  })

  it('says bytes in the unit that fits', () => {
    expect([0, 999, 1000, 61_400_000, 999_600, 3e12].map(bytes)).to.deep.equal([
      '0 B',
      '999 B',
      '1.0 kB',
      '61.4 MB',
      '1.0 MB',
      '3.0 TB',
    ])
  })

  it('says durations as people do', () => {
    expect([0.42, 9.96, 59.4, 59.9, 185, 7800].map(duration)).to.deep.equal([
      '0.4 s',
      '10 s',
      '59 s',
      '1 min 0 s',
      '3 min 5 s',
      '2 h 10 min',
    ])
  })

  it('says how far a moment is, before or after now', () => {
    const now = Date.parse('2026-01-01T12:00:00Z')
    const moments = ['2026-01-01T11:59:55Z', '2026-01-01T15:00:00Z', '2025-12-25T12:00:00Z', null]
    expect(moments.map((moment) => relative(moment, now))).to.deep.equal(['5 s ago', 'in 3 h', '7 d ago', '–'])
  })
})
