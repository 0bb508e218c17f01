import { expect } from 'chai'
import { describe, it } from 'mocha'
import { isoText } from '../src/decode/iso-text.ts'

describe('a moment as text', () => {
  const DAY = 86_400_000

  it('is what toISOString gives, before 1970 and beyond the year 9999 too', () => {
    const days = [0, -1, 1, 20_000, 20_000 + 1024, -719_529, 2_932_897, 100_000_000, -100_000_000]
    for (const day of days) {
      for (const rest of [0, 1, 999, 59_999, 3_600_000, 45_296_789, DAY - 1]) {
        const moment = day * DAY + rest
        if (Math.abs(moment) <= 8.64e15) expect(isoText(moment)).to.equal(new Date(moment).toISOString())
      }
    }
  })

  it('is none for a moment that no date has', () => {
    for (const moment of [8.64e15 + DAY, NaN, -1e300]) expect(() => isoText(moment)).to.throw(RangeError)
  })
})
