import { testContext } from '@cae/core/testing'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { openCount } from '../src/plan/count.ts'
import type { Query } from '../src/client/graph.ts'
import { pageSizes } from '../src/plan/page-sizes.ts'
import { readQuery, type SliceQuery } from '../src/slice.ts'

const A = '00000000-0000-4000-8000-00000000000a'
const B = '00000000-0000-4000-8000-00000000000b'

/** What Resource Graph may write otherwise than it does, as far as anybody knows. */
describe('counts of rows by subscription', () => {
  const plan = async (slice: Partial<SliceQuery>, rows: object[]) => {
    const query = (async () => ({ rows, skipToken: undefined })) as unknown as Query
    const counting = { sizes: pageSizes(), refusals: { unions: false } }
    const whole = { step: 'count', table: 'resources', subscriptions: [A, B], ...slice } as const
    return (await openCount(query, whole, testContext(), counting).read(null)).plan!
  }

  it('are of one subscription, however its id is written', async () => {
    const { slices } = await plan({}, [
      { subscriptionId: A, rows: 900, source: 'resources' },
      { subscriptionId: A.toUpperCase(), rows: 900, source: 'resources' },
    ])
    expect(slices.map(({ scope, expected }) => [scope, expected!.count])).to.deep.equal([[A, 1800]])
  })

  it('make no subscription of what belongs to none', async () => {
    for (const subscriptionId of ['', null]) {
      const rows = [
        { subscriptionId: A, rows: 5, source: 'policyresources' },
        { subscriptionId, rows: 40, source: 'policyresources' },
      ]
      const { slices, gaps } = await plan({ table: 'policyresources' }, rows)
      expect(slices.map(({ query, expected }) => [readQuery(query).subscriptions, expected!.count])).to.deep.equal([
        [[A], 5],
      ])
      expect(gaps).to.deep.equal([])
    }
  })

  it('tell of rows that belong to none where no slice reads such', async () => {
    const { gaps } = await plan({ table: 'kustoresources' }, [
      { subscriptionId: '', rows: 2, source: 'kustoresources' },
    ])
    expect(gaps.map(({ partition, code }) => [partition, code])).to.deep.equal([
      ['kustoresources-above', 'COUNT_MISMATCH'],
    ])
    expect(gaps[0]!.message).to.match(/2 rows of kustoresources belong to no subscription/)
  })
})
