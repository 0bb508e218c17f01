import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { afterEach, beforeEach, describe, it } from 'mocha'
import { lockFolder } from '../src/stack/folder-lock.ts'
import { temporaryFolder } from './support/folder.ts'

describe('a locked data folder', () => {
  let folder: ReturnType<typeof temporaryFolder>
  beforeEach(() => {
    folder = temporaryFolder()
  })
  afterEach(() => folder.remove())

  it('is refused to another process while its holder runs', () => {
    const release = lockFolder(folder.path, process.pid)
    expect(() => lockFolder(folder.path, 1)).to.throw(`in use by another cae (pid ${process.pid})`)
    release()
    lockFolder(folder.path, 1)()
  })

  it('is refused in words where nothing can be written into it', () => {
    mkdirSync(join(folder.path, 'cae.pid'))
    expect(() => lockFolder(folder.path, process.pid)).to.throw(`cannot use the folder ${folder.path}: `)
  })

  it('is taken over from a holder that is gone, or that left nonsense', () => {
    for (const holder of ['999999999', 'x', '']) {
      writeFileSync(join(folder.path, 'cae.pid'), holder)
      lockFolder(folder.path, process.pid)()
    }
  })
})
