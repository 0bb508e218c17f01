import { expect } from 'chai'
import { readFileSync } from 'node:fs'
import { errorsDocument } from './errors-document.ts'

describe('docs/errors.md', () => {
  it('lists exactly the errors of the table', () => {
    expect(readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8')).to.equal(errorsDocument())
  })
})
