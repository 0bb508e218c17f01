import { setImmediate as turn } from 'node:timers/promises'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { inParallel } from '../src/index.ts'

describe('inParallel', () => {
  const items = [5, 1, 4, 2, 3]
  const turns = async (count: number) => {
    for (let n = 0; n < count; n++) await turn()
  }

  it('gives the results in the order of the items, whichever is first', async () => {
    const results = await inParallel(items, 3, async (item, index) => {
      await turns(item)
      return `${index}:${item}`
    })
    expect(results).to.deep.equal(['0:5', '1:1', '2:4', '3:2', '4:3'])
  })

  it('works on as many at once as it may, and no more', async () => {
    let now = 0
    let most = 0
    await inParallel(items, 2, async (item) => {
      most = Math.max(most, ++now)
      await turns(item)
      now--
    })
    expect(most).to.equal(2)
  })

  it('has nothing to do where there are no items', async () => {
    expect(await inParallel([], 3, () => Promise.reject(new Error('no')))).to.deep.equal([])
  })

  it('begins no more after a failure, and throws it once those under way have ended', async () => {
    const begun: number[] = []
    const ended: number[] = []
    const thrown = await inParallel(items, 2, async (item) => {
      begun.push(item)
      await turns(item)
      if (item === 1) throw new Error('one')
      ended.push(item)
    }).catch((error: unknown) => error)
    expect(thrown).to.be.instanceOf(Error).with.property('message', 'one')
    expect([begun, ended]).to.deep.equal([[5, 1], [5]])
  })
})
