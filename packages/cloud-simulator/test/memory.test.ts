import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { PROVIDERS } from '../src/estate/resource-type.ts'

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url))
const MIB = 1024 * 1024

/** How much memory the process has, in bytes, once it has given the ids of all its resources. */
async function memoryOf(resources: number): Promise<number> {
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', '--conditions=@cae/source', MAIN, '--resources', String(resources)],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  try {
    const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string]
    const { controlEndpoint } = JSON.parse(line) as { controlEndpoint: string }
    let ids = 0
    for (const provider of PROVIDERS) {
      const { body } = await fetch(`${controlEndpoint}/ids?provider=${provider}`)
      for await (const chunk of body!) for (const byte of chunk as Uint8Array) if (byte === 10) ids++
    }
    expect(ids).to.equal(resources)
    return Number(execFileSync('ps', ['-o', 'rss=', '-p', String(child.pid)], { encoding: 'utf8' })) * 1024
  } finally {
    child.kill()
    await once(child, 'exit')
  }
}

describe('the memory of the simulator', function () {
  this.timeout(60_000)

  it('is the same for 10,000 resources and for 300,000, since it holds none', async () => {
    const few = await memoryOf(10_000)
    const many = await memoryOf(300_000)
    expect(many - few).to.be.lessThan(48 * MIB)
  })
})
