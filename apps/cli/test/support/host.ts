import { Writable } from 'node:stream'
import { createTerminal, runCli, type Host } from '@cae/cli'

export interface CapturedRun {
  readonly code: number
  readonly out: string
  readonly err: string
}

export interface HostOptions {
  readonly environment?: Record<string, string>
  /** A window, of 80 columns unless it is given. */
  readonly interactive?: boolean
  readonly columns?: number
  /** What people type; `cae` unless given. */
  readonly command?: string
  /** As Ctrl-C does. */
  readonly stop?: AbortSignal
}

/** Runs a command in this process, with streams and an environment of its own. */
export async function run(argv: readonly string[], options: HostOptions = {}): Promise<CapturedRun> {
  const stdout = capture(options)
  const stderr = capture(options)
  const host: Host = {
    environment: options.environment ?? {},
    cwd: process.cwd(),
    pid: process.pid,
    command: options.command ?? 'cae',
    node: { path: process.execPath, flags: process.execArgv },
    stdout: stdout.terminal,
    stderr: stderr.terminal,
    interrupts: () => ({ stop: options.stop ?? new AbortController().signal, kill: new AbortController().signal }),
  }
  const code = await runCli(argv, host)
  return { code, out: stdout.text(), err: stderr.text() }
}

export function capture({ environment = {}, interactive = false, columns = 80 }: HostOptions = {}) {
  let text = ''
  const stream = new Writable({
    decodeStrings: false,
    write(chunk, _encoding, done) {
      text += String(chunk)
      done()
    },
  })
  const terminal = createTerminal(Object.assign(stream, { isTTY: interactive, columns }), environment)
  return { terminal, text: () => text }
}

/** Until then the API answers 503. */
export async function untilRedisIsBack<T extends { err: string }>(attempt: () => Promise<T>): Promise<T> {
  for (;;) {
    const result = await attempt()
    if (!result.err.includes('Redis is away')) return result
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}
