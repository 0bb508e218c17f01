import { expect } from 'chai'
import { describe, it } from 'mocha'
import { ERRORS, errorRow, ExtractionError, OUTCOMES, toExtractionError, type ErrorCode } from '../src/index.ts'

const codes = Object.keys(ERRORS) as ErrorCode[]

describe('ERRORS', () => {
  for (const code of codes) {
    it(`says what ${code} means and what to do about it`, () => {
      const row = errorRow(code)
      expect(code).to.match(/^[A-Z]+(_[A-Z]+)*$/)
      expect(OUTCOMES).to.include(row.outcome)
      expect(row.meaning).to.match(/^[A-Z].*\.$/)
      expect(row.advice).to.match(/^[A-Z].*\.$/)
    })
  }

  it('never ends a task that an error ended as complete', () => {
    expect(codes.filter((code) => errorRow(code).outcome === 'complete')).to.deep.equal([])
  })

  it('has a row for a code of a newer release, which says that releases differ', () => {
    const { outcome, advice } = errorRow('CODE_OF_TOMORROW' as ErrorCode)
    expect([outcome, advice]).to.deep.equal(['failed', 'Let the API and all workers be of the same release.'])
  })

  it('waits only for what is worth waiting for, and retries what may pass', () => {
    const by = (action: string) => codes.filter((code) => errorRow(code).action === action)
    expect(by('wait')).to.deep.equal(['THROTTLED'])
    expect(by('restart')).to.deep.equal(['CURSOR_EXPIRED'])
    expect(by('abandon')).to.deep.equal(['CHECKPOINT_FENCED'])
    expect(by('retry')).to.include.members(['UNAVAILABLE', 'TIMEOUT', 'DELIVERY_FAILED'])
    expect(by('fail')).to.include('DELIVERY_REJECTED')
    expect(by('skip')).to.include.members(['ACCESS_DENIED', 'NOT_ENABLED', 'REGION_DISABLED'])
  })
})

describe('ExtractionError', () => {
  it('carries code, cause, when to try again and the code of the provider', () => {
    const cause = new Error('429')
    const error = new ExtractionError('THROTTLED', 'slow down', { cause, retryAfter: 1500, nativeCode: 'Throttling' })
    expect(error).to.be.instanceOf(Error)
    expect(error).to.include({
      code: 'THROTTLED',
      message: 'slow down',
      cause,
      retryAfter: 1500,
      nativeCode: 'Throttling',
    })
    expect(error.name).to.equal('ExtractionError')
  })

  it('has no cause where there is none', () => {
    expect('cause' in new ExtractionError('INTERNAL', 'x')).to.equal(false)
  })
})

describe('toExtractionError', () => {
  it('leaves an extraction error as it is', () => {
    const error = new ExtractionError('TIMEOUT', 'x')
    expect(toExtractionError(error)).to.equal(error)
  })

  it('takes anything else for a bug of ours, and keeps it as the cause', () => {
    for (const thrown of [new TypeError('boom'), 'boom', { toString: () => 'boom' }]) {
      expect(toExtractionError(thrown)).to.include({ code: 'INTERNAL', message: 'boom', cause: thrown })
    }
    expect(toExtractionError(undefined)).to.include({ code: 'INTERNAL', message: 'undefined' })
  })
})
