import { expect } from 'chai'
import { readFileSync } from 'node:fs'
import { artifactsDocument } from './artifacts-document.ts'

describe('docs/artifacts.md', () => {
  it('shows one artifact of each cloud, as it is delivered today', async () => {
    const document = readFileSync(new URL('../../docs/artifacts.md', import.meta.url), 'utf8')
    // The formatter folds short lists and objects; what counts is what is in them.
    expect(values(document)).to.deep.equal(values(await artifactsDocument()))
  })
})

function values(document: string): unknown[] {
  return [...document.matchAll(/```json\n([^]*?)\n```/g)].map(([, json]) => JSON.parse(json!) as unknown)
}
