import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { after, before, describe, it } from 'mocha'
import { filesOf, noteArtifactsFolder } from '../src/stack/artifacts-folder.ts'
import { temporaryFolder } from './support/folder.ts'

describe('the files of a job', () => {
  let folder: ReturnType<typeof temporaryFolder>
  before(() => {
    folder = temporaryFolder()
  })
  after(() => folder.remove())

  it('are where `up` noted that its workers write, or in the default folder, and nowhere else', () => {
    const cwd = folder.path
    expect(filesOf('JOB', { cwd })).to.equal(null)
    mkdirSync(join(cwd, '.data'))
    noteArtifactsFolder(join(cwd, '.data'), join(cwd, 'out'))
    expect(filesOf('JOB', { cwd }), 'it has written nothing of it').to.equal(null)
    mkdirSync(join(cwd, 'out/JOB'), { recursive: true })
    mkdirSync(join(cwd, 'artifacts/OLD'), { recursive: true })
    expect([filesOf('JOB', { cwd }), filesOf('OLD', { cwd })]).to.deep.equal(['out/JOB', 'artifacts/OLD'])
    noteArtifactsFolder(join(cwd, '.data'), null)
    expect(filesOf('JOB', { cwd })).to.equal(null)
  })
})
