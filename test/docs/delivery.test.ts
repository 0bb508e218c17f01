import { OUTCOMES } from '@cae/core'
import { expect } from 'chai'
import { readDocument } from './documents.ts'
import { codeSpans, tableRows } from './markdown.ts'

describe('docs/delivery.md', () => {
  it('says what each outcome means, in their order, and knows no other', () => {
    const named = tableRows(readDocument('docs/delivery.md').text).flatMap(([outcome]) => codeSpans(outcome!))
    expect(named).to.deep.equal([...OUTCOMES])
  })
})
