import { expect } from 'chai'
import { describe, it } from 'mocha'
import { partsOf } from '../src/client/rows-apart.ts'

interface Row {
  readonly id: string
  readonly [column: string]: unknown
}

/** As Resource Graph writes a row. Rows within it begin like one. */
const rowOf = (n: number): Row => ({
  id: `/subscriptions/s/resource ${n}`,
  name: `Zoë ${n} 東京 🗼`,
  type: 'microsoft.test/things',
  tenantId: 't',
  properties: {
    text: `ends in },{"id":"x","tenantId":"t" ${'.'.repeat(n % 700)}`,
    list: [{ id: `a${n}` }, { id: `b${n}` }],
    rows: [
      { id: 'c', name: 'n', type: 't', tenantId: 't' },
      { id: 'd', name: 'n', type: 't', tenantId: 't' },
    ],
    last: n % 3 === 0 ? [{}] : [],
  },
  tags: n % 2 === 0 ? null : { a: '}]' },
})
const bodyOf = (data: readonly unknown[], rest: object = {}) =>
  Buffer.from(
    JSON.stringify({ totalRecords: 9, count: data.length, data, facets: [], resultTruncated: 'false', ...rest }),
  )

describe('The rows of an answer of Resource Graph', () => {
  for (const count of [1, 2, 100, 1000]) {
    it(`are parsed in groups, ${count} of them`, () => {
      const rows = Array.from({ length: count }, (_, n) => rowOf(n))
      const body = bodyOf(rows, { $skipToken: 'next' })
      const before = Buffer.from(body)
      const parts = partsOf(body)!
      expect(parts.rows).to.deep.equal(rows)
      expect(JSON.parse(parts.rest)).to.deep.equal({
        ...(JSON.parse(before.toString()) as object),
        data: [],
      })
      expect(body.equals(before)).to.equal(true)
    })
  }

  it('are told from rows within a row, whichever of them begin where a group could end', () => {
    const within = Array.from({ length: 300 }, (_, n) => ({
      id: `${n}`,
      name: 'n'.repeat(300),
      type: 't',
      tenantId: 't',
    }))
    const rows = [{ ...rowOf(1), within: within.slice(0, 4) }, rowOf(2), rowOf(3)]
    expect(partsOf(bodyOf(rows))!.rows).to.deep.equal(rows)
    // One row of more than a group in which every try fails is left to a parser, and no byte of it is changed.
    const body = bodyOf([{ ...rowOf(1), within }, rowOf(2)])
    const before = Buffer.from(body)
    expect(partsOf(body)).to.equal(undefined)
    expect(body.equals(before)).to.equal(true)
  })

  it('are all of them where no row says its tenant, or the last one alone', () => {
    const rows = Array.from({ length: 500 }, (_, n) => ({ ...rowOf(n), tenantId: null, properties: null }))
    expect(partsOf(bodyOf(rows))!.rows).to.deep.equal(rows)
    const last = [...rows, rowOf(500), rowOf(501)]
    expect(partsOf(bodyOf(last))!.rows).to.deep.equal(last)
  })

  const many = Array.from({ length: 500 }, (_, n) => rowOf(n))
  const left: Record<string, Buffer> = {
    'without rows': bodyOf([]),
    'that is no list of rows': Buffer.from('{"data":"none"}'),
    'with white space': Buffer.from(JSON.stringify({ count: 2, data: [rowOf(1), rowOf(2)] }, null, 1)),
    'that ends early': bodyOf(many).subarray(0, 90_000),
    'with another number of rows than it says': bodyOf(many, { count: 499 }),
    'whose rows are in another list before': Buffer.from(
      JSON.stringify({ facets: [{ data: [{ id: 'f' }] }], count: 1, data: [{ id: 'a' }] }),
    ),
  }
  for (const [what, body] of Object.entries(left)) {
    it(`are left to the SDK in an answer ${what}`, () => expect(partsOf(body)).to.equal(undefined))
  }
})
