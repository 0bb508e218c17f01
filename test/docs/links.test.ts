import { expect } from 'chai'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { documents, ROOT } from './documents.ts'
import { codeSpans, fileLinks } from './markdown.ts'

describe('the documents', () => {
  for (const { path, text, folder } of documents) {
    it(`${path} links only to files that exist`, () => {
      for (const target of fileLinks(text)) expect(existsSync(join(folder, target)), target).to.equal(true)
    })

    it(`${path} names only files that exist`, () => {
      const named = codeSpans(text).filter((code) =>
        /^(apps|packages|scripts|test|bench|docs|examples)\/[\w/.-]+$/.test(code),
      )
      for (const file of named.filter((one) => !one.includes('NAME')))
        expect(existsSync(join(ROOT, file)), file).to.equal(true)
    })
  }
})
