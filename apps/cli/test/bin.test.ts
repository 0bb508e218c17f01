import { expect } from 'chai'
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const BIN = fileURLToPath(new URL('../bin/cae.mjs', import.meta.url))
const MODULES = fileURLToPath(new URL('../../../node_modules', import.meta.url))

describe('the file that `cae` is', () => {
  let root: string
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'cae-bin-'))
    symlinkSync(MODULES, join(root, 'node_modules'))
    mkdirSync(join(root, 'packages'))
    mkdirSync(join(root, 'apps/cli/bin'), { recursive: true })
    cpSync(BIN, join(root, 'apps/cli/bin/cae.mjs'))
  })
  afterEach(() => rmSync(root, { recursive: true }))

  /** Writes files, each a second younger than the one before, and its folders as old as it is. */
  const lay = (...files: readonly (readonly [path: string, text: string])[]) => {
    for (const [second, [path, text]] of files.entries()) {
      const file = join(root, path)
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(file, text)
      for (const each of [file, dirname(file)]) utimesSync(each, 1e9 + second, 1e9 + second)
    }
  }
  const source = ['apps/cli/src/main.ts', "const says: string = 'source'; console.log(says)"] as const
  const built = ['apps/cli/dist/main.js', "console.log('built')"] as const
  const note = ['apps/cli/dist/.tsbuildinfo', ''] as const
  const run = () => {
    const { stdout, stderr } = spawnSync(process.execPath, [join(root, 'apps/cli/bin/cae.mjs')], { encoding: 'utf8' })
    return stdout.trim() || stderr
  }

  it('runs the source where nothing was built', () => {
    lay(source)
    expect(run()).to.equal('source')
  })

  it('runs what was built of it', () => {
    lay(source, built, note)
    expect(run()).to.equal('built')
  })

  it('runs what was built where there is no source, as in the image', () => {
    lay(built)
    expect(run()).to.equal('built')
  })

  it('runs the source where no more than a note was left of what was built', () => {
    lay(source, note)
    expect(run()).to.equal('source')
  })

  it('takes no notice of what an editor leaves beside a source', () => {
    lay(source, built, note)
    symlinkSync('nobody@nowhere.1', join(root, 'apps/cli/src/.#main.ts'))
    writeFileSync(join(root, 'apps/cli/src/.main.ts.swp'), '')
    expect(run()).to.equal('built')
  })

  it('runs the source where that is younger, in any of the packages', () => {
    lay(built, note, source)
    expect(run()).to.equal('source')
    lay(source, built, note, ['packages/core/src/index.ts', ''])
    expect(run()).to.equal('source')
    lay(['packages/core/src/index.ts', ''], ['packages/core/dist/.tsbuildinfo', ''])
    expect(run()).to.equal('built')
  })
})
