import { expect } from 'chai'
import { describe, it } from 'mocha'
import { batchId, fnv1a, toTask, type Slice } from '../src/index.ts'

const AS_OF = '2026-11-01T00:00:00.000Z'

const slice = (scope: string, region = 'us-east-1', partition = 'all'): Slice => ({
  scope,
  region,
  partition,
  query: {},
})
const idOf = (...parts: [string, string?, string?]) => toTask('run1', 'gcp', AS_OF, slice(...parts)).id

describe('toTask', () => {
  it('derives the id from run, provider, scope, region and partition', () => {
    const task = toTask('run1', 'aws', AS_OF, slice('123456789012'))
    expect(task).to.deep.equal({
      id: 'run1-aws.123456789012.us-east-1.all',
      runId: 'run1',
      provider: 'aws',
      asOf: AS_OF,
      ...slice('123456789012'),
    })
  })

  it('gives the same slice the same id', () => {
    expect(idOf('organizations/1', 'global', 'a b')).to.equal(idOf('organizations/1', 'global', 'a b'))
  })

  it('gives different slices different ids, also where names had to be changed', () => {
    const names = [
      'a',
      'A',
      'a_b',
      'a.b',
      'a/b',
      'a:b',
      'a b',
      'a b ',
      'a//b',
      'é',
      'è',
      '☃',
      '',
      '_',
      '.',
      '..',
      '...',
    ]
    names.push(
      'x'.repeat(80),
      'x'.repeat(81),
      'x'.repeat(82),
      `${'x'.repeat(80)}y`,
      'organizations/1',
      'organizations_1',
    )
    const ids = names.flatMap((name) => [idOf(name), idOf('s', name), idOf('s', 'r', name)])
    expect(new Set(ids).size).to.equal(ids.length)
  })

  it('does not confuse the borders of the parts', () => {
    expect(idOf('a.b', 'c', 'd')).to.not.equal(idOf('a', 'b.c', 'd'))
    expect(idOf('a', 'b', 'c.d')).to.not.equal(idOf('a', 'b.c', 'd'))
  })

  it('makes ids that a queue and a file system take, of bounded length', () => {
    for (const name of ['', '..', '../../x', 'a:b', 'a\0b', '☃'.repeat(500), 'x'.repeat(5000)]) {
      const id = idOf(name, name, name)
      expect(id).to.match(/^run1-gcp(\.[A-Za-z0-9_-]*){3}$/)
      expect(id.length).to.be.at.most(320)
    }
  })
})

describe('batchId', () => {
  it('is task and sequence, with digits that sort', () => {
    expect(batchId('run1-aws.1.global.all', 42)).to.equal('run1-aws.1.global.all-000042')
    expect(batchId('t', 1_234_567)).to.equal('t-1234567')
  })
})

describe('fnv1a', () => {
  it('tells a hundred thousand similar names apart', () => {
    const hashes = new Set(Array.from({ length: 100_000 }, (_, n) => fnv1a(`cursor-${n}`)))
    expect(hashes.size).to.equal(100_000)
  })

  it('is short and safe in a name', () => {
    for (const text of ['', 'a', '☃', 'x'.repeat(10_000)]) expect(fnv1a(text)).to.match(/^[a-z0-9]{1,11}$/)
  })
})
