import { expect } from 'chai'
import { describe, it } from 'mocha'
import { counts, type Limit, type LimitScope } from '../src/index.ts'

const LIMIT: Limit = {
  name: 'aws.config.select',
  per: ['account', 'region'],
  ratePerSecond: 5,
  burst: 5,
  where: { provider: 'aws', operation: 'SelectResourceConfig' },
  source: 'a test',
}
const SCOPE: LimitScope = { provider: 'aws', operation: 'SelectResourceConfig', account: '1', region: 'us-east-1' }

describe('counts', () => {
  it('is true for a call of the declared operation with all that the budget is kept by', () => {
    expect(counts(LIMIT, SCOPE)).to.equal(true)
    expect(counts(LIMIT, { ...SCOPE, principal: 'role' })).to.equal(true)
  })

  it('is false for a call of another operation or provider', () => {
    expect(counts(LIMIT, { ...SCOPE, operation: 'AssumeRole' })).to.equal(false)
    expect(counts(LIMIT, { ...SCOPE, provider: 'gcp' })).to.equal(false)
  })

  it('is false where the call lacks a key of the budget', () => {
    const { region: _region, ...rest } = SCOPE
    expect(counts(LIMIT, rest)).to.equal(false)
  })

  it('is true for every call where nothing is declared', () => {
    expect(counts({ ...LIMIT, per: [], where: {} }, SCOPE)).to.equal(true)
  })
})
