import { spawn } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { extname } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { stripVTControlCharacters } from 'node:util'
import type { Node } from '../host.ts'
import { lastWords } from './last-words.ts'

/** A worker gives its tasks back within its own grace of 10 s; this is that and a margin. */
export const STOP_GRACE_MS = 20_000
const REMEMBERED_LINES = 60

export interface ProcessOptions {
  /** Such as `worker-1`; what people are told. */
  readonly name: string
  /** An entry point that other images run too, such as `@cae/worker/main`. */
  readonly module: string
  readonly args?: readonly string[]
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  readonly node: Node
  /** Appended to. */
  readonly logFile: string
  /** Every line that the process writes. */
  readonly echo?: ((line: string) => void) | undefined
  /** `message`: it is ready when it says so over IPC; `line`: when it has printed a line of JSON. */
  readonly readyOn: 'message' | 'line'
  /** Aborted: the process ends at once. */
  readonly kill: AbortSignal
}

export interface ManagedProcess {
  readonly pid: number
  /** What it said when it was ready. Rejects with its last words where it ends before. */
  readonly ready: Promise<Readonly<Record<string, unknown>>>
  /** How it ended: `code 1` or `SIGKILL`. Never rejects. */
  readonly exited: Promise<string>
  signal(name: NodeJS.Signals): void
  /** SIGTERM, and SIGKILL where that does nothing within the grace. Resolves when it is gone. */
  stop(graceMs: number): Promise<void>
}

// Next to this file, in the source as in the build.
const LEAVE_WITH_PARENT = new URL(`./leave-with-parent${extname(import.meta.url)}`, import.meta.url).href

/**
 * Starts one of our processes. It gets a process group of its own, so that Ctrl-C in a terminal reaches it through us
 * and in the right order; and it leaves by itself when we are gone without having stopped it.
 */
export function startProcess(options: ProcessOptions): ManagedProcess {
  const { name, node, environment, cwd, kill } = options
  const entry = import.meta.resolve(options.module)
  const child = spawn(
    node.path,
    [...node.flags, '--import', LEAVE_WITH_PARENT, fileURLToPath(entry), ...(options.args ?? [])],
    // As in the image: a tenth less memory.
    { cwd, env: { MALLOC_ARENA_MAX: '1', ...environment }, detached: true, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] },
  )
  const lines: string[] = []
  const log = createWriteStream(options.logFile, { flags: 'a' })
  // A full disk must not take the supervisor with it; what matters is in `lines` too.
  log.on('error', () => {})
  const listen = (stream: Readable | null, onLine: (line: string) => void) => {
    if (stream)
      createInterface({ input: stream }).on('line', (line) => {
        log.write(`${stripVTControlCharacters(line)}\n`)
        lines.push(line)
        if (lines.length > REMEMBERED_LINES) lines.shift()
        options.echo?.(line)
        onLine(line)
      })
  }

  const exited = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message))
    child.once('close', (code, signal) => resolve(signal ?? `code ${code}`))
  })
  const ready = new Promise<Record<string, unknown>>((resolve, reject) => {
    const onLine = (line: string) => options.readyOn === 'line' && line.startsWith('{') && resolve(parse(line))
    listen(child.stdout, onLine)
    listen(child.stderr, () => {})
    child.on('message', (message: Record<string, unknown>) => {
      if (options.readyOn === 'message' && message['type'] === 'ready') resolve(message)
    })
    void exited.then((how) => reject(new Error(`${name} did not start (${how}): ${lastWords(lines)}`)))
  })
  // Whoever waits for it hears of it; nobody has to.
  ready.catch(() => {})
  const onKill = () => child.kill('SIGKILL')
  if (kill.aborted) onKill()
  kill.addEventListener('abort', onKill)
  void exited.finally(() => {
    kill.removeEventListener('abort', onKill)
    log.end()
  })

  return {
    pid: child.pid ?? 0,
    ready,
    exited,
    signal: (signal) => void child.kill(signal),
    async stop(graceMs) {
      child.kill('SIGTERM')
      const timer = setTimeout(() => child.kill('SIGKILL'), graceMs)
      await exited
      clearTimeout(timer)
    },
  }
}

function parse(line: string): Record<string, unknown> {
  try {
    return JSON.parse(line) as Record<string, unknown>
  } catch {
    return {}
  }
}
