import { expect } from 'chai'
import { describe, it } from 'mocha'
import { createTally } from '../src/plan/counts.ts'
import { slicesFor, type Ground } from '../src/plan/partition.ts'

const HOST = 'compute.googleapis.com'
const GROUND: Ground = {
  scope: 'shop',
  region: 'global',
  query: { parent: 'projects/shop', readTime: '2026-11-01T00:00:00.000Z', content: ['resource'] },
}

describe('what the search counts under another name than the listing gives it', () => {
  it('is counted under that name, and missing where the listing lacks it', () => {
    const tally = createTally({ [HOST]: { Disk: 3, Address: 1, Instance: 1 } })
    const listed: number[] = []
    for (const kind of ['Disk', 'RegionDisk', 'GlobalAddress', 'Instance'])
      expect(tally.add(listed, `${HOST}/${kind}`)).to.equal(true)
    expect([...tally.missing(listed, new Set())]).to.deep.equal([[`${HOST}/Disk`, 1]])
    expect(tally.add(listed, `${HOST}/RegionAutoscaler`)).to.equal(false)
  })

  it('is not, where the search has that type by its own name', () => {
    const tally = createTally({ [HOST]: { Disk: 1, RegionDisk: 1 } })
    const listed: number[] = []
    tally.add(listed, `${HOST}/RegionDisk`)
    expect([...tally.missing(listed, new Set())]).to.deep.equal([[`${HOST}/Disk`, 1]])
  })

  it('is listed with it where it has a slice of its own, and left out of the others', () => {
    const slices = (kinds: Record<string, number>) =>
      slicesFor(GROUND, [[HOST, kinds]], []).map(({ query }) => [query['only'], query['except']])
    const both = [`${HOST}/Disk`, `${HOST}/RegionDisk`]
    expect(slices({ Disk: 10_000, Instance: 1 })).to.deep.equal([
      [both, undefined],
      [[HOST], both],
    ])
    expect(slices({ Disk: 10_000, RegionDisk: 1 })[1], 'counted by itself').to.deep.equal([[HOST], [`${HOST}/Disk`]])
    expect(slices({ Instance: 10_000 })[0]).to.deep.equal([[`${HOST}/Instance`], undefined])
  })
})
