import { expect } from 'chai'
import { describe, it } from 'mocha'
import { createRetained } from '../src/read/retained.ts'

describe('what is retained of tasks that went back', () => {
  it('is given once, to the task that it is of', async () => {
    const retained = createRetained()
    const knowledge = retained.take('a')
    await retained.give('a', knowledge)
    expect(retained.take('b')).to.not.equal(knowledge)
    expect(retained.take('a')).to.equal(knowledge)
    expect(retained.take('a')).to.not.equal(knowledge)
  })

  it('is dropped, the oldest first, where there is too much of it', async () => {
    const retained = createRetained(2)
    const [a, b, c] = ['a', 'b', 'c'].map((task) => retained.take(task))
    await retained.give('a', a!)
    await retained.give('b', b!)
    await retained.give('c', c!)
    expect(retained.take('a')).to.not.equal(a)
    expect(retained.take('b')).to.equal(b)
    expect(retained.take('c')).to.equal(c)
  })

  it('does not include what was refused, which may have been granted by then', async () => {
    const retained = createRetained()
    const knowledge = retained.take('a')
    knowledge.beside.refused.set('iam_policy', null as never)
    await retained.give('a', knowledge)
    expect(retained.take('a').beside.refused.size).to.equal(0)
  })
})
