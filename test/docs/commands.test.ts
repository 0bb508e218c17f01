import { expect } from 'chai'
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { startCluster, type Cluster } from '../support/index.ts'
import { curl } from './curl.ts'
import { documents, ROOT } from './documents.ts'
import { RUN_ELSEWHERE } from './run-elsewhere.ts'
import { runInShell } from './shell.ts'

const hasJq = spawnSync('jq', ['--version']).status === 0

/** The line, or what can be tried of it where there is no jq: what stands before it, or that its files are there. */
const runnable = (line: string) =>
  hasJq ? line : line.replace(/ \| jq .*/, '').replace(/^jq .*?(artifacts\/\S+).*/, 'ls $1')

describe('the commands of the documents', () => {
  let cluster: Cluster

  before(async () => {
    cluster = await startCluster({ clouds: { seed: 1, resources: 600 }, workers: 1 })
  })

  after(() => cluster.stop())

  let extracted: Promise<unknown> | undefined
  const extractOnce = () => (extracted ??= cluster.submit().then((id) => cluster.finished(id)))

  for (const { path, commands } of documents) {
    for (const line of commands.filter((one) => !Object.hasOwn(RUN_ELSEWHERE, one))) {
      const run = runnable(line)
      it(`${path}: ${line}${run === line ? '' : ` (without jq: ${run})`}`, async () => {
        if (line.startsWith('curl ')) {
          const response = await curl(line, cluster.apiUrl)
          expect(response.status, await response.text()).to.be.within(200, 299)
        } else if (line.startsWith('npx cae ')) {
          const { code, output } = await runInShell(run, { CAE_API_URL: cluster.apiUrl })
          expect(code, output).to.equal(0)
        } else if (line.startsWith('jq ')) {
          await extractOnce()
          const { code, output } = await runInShell(run, {}, dirname(cluster.folder))
          expect(code, output).to.equal(0)
          if (!line.includes('manifest')) expect(output).to.match(/aws[:/]/)
        } else throw new Error('nobody runs this line: name it in run-elsewhere.ts, with what does')
      })
    }
  }

  it('show the metrics that README.md names', async () => {
    const { text } = documents.find(({ path }) => path === 'README.md')!
    const answer = await (await fetch(`${cluster.apiUrl}/metrics`)).text()
    const there = [...answer.matchAll(/^# TYPE (cae_\w+)/gm)].map(([, name]) => name!)
    const named = [...text.matchAll(/`(cae_\w+)`/g)].map(([, name]) => name)
    expect(named).to.have.members(there.filter((name) => !name.startsWith('cae_api_')))
  })

  it('are all run, here or where run-elsewhere.ts says', () => {
    const all = documents.flatMap(({ commands }) => commands)
    expect(all).to.have.length.greaterThan(15)
    for (const [line, { where }] of Object.entries(RUN_ELSEWHERE)) {
      expect(all, 'no document says it any more').to.include(line)
      expect(existsSync(join(ROOT, where)), where).to.equal(true)
    }
  })

  it('name only scripts and workspaces that exist', () => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: object }
    for (const { path, text } of documents) {
      for (const [, name] of text.matchAll(/npm run ([\w:-]+)/g)) expect(scripts, path).to.have.property(name!)
      for (const [, folder] of text.matchAll(/npm \S+ -w (\S+?)`/g))
        expect(existsSync(join(ROOT, folder!)), folder).to.equal(true)
      for (const [, file] of text.matchAll(/node scripts\/run\.mjs (\S+?)[`\s]/g))
        expect(existsSync(join(ROOT, file!)), file).to.equal(true)
    }
  })
})
