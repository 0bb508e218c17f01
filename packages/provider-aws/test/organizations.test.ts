import { startSimulator, type Simulator } from '@cae/cloud-simulator'
import { testContext } from '@cae/core/testing'
import { expect } from 'chai'
import { after, afterEach, before, describe, it } from 'mocha'
import { organizationAccounts, type OrganizationAccount } from '../src/plan/organizations.ts'
import { accountOf, callsTo, failure, strike } from './over-the-wire.ts'

const OPERATION = 'organizations:ListAccounts'

describe('accounts of an AWS organization', () => {
  let simulator: Simulator
  before(async () => {
    simulator = await startSimulator({ estate: { seed: 6, resources: 500, awsAccounts: 45, awsRegions: 1 } })
  })
  after(() => simulator.close())
  afterEach(() => simulator.setFaults([]))

  const page = (cursor: string | null, account = 0) =>
    organizationAccounts(callsTo(simulator), accountOf(simulator.estate.awsAccounts[account]!), testContext(), cursor)
  const all = async () => {
    const active: OrganizationAccount[] = []
    const inactive: OrganizationAccount[] = []
    let pages = 0
    for (let cursor: string | null = null; ;) {
      const found = await page(cursor)
      pages++
      active.push(...found.active)
      inactive.push(...found.inactive)
      if (found.next === null) return { active, inactive, pages }
      cursor = found.next
    }
  }

  it('are given page by page, each once', async () => {
    const { active, inactive, pages } = await all()
    expect(active.map(({ id }) => id)).to.deep.equal(simulator.estate.awsAccounts)
    expect(inactive).to.deep.equal([])
    expect(pages).to.equal(3)
  })

  it('do not end at an empty page that has a token', async () => {
    strike(simulator, { kind: 'empty_page', operation: OPERATION, page: 1 })
    expect((await page(null)).active).to.deep.equal([])
    expect((await all()).active).to.have.length(45)
  })

  it('that are suspended are told apart, not left out', async () => {
    const [, suspended] = simulator.estate.awsAccounts
    strike(simulator, { kind: 'account_suspended', scope: suspended! })
    const { active, inactive } = await all()
    expect(inactive).to.deep.equal([{ id: suspended, name: `account-${suspended!.slice(-4)}`, state: 'SUSPENDED' }])
    expect(active).to.have.length(44)
  })

  it('are not to be had from a member account, and that is no empty list', async () => {
    expect(await failure(page(null, 1))).to.include({ code: 'ACCESS_DENIED' })
  })

  it('are not to be had where there is no organization', async () => {
    strike(simulator, { kind: 'no_organization' })
    expect(await failure(page(null))).to.include({ code: 'NOT_ENABLED' })
  })

  it('ask for a new start where the token is no longer accepted', async () => {
    const { next } = await page(null)
    strike(simulator, { kind: 'expired_cursor', operation: OPERATION })
    expect(await failure(page(next))).to.include({ code: 'CURSOR_EXPIRED' })
  })

  it('tell the limiter of a throttle, and ask no second time', async () => {
    strike(simulator, { kind: 'throttle', operation: OPERATION })
    simulator.resetRequests()
    expect(await failure(page(null))).to.include({ code: 'THROTTLED' })
    expect(simulator.requests().aws[OPERATION]).to.include({ total: 1, throttled: 1 })
  })
})
