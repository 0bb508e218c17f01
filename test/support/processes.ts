import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
/** A guard against what hangs: twenty workers that start at once on two cores take a while. */
const READY_TIMEOUT_MS = 120_000

export interface TestProcess {
  readonly pid: number
  readonly child: ChildProcess
  /** What it said when it was ready. */
  readonly ready: Record<string, unknown>
  /** The end of what it wrote to stderr. */
  readonly log: () => string
  stop(signal?: NodeJS.Signals): Promise<void>
}

export interface ProcessOptions {
  readonly environment?: Record<string, string>
  readonly argv?: readonly string[]
  /** For Node itself, such as `--cpu-prof`. */
  readonly nodeArguments?: readonly string[]
}

// A process that only tests have is not built.
const FROM_SOURCE = ['--import', 'tsx', '--conditions=@cae/source']

/** Starts an entry point that was built, as the container does, and waits until it says that it is ready, over IPC. */
export function startProcess(entry: string, options: ProcessOptions): Promise<TestProcess> {
  return spawnProcess(entry, options, 'ipc')
}

/** `says`: how it tells that it is ready, by a message over IPC or by a line of JSON on stdout. */
export async function spawnProcess(entry: string, options: ProcessOptions, says: 'ipc' | 'line'): Promise<TestProcess> {
  const { environment, argv = [], nodeArguments = [] } = options
  const loader = entry.endsWith('.ts') ? FROM_SOURCE : []
  const child = spawn(process.execPath, [...nodeArguments, ...loader, entry, ...argv], {
    cwd: ROOT,
    env: {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      MALLOC_ARENA_MAX: '1',
      ...environment,
    },
    stdio: ['ignore', says === 'line' ? 'pipe' : 'ignore', 'pipe', 'ipc'],
  })
  let log = ''
  child.stderr!.on('data', (chunk: Buffer) => {
    log = (log + chunk.toString()).slice(-20_000)
  })
  const stop = async (signal: NodeJS.Signals = 'SIGTERM') => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const exited = once(child, 'exit')
    child.kill(signal)
    await exited
  }
  const timeout = setTimeout(() => child.kill('SIGKILL'), READY_TIMEOUT_MS)
  const ended = once(child, 'exit').then(([code, signal]) => {
    throw new Error(`${entry} ended with ${code ?? signal} before it was ready:\n${log}`)
  })
  try {
    const ready = await Promise.race([says === 'ipc' ? message(child) : firstLine(child), ended])
    return { pid: child.pid!, child, ready, log: () => log, stop }
  } finally {
    clearTimeout(timeout)
    ended.catch(() => {})
  }
}

async function message(child: ChildProcess): Promise<Record<string, unknown>> {
  const [said] = (await once(child, 'message')) as [Record<string, unknown>]
  return said
}

async function firstLine(child: ChildProcess): Promise<Record<string, unknown>> {
  const lines = createInterface({ input: child.stdout! })
  const [line] = (await once(lines, 'line')) as [string]
  return JSON.parse(line) as Record<string, unknown>
}
