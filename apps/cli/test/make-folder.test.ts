import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { after, before, describe, it } from 'mocha'
import { makeFolder } from '../src/stack/make-folder.ts'
import { temporaryFolder } from './support/folder.ts'
import { run } from './support/host.ts'

describe('a folder that people name', () => {
  let folder: ReturnType<typeof temporaryFolder>
  before(() => {
    folder = temporaryFolder()
  })
  after(() => folder.remove())

  it('is made with those above it, and may be there already', () => {
    for (let times = 0; times < 2; times++) makeFolder(join(folder.path, 'a/b/c'))
    expect(existsSync(join(folder.path, 'a/b/c'))).to.equal(true)
  })

  it('that cannot be made is refused at once, in words', async () => {
    const file = join(folder.path, 'file')
    writeFileSync(file, '')
    expect(() => makeFolder(file)).to.throw(`cannot use the folder ${file}: it is a file`)
    expect(() => makeFolder(join(file, 'x'))).to.throw('a file stands in its way')
    expect(() => makeFolder('/proc/nothing/here')).to.throw('no folder can be made there')
    const { code, err } = await run(['demo', '--out', file, '--data', join(folder.path, 'data')])
    expect({ code, err }).to.deep.equal({ code: 1, err: `cae: cannot use the folder ${file}: it is a file\n` })
  })
})
