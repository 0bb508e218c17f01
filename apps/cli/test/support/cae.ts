import { spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const CAE = fileURLToPath(new URL('../../bin/cae.mjs', import.meta.url))
const WAIT_MS = 60_000

export interface Cae {
  readonly pid: number
  output(): string
  /** Resolves with the match once the output has it; rejects where the process ends before. */
  until(pattern: RegExp): Promise<RegExpExecArray>
  readonly exited: Promise<number | null>
  signal(name: NodeJS.Signals): void
}

/** Starts the command as a process of its own, without a terminal. */
export function cae(argv: readonly string[], environment: Record<string, string> = {}): Cae {
  const child = spawn(process.execPath, [CAE, ...argv], {
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let text = ''
  const listeners = new Set<() => void>()
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      text += chunk.toString()
      for (const listener of listeners) listener()
    })
  }
  const exited = new Promise<number | null>((resolve) => {
    child.once('close', (code) => {
      resolve(code)
      for (const listener of listeners) listener()
    })
  })
  return {
    pid: child.pid!,
    output: () => text,
    exited,
    signal: (name) => void child.kill(name),
    until: (pattern) =>
      new Promise((resolve, reject) => {
        const settle = (done: () => void) => {
          clearTimeout(timer)
          listeners.delete(look)
          done()
        }
        const fail = (why: string) => settle(() => reject(new Error(`${why} ${String(pattern)}:\n${text}`)))
        const look = () => {
          const match = pattern.exec(text)
          if (match) settle(() => resolve(match))
          else if (child.exitCode !== null || child.signalCode !== null) fail('it ended without')
        }
        const timer = setTimeout(() => fail('it never said'), WAIT_MS)
        listeners.add(look)
        look()
      }),
  }
}

/** The processes that a process has started, and those that they have, as /proc has them. */
export function descendants(pid: number): number[] {
  const children = new Map<number, number[]>()
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    const parent = parentOf(Number(name))
    if (parent !== null) children.set(parent, [...(children.get(parent) ?? []), Number(name)])
  }
  const below = (one: number): number[] => (children.get(one) ?? []).flatMap((child) => [child, ...below(child)])
  return below(pid)
}

/** Of some processes those that still run. */
export function alive(pids: readonly number[]): number[] {
  return pids.filter((pid) => parentOf(pid) !== null)
}

// Null where it is gone; a zombie is.
function parentOf(pid: number): number | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return state === 'Z' ? null : Number(parent)
  } catch {
    return null
  }
}

/** Resolves when none of the processes runs any more. */
export async function gone(pids: readonly number[], timeoutMs = 15_000): Promise<void> {
  const deadline = Date.now() + timeoutMs
  for (;;) {
    const left = alive(pids)
    if (left.length === 0) return
    if (Date.now() > deadline) throw new Error(`still running: ${left.join(', ')}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
