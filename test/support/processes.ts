import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const READY_TIMEOUT_MS = 30_000

export interface TestProcess {
  readonly pid: number
  readonly child: ChildProcess
  /** What it said when it was ready. */
  readonly ready: Record<string, unknown>
  /** The end of what it wrote to stderr. */
  readonly log: () => string
  stop(signal?: NodeJS.Signals): Promise<void>
}

/** Starts one of our entry points from source and waits until it says over IPC that it is ready. */
export async function startProcess(entry: string, environment: Record<string, string>): Promise<TestProcess> {
  const child = spawn(process.execPath, ['--import', 'tsx', '--conditions=@cae/source', entry], {
    cwd: ROOT,
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...environment },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
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
  try {
    const ready = await Promise.race([
      once(child, 'message').then(([message]) => message as Record<string, unknown>),
      once(child, 'exit').then(([code, signal]) => {
        throw new Error(`${entry} ended with ${code ?? signal} before it was ready:\n${log}`)
      }),
    ])
    return { pid: child.pid!, child, ready, log: () => log, stop }
  } finally {
    clearTimeout(timeout)
  }
}
