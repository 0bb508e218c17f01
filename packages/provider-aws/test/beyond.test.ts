import { ExtractionError } from '@cae/core'
import { testArtifact } from '@cae/core/testing'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { beyond, type Queries } from '../src/read/beyond.ts'

/** Queries that have these ids, of which so many were counted by planning. */
function queriesOf(rows: Readonly<Record<string, string>>, planned: number): Queries {
  return {
    within: { resourceType: ['AWS::SQS::Queue'] },
    planned,
    count: async () => Object.keys(rows).length,
    rows: async (expression) => {
      if (expression.includes('\\')) throw new ExtractionError('REQUEST_INVALID', 'invalid escape')
      return Object.entries(rows)
        .filter(([id]) => expression.includes(`'${id}'`))
        .map(([resourceId, configurationItemStatus]) => JSON.stringify({ resourceId, configurationItemStatus }))
    },
    toArtifacts: async (all) => all.map((_, n) => testArtifact(n)),
  }
}
const keys = ['a', 'b', 'c'].map((id) => ({ id }))
const idsOf = (page: Awaited<ReturnType<typeof beyond>>) => page.keys.map(({ id }) => id)
const FIRST = { isFirst: true, isLast: false }
const MIDDLE = { isFirst: false, isLast: false }
const LAST = { isFirst: false, isLast: true }

describe('a listing of what queries do not have', () => {
  it('leaves out what they have', async () => {
    const page = await beyond(queriesOf({ a: 'OK', b: 'OK' }, 2), keys, FIRST)
    expect(page).to.deep.equal({ keys: [{ id: 'c' }], artifacts: [] })
  })

  it('gives that too where they had less when slices were planned, on all its pages', async () => {
    const queries = queriesOf({ a: 'OK', b: 'OK' }, 1)
    const first = await beyond(queries, keys, FIRST)
    expect(first.artifacts).to.have.length(2)
    expect(first.given).to.equal(true)
    const next = await beyond(queries, keys, { ...MIDDLE, given: true })
    expect([next.artifacts.length, idsOf(next)]).to.deep.equal([2, ['c']])
  })

  it('says how many they have learnt of after its first page, which may be in no slice', async () => {
    const page = await beyond(queriesOf({ a: 'OK', b: 'OK' }, 1), keys, LAST)
    expect(page).to.deep.equal({ keys: [{ id: 'c' }], artifacts: [], learnt: 1 })
  })

  it('names what they have as deleted, since it is listed', async () => {
    const page = await beyond(queriesOf({ a: 'OK', b: 'ResourceDeleted' }, 2), keys, FIRST)
    expect(idsOf(page)).to.deep.equal(['b', 'c'])
  })

  it('names what they can not be asked for', async () => {
    const odd = [{ id: 'a' }, { id: String.raw`b\c` }]
    expect(idsOf(await beyond(queriesOf({ a: 'OK' }, 1), odd, FIRST))).to.deep.equal(['a', String.raw`b\c`])
  })
})
