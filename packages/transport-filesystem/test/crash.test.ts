import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { testArtifact } from '@cae/core/testing'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { filesystemTransport } from '../src/index.ts'
import { artifactsIn, temporaryFolder } from './folder.ts'

const WRITER = fileURLToPath(new URL('writer.ts', import.meta.url))
const NODE = ['--import', 'tsx', '--conditions=@cae/source', WRITER]
const taskId = 'run1-aws.1.us-east-1.all'

// Kills the writer after so many deliveries, in the midst of the next; resolves with the sequences that it confirmed.
async function writeAndKill(base_dir: string, variant: readonly string[], deliveries: number): Promise<Set<number>> {
  const writer = spawn(process.execPath, [...NODE, base_dir, ...variant], { stdio: ['ignore', 'pipe', 'inherit'] })
  let said = ''
  writer.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text
    if (said.split('\n').length > deliveries) writer.kill('SIGKILL')
  })
  await once(writer, 'close')
  return new Set(said.trim().split('\n').map(Number))
}

describe('a worker that is killed while it writes', () => {
  for (const variant of [['jsonl'], ['jsonl', 'gzip'], ['json']]) {
    it(`leaves whole files, all that it confirmed, and nothing after the next delivery: ${variant.join(', ')}`, async function () {
      this.timeout(60_000)
      const base_dir = await temporaryFolder()
      try {
        for (const deliveries of [1, 5, 12]) {
          const confirmed = await writeAndKill(base_dir, variant, deliveries)
          // Throws where a visible file is cut short.
          const found = (await artifactsIn(base_dir)).map(({ metadata }) => metadata.native_id)
          const wanted = [...confirmed].flatMap((sequence) =>
            Array.from({ length: 200 }, (_, i) => `i-${sequence * 1000 + i}`),
          )
          expect(found).to.include.members(wanted)
          expect(new Set(found).size).to.equal(found.length)
        }
        const next = { id: `${taskId}-000000`, runId: 'run1', taskId, artifacts: [testArtifact(0)] }
        await filesystemTransport({ base_dir }).deliver(next, new AbortController().signal)
        expect(await readdir(join(base_dir, 'run1', '.writing'))).to.deep.equal([])
      } finally {
        await rm(base_dir, { recursive: true, force: true })
      }
    })
  }
})
