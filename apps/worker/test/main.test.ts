import { expect } from 'chai'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

const MAIN = fileURLToPath(new URL('../dist/main.js', import.meta.url))

describe('the worker as a process', () => {
  let folder: string
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'cae-worker-'))
  })
  after(() => rm(folder, { recursive: true }))

  /** How it ends, and what it says, where `CONFIG_FILE` holds this. */
  const startWith = async (yaml: string) => {
    const file = join(folder, 'cae.yaml')
    await writeFile(file, yaml)
    const child = spawn(process.execPath, [MAIN], {
      env: { PATH: process.env['PATH'], CONFIG_FILE: file },
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    const [said, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')])
    return { file, said, code: code as number | null }
  }

  it('ends with 1 and names every problem of its settings with its path', async () => {
    const { said, code } = await startWith(
      'batch_size: 0\nworker:\n  concurency:\n    aws: 1\n  attempts: none\nazure:\n  tables: [ressources]\n',
    )
    expect(code).to.equal(1)
    expect(said).to.match(/^worker: 4 problems in the settings$/m)
    for (const path of ['batch_size', 'worker.concurency', 'worker.attempts', 'azure.tables[0]'])
      expect(said).to.include(`\n  ${path}: `)
  })

  it('ends with 1 where a secret would cross a network in the clear, and names it without its value', async () => {
    const { said, code } = await startWith(
      'enabled_providers: [aws]\ntransport:\n  type: http\n  endpoint_url: http://far.example/\n  headers: { X-Token: hush }\n',
    )
    expect(code).to.equal(1)
    expect(said).to.equal(
      'worker: 1 problem in the settings\n' +
        '  transport.headers.X-Token: would go over plain http: use https, or set allow_insecure to true\n',
    )
  })

  it('ends at once where it is told to while it waits for Redis, also as the first process of a container', async () => {
    const child = spawn(process.execPath, [MAIN], {
      env: { PATH: process.env['PATH'], REDIS_URL: 'redis://127.0.0.1:1' },
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    const exited = once(child, 'exit')
    await once(child.stderr, 'data')
    child.kill('SIGTERM')
    // Not by the signal itself, which such a process would not get.
    expect(await exited).to.deep.equal([0, null])
  })

  it('ends with 1 and says where a file is no YAML', async () => {
    const { file, said, code } = await startWith('worker:\n  attempts: [1\nbatch_size: 5\n')
    expect(code).to.equal(1)
    expect(said).to.include(`\n  CONFIG_FILE ${file}: is not valid YAML: `)
    expect(said).to.match(/at line \d+, column \d+/)
  })
})
