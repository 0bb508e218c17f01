import { toTask, type Slice } from '@cae/core'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { packed, partSlices, type Count } from '../src/plan/pack.ts'
import { pageSizes, pagesFor } from '../src/plan/page-sizes.ts'
import { after, partitionAt, readCursor, splitAfter, writeCursor, type Cursor } from '../src/read/partitions.ts'
import { readQuery, type SliceQuery } from '../src/slice.ts'

const ROWS = { table: 'resources' } as const
const SIZES = pageSizes()
const counts = (...rows: number[]): Count[] =>
  rows.map((count, n) => ({ subscription: `0000000${n}-0000-4000-8000-000000000000`, rows: count }))

describe('packing', () => {
  it('puts subscriptions into one query that fit into one page, and says how many rows they have together', () => {
    const slices = packed(ROWS, counts(500, 10, 400, 460), SIZES)
    expect(slices.map(({ expected }) => expected!.count)).to.deep.equal([960, 410])
    expect(slices.map(({ query }) => readQuery(query).subscriptions!.length)).to.deep.equal([2, 2])
    expect(slices.map(({ query }) => readQuery(query).counts)).to.deep.equal([
      [500, 460],
      [10, 400],
    ])
  })

  it('names a slice after its subscription, and after the first of several', () => {
    const [first, second] = packed(ROWS, counts(900, 30, 31), SIZES)
    expect(first!.scope).to.match(/^00000000-0000-4000-8000-000000000000\+1-[a-z0-9]+$/)
    expect(second!.scope).to.equal('00000001-0000-4000-8000-000000000000')
  })

  it('gives a subscription of several pages a slice of its own', () => {
    const [slice] = packed(ROWS, counts(9200), SIZES)
    expect(slice!.query).to.include({ pages: 10 })
    expect(slice!.expected!.count).to.equal(9200)
  })

  it('has one of very many pages counted by parts', () => {
    const [slice] = packed(ROWS, counts(1_000_000), SIZES)
    expect(slice).to.include({ partition: 'resources-parts', plans: true })
    expect(slice!.query).to.include({ parts: 68, count: 1_000_000 })
  })

  it('says nothing of a subscription without rows', () => {
    expect(packed(ROWS, counts(0, 0), SIZES)).to.deep.equal([])
  })

  it('gives the same slices whatever the order of the counts', () => {
    const all = counts(500, 10, 400, 460, 10, 2000, 400)
    expect(packed(ROWS, all.toReversed(), SIZES)).to.deep.equal(packed(ROWS, all, SIZES))
  })

  describe('again after a crash', () => {
    const idOf = (slice: Slice) => toTask('run1', 'azure', '2026-11-01T00:00:00.000Z', slice).id
    const before = packed(ROWS, counts(500, 460, 400, 10), SIZES)

    it('gives the same tasks while counts are the same', () => {
      const again = packed(ROWS, counts(500, 460, 400, 10).toReversed(), SIZES)
      expect(again.map(idOf)).to.deep.equal(before.map(idOf))
      expect(new Set(before.map(idOf)).size).to.equal(2)
    })

    it('leaves no subscription out where they are shared out otherwise, whatever part of the plan was kept', () => {
      const after = packed(ROWS, counts(500, 400, 460, 10), SIZES)
      const names = (slices: readonly Slice[]) => slices.map(({ query }) => readQuery(query).subscriptions!.join())
      expect(names(after)[0]).to.not.equal(names(before)[0])
      for (const kept of before) {
        const ids = new Set([idOf(kept)])
        const tasks = [kept, ...after.filter((slice) => !ids.has(idOf(slice)))]
        const read = new Set(tasks.flatMap(({ query }) => readQuery(query).subscriptions!))
        expect([...read].toSorted()).to.deep.equal(counts(500, 400, 460, 10).map(({ subscription }) => subscription))
      }
    })
  })

  it('keeps a slice of three hundred subscriptions below 13 KB, and any of one below 200 bytes', () => {
    const many = packed(
      ROWS,
      Array.from({ length: 300 }, (_, n) =>
        counts(1).map((one) => ({ ...one, subscription: one.subscription.slice(0, -3) + String(100 + n) })),
      ).flat(),
      SIZES,
    )
    expect(many).to.have.length(1)
    expect(JSON.stringify(many[0]).length).to.be.at.most(13_000)
    expect(JSON.stringify(packed(ROWS, counts(5000), SIZES)[0]!.query).length).to.be.at.most(200)
  })

  it('lets the first part owe what is out of sight by the time the parts are counted', () => {
    const query: SliceQuery = { ...ROWS, step: 'parts', subscriptions: ['a'], parts: 3, count: 100 }
    const slices = partSlices(
      query,
      new Map([
        [1, 40],
        [2, 30],
      ]),
      SIZES,
    )
    expect(slices.map(({ partition, expected }) => [partition, expected!.count])).to.deep.equal([
      ['resources-0-of-3', 30],
      ['resources-1-of-3', 40],
      ['resources-2-of-3', 30],
    ])
  })
})

describe('parts', () => {
  it('owe what was counted in none of them', () => {
    const query: SliceQuery = { ...ROWS, step: 'parts', subscriptions: ['a'], parts: 2, count: 100 }
    const slices = partSlices(
      query,
      new Map([
        [0, 30],
        [1, 30],
        [-1, 40],
      ]),
      SIZES,
    )
    expect(slices.map(({ expected }) => expected!.count)).to.deep.equal([70, 30])
  })
})

describe('pages', () => {
  it('are as full as the scatter of hashes lets them be', () => {
    const rows = [960, 961, 1900, 1960, 2800, 9200, 100_000]
    expect(rows.map((count) => pagesFor(count, SIZES))).to.deep.equal([1, 2, 2, 2, 3, 10, 108])
  })

  it('hold a row at least each, however small pages are', () => {
    expect([0, 1, 2, 5].map((count) => pagesFor(count, pageSizes(1)))).to.deep.equal([1, 1, 3, 6])
  })
})

describe('partitions', () => {
  const rows: SliceQuery = { ...ROWS, parts: 3, part: 2, pages: 4 }

  /** Ids by their hash, and which partitions hold each. */
  const walk = (isTooLarge: (modulus: number) => boolean) => {
    const seen = new Map<number, number>()
    let steps = 0
    for (let cursor: Cursor | null = readCursor(null); cursor; steps++) {
      const again = readCursor(writeCursor(cursor))
      expect(again).to.deep.equal(cursor)
      const { modulus, rest } = partitionAt(again, rows)!
      if (isTooLarge(modulus)) {
        cursor = splitAfter(again, { modulus, rest }, rows)
        continue
      }
      for (let hash = 0; hash < 960; hash++) if (hash % modulus === rest) seen.set(hash, (seen.get(hash) ?? 0) + 1)
      cursor = after(again, rows)
    }
    return { seen, steps }
  }

  it('are walked through once each', () => {
    const { seen, steps } = walk(() => false)
    expect(steps).to.equal(4)
    expect([...seen.keys()].every((hash) => hash % 3 === 2)).to.equal(true)
    expect(seen.size).to.equal(320)
  })

  it('give way to their halves, and hold the same then', () => {
    const { seen, steps } = walk((modulus) => modulus < 48)
    expect(steps).to.equal(4 + 8 + 16)
    expect(seen.size).to.equal(320)
    expect([...seen.values()].every((times) => times === 1)).to.equal(true)
  })

  it('that stay too large are lost, and the slice stands past its end with that', () => {
    let cursor: Cursor = { page: 4, split: [{ modulus: 12 * 2 ** 12, rest: 2 }], lost: 0 }
    cursor = splitAfter(cursor, cursor.split[0]!, rows)
    expect(cursor).to.deep.equal({ page: 4, split: [], lost: 1 })
    expect(partitionAt(cursor, rows)).to.equal(undefined)
  })
})
