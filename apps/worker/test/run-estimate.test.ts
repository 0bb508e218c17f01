import type { Finding, Limit } from '@cae/core'
import { expect } from 'chai'
import { estimateRun } from '../src/run-estimate.ts'

const limit = (name: string, per: Limit['per'], ratePerSecond: number): Limit => ({
  name,
  per,
  ratePerSecond,
  burst: 1,
  where: {},
  source: 'a test',
})
const LIMITS = [limit('by.place', ['account', 'region'], 8), limit('by.principal', ['tenant', 'principal'], 4)]
const ALLOWED = { limits: LIMITS, headroom: 0.5 }

const finding = (scope: string, region: string, calls: Record<string, number>, resources?: number): Finding => ({
  scope,
  region,
  check: 'count',
  status: 'ok',
  estimate: { calls, ...(resources !== undefined && { resources }) },
})

describe('the estimate of a full run', () => {
  it('takes the place with the most calls where each place has a budget of its own', () => {
    const found = estimateRun(
      [finding('1', 'a', { 'by.place': 40 }, 4000), finding('1', 'b', { 'by.place': 80 }, 8000)],
      ALLOWED,
    )
    expect(found).to.deep.equal({
      resources: 12_000,
      calls: 120,
      // 80 calls at half of 8 a second.
      seconds: 20,
      decidedBy: 'by.place',
      limits: [{ name: 'by.place', calls: 120, busiest: 80, ratePerSecond: 4, seconds: 20 }],
      atLeast: false,
    })
  })

  it('adds up the calls of all places where they share one budget, and the slowest budget decides', () => {
    const found = estimateRun(
      [
        finding('1', 'a', { 'by.place': 10, 'by.principal': 30 }),
        finding('1', 'a', { 'by.place': 10 }),
        finding('2', 'a', { 'by.principal': 30 }),
      ],
      ALLOWED,
    )!
    expect(found.limits.map(({ name, busiest, seconds }) => [name, busiest, seconds])).to.deep.equal([
      ['by.principal', 60, 30],
      ['by.place', 20, 5],
    ])
    expect(found).to.include({ seconds: 30, decidedBy: 'by.principal', resources: null })
  })

  it('is only a lower bound where something is missing', () => {
    const missing: Finding = { scope: '2', region: 'a', check: 'count', status: 'missing' }
    expect(estimateRun([finding('1', 'a', { 'by.place': 1 }), missing], ALLOWED)!.atLeast).to.equal(true)
  })

  it('knows calls and no time where nothing limits them', () => {
    expect(estimateRun([finding('1', 'a', { 'by.place': 7 })], null)).to.include({
      calls: 7,
      seconds: null,
      decidedBy: null,
      atLeast: false,
    })
  })

  it('is only a lower bound where a check counts calls under a limit that nobody declares', () => {
    const found = estimateRun([finding('1', 'a', { 'by.place': 8, 'by.nobody': 1000 })], ALLOWED)
    expect(found).to.include({ calls: 1008, seconds: 2, decidedBy: 'by.place', atLeast: true })
  })

  it('is unknown where no check could tell', () => {
    expect(estimateRun([{ scope: '1', region: 'a', check: 'x', status: 'ok' }], ALLOWED)).to.equal(null)
  })
})
