import { spawn, spawnSync } from 'node:child_process'
import { ROOT } from './documents.ts'

/** The words that a shell makes of a line. */
export function shellWords(line: string): string[] {
  const { status, stdout, stderr } = spawnSync('sh', ['-c', `printf '%s\\0' ${line}`], { cwd: ROOT, encoding: 'utf8' })
  if (status !== 0) throw new Error(`${line}: ${stderr}`)
  return stdout.split('\0').slice(0, -1)
}

export interface Ran {
  readonly code: number | null
  readonly output: string
}

/** Runs a line in a shell, at the root of the repository unless it is told where. */
export function runInShell(line: string, environment: Readonly<Record<string, string>>, cwd = ROOT): Promise<Ran> {
  const child = spawn('sh', ['-c', line], {
    cwd,
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()))
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve({ code, output }))
  })
}
