import { expect } from 'chai'
import { describe, it } from 'mocha'
import { KnownIds } from '../src/known-ids.ts'

describe('known ids', () => {
  it('knows each of 200,000 ids when it comes again, and takes none for another', () => {
    const ids = Array.from({ length: 200_000 }, (_, n) => `arn:aws:ec2:us-east-1:123456789012:instance/i-${n}`)
    const known = new KnownIds()
    expect(ids.filter((id) => known.add(id))).to.have.length(ids.length)
    expect(ids.filter((id) => known.add(id))).to.deep.equal([])
  })
})
