import { stripVTControlCharacters } from 'node:util'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import type { BudgetDetail } from '../src/api/views.ts'
import { quotaLines } from '../src/quotas.ts'
import { capture } from './support/host.ts'

const NOW = Date.parse('2026-01-01T00:00:00Z')
const budget: BudgetDetail = {
  limit: 'aws.config.select',
  scope: { account: '111122223333', region: 'us-east-1' },
  rate_per_second: 6.4,
  slowed: false,
  calls_last_minute: 120,
  remaining: null,
  paused_until: null,
  throttled: 0,
}

describe('the screen of `cae quotas`', () => {
  it('shows each budget in use, and why it stands still', () => {
    const paused = { ...budget, remaining: { count: 3 }, paused_until: '2026-01-01T00:00:05Z', throttled: 2 }
    const lines = quotaLines({ limits: [], total: 3, budgets: [budget, paused] }, capture().terminal, NOW)
    expect(lines[1]).to.match(/^aws\.config\.select +111122223333 us-east-1 +6\.4 +120 +– +0$/)
    expect(lines[2]).to.match(/ 3 +2 +paused, goes on in 5 s$/)
    expect(lines[3]).to.equal('1 more budget: --limit')
  })

  it('names the parts of a budget that go by no name of their own', () => {
    const own = { ...budget, limit: 'azure.graph.query', scope: { tenant: 'default', principal: 'default' } }
    const lines = quotaLines({ limits: [], total: 1, budgets: [own] }, capture().terminal, NOW)
    expect(lines[1]).to.match(/^azure\.graph\.query +default tenant default principal /)
  })

  it('fits a window of 80 columns', () => {
    const tenant = '00000000-1111-2222-3333-444444444444'
    const wide = { ...budget, limit: 'azure.graph.query.of-a-principal', scope: { tenant, principal: tenant } }
    const paused = { ...wide, paused_until: '2026-01-01T00:00:05Z' }
    const { terminal } = capture({ interactive: true })
    const lines = quotaLines({ limits: [], total: 1, budgets: [wide, paused] }, terminal, NOW)
    expect(Math.max(...lines.map((line) => stripVTControlCharacters(line).length))).to.be.at.most(80)
    expect(lines.map((line) => stripVTControlCharacters(line)).filter((line) => line.endsWith(' '))).to.deep.equal([])
  })

  it('calls slowed what the API does, however little was taken', () => {
    const slowed = { ...budget, rate_per_second: 6.1, slowed: true, throttled: 1 }
    const lines = quotaLines({ limits: [], total: 1, budgets: [slowed] }, capture().terminal, NOW)
    expect(lines[1]).to.match(/ 6\.1 .* 1 +slowed$/)
  })

  it('says so where no budget is in use', () => {
    const lines = quotaLines({ limits: [{ name: 'a' }, { name: 'b' }], total: 0, budgets: [] }, capture().terminal, NOW)
    expect(lines).to.have.length(1)
    expect(lines[0]).to.match(/^None of the 2 limits is in use/)
  })
})
