import { expect } from 'chai'
import { describe, it } from 'mocha'
import { ReusedBytes, releaseBytes } from '../src/reused-bytes.ts'

const MIB = 1024 * 1024

const gathered = (pieces: readonly Buffer[], expected?: number) => {
  const answer = new ReusedBytes(expected)
  for (const piece of pieces) answer.add(piece)
  return answer.bytes
}
const pieces = (count: number, size: number) => Array.from({ length: count }, (_, n) => Buffer.alloc(size, n + 1))

describe('Bytes in memory that is used again', () => {
  it('are its pieces in order, whatever was expected of their length', () => {
    const parts = pieces(40, 50_000)
    for (const expected of [undefined, 5, 20_000, 2_000_000, 10_000_000]) {
      const bytes = gathered(parts, expected)
      expect(bytes.equals(Buffer.concat(parts)), `${expected}`).to.equal(true)
      releaseBytes(bytes)
    }
    expect(gathered([])).to.have.lengthOf(0)
  })

  it('are texts in UTF-8, in order with the pieces', () => {
    const texts = ['plain ', 'Zoë 東京 🗼 ', 'x'.repeat(700_000), '\ud800 alone', '', 'é'.repeat(400_000)]
    const bytes = new ReusedBytes()
    for (const text of texts) {
      bytes.write(text)
      bytes.add(Buffer.from('|'))
    }
    expect(bytes.bytes.equals(Buffer.from(texts.map((text) => `${text}|`).join('')))).to.equal(true)
  })

  it('are copies: a piece may be used again once it was added', () => {
    const piece = Buffer.from('one')
    const bytes = gathered([piece])
    piece.write('two')
    expect(bytes.toString()).to.equal('one')
  })

  it('are in memory of their own until they are released, and the next answer is in it then', () => {
    const [first, second] = [gathered(pieces(2, MIB)), gathered(pieces(2, MIB))]
    expect(second.buffer).to.not.equal(first.buffer)
    releaseBytes(first)
    expect(gathered(pieces(2, MIB), 2 * MIB).buffer).to.equal(first.buffer)
    expect(second.equals(Buffer.concat(pieces(2, MIB)))).to.equal(true)
  })

  it('are released once: who does it again takes nobody’s memory', () => {
    const bytes = gathered(pieces(1, MIB), MIB)
    releaseBytes(bytes)
    releaseBytes(bytes)
    const [one, other] = [gathered(pieces(1, MIB), MIB), gathered(pieces(1, MIB), MIB)]
    expect(one.buffer).to.not.equal(other.buffer)
  })

  it('may be released by any part of them, and what was gathered elsewhere is left alone', () => {
    const bytes = gathered(pieces(1, MIB), MIB)
    releaseBytes(bytes.subarray(5))
    const foreign = Buffer.alloc(MIB)
    releaseBytes(foreign)
    const next = [gathered([], MIB), gathered([], MIB)]
    expect(next[0]!.buffer).to.equal(bytes.buffer)
    expect(next[1]!.buffer).to.not.equal(foreign.buffer)
  })

  it('take memory that fits: what a large one leaves is not for a small one as long as there is less', () => {
    const [large, small] = [gathered([], 4 * MIB), gathered([], 20_000)]
    releaseBytes(large)
    releaseBytes(small)
    expect(gathered([], 30_000).buffer).to.equal(small.buffer)
  })

  it('take no memory for more than 8 MiB that are only said to come', () => {
    expect(gathered([], 1024 * MIB).buffer.byteLength).to.equal(8 * MIB)
  })

  it('keep no memory beyond a bound, nor that of an answer of unusual size', () => {
    const huge = gathered(pieces(9, MIB), 8 * MIB)
    releaseBytes(huge)
    expect(gathered(pieces(9, MIB), 8 * MIB).buffer).to.not.equal(huge.buffer)
    const many = Array.from({ length: 10 }, () => gathered([], 8 * MIB))
    for (const bytes of many) releaseBytes(bytes)
    const again = Array.from({ length: 10 }, () => gathered([], 8 * MIB).buffer)
    expect(many.filter(({ buffer }) => again.includes(buffer)).length).to.be.within(1, 3)
  })
})
