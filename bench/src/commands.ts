import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

export const ROOT = fileURLToPath(new URL('../../', import.meta.url))

export interface Run {
  /** On its standard output. */
  readonly said: string
  readonly seconds: number
}

/** A command without a terminal, to its good end. Throws with what it said where it ends otherwise. */
export async function run(cwd: string, command: string, argv: readonly string[]): Promise<Run> {
  const start = performance.now()
  const child = spawn(command, argv, { cwd, stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = new Promise<number | null>((resolve, reject) => child.once('error', reject).once('exit', resolve))
  const [code, said] = await Promise.all([ended, text(child.stdout)])
  if (code !== 0) throw new Error(`${command} ${argv.join(' ')} ended with ${code}:\n${said}`)
  return { said, seconds: (performance.now() - start) / 1000 }
}

/** A clone of the last commit, as a newcomer has it, and a folder beside it; both are gone afterwards. */
export async function inFreshClone<T>(use: (clone: string, beside: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'cae-clone-'))
  const clone = join(folder, 'clone')
  try {
    await run(folder, 'git', ['clone', '--quiet', ROOT, clone])
    return await use(clone, join(folder, 'data'))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** The numbers that a line of it holds, `20,000` as 20000. */
export function numbersOf(said: string, line: RegExp): number[] {
  const found = line.exec(said)
  if (found === null) throw new Error(`nothing says ${String(line)} in:\n${said}`)
  return found.slice(1).map((number) => Number(number.replaceAll(',', '')))
}
