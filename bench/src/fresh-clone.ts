import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Figure } from './report.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/** What a newcomer waits for in a fresh clone of the last commit. What npm has in its cache stays there. */
export async function benchFreshClone(): Promise<Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), 'cae-clone-'))
  const clone = join(folder, 'clone')
  try {
    await seconds(folder, 'git', ['clone', '--quiet', ROOT, clone])
    const install = await seconds(clone, 'npm', ['ci'])
    const demo = await seconds(clone, 'npm', ['run', 'demo', '--', '--data', join(folder, 'data')])
    const tests = await seconds(clone, 'npm', ['test'])
    return [
      { name: 'npm ci', value: install, unit: 's' },
      { name: 'npm ci && npm run demo', value: install + demo, unit: 's', atMost: 180 },
      { name: 'npm ci && npm test', value: install + tests, unit: 's', atMost: 480 },
    ]
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** How long a command takes to its good end. */
async function seconds(cwd: string, command: string, argv: readonly string[]): Promise<number> {
  const start = performance.now()
  const child = spawn(command, argv, { cwd, stdio: ['ignore', 'ignore', 'inherit'] })
  const code = await new Promise<number | null>((resolve, reject) => child.once('error', reject).once('exit', resolve))
  if (code !== 0) throw new Error(`${command} ${argv.join(' ')} ended with ${code}`)
  return (performance.now() - start) / 1000
}
