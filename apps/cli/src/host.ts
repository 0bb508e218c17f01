import type { Terminal } from './text/terminal.ts'

/** The process that a command runs in, and all that it may know of it. */
export interface Host {
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Absolute; relative paths start here. */
  readonly cwd: string
  readonly pid: number
  /** What people type to get this program, for the lines that we advise. */
  readonly command: string
  readonly node: Node
  readonly stdout: Terminal
  readonly stderr: Terminal
  /** From the first call on, SIGINT, SIGTERM and SIGHUP are ours to act on. */
  interrupts(): Interrupts
}

/** How our own process was started, so that those we start run from source or built as it does. */
export interface Node {
  readonly path: string
  readonly flags: readonly string[]
}

export interface Interrupts {
  /** Aborted by the first signal: end in good order. */
  readonly stop: AbortSignal
  /** Aborted by the second: end at once. */
  readonly kill: AbortSignal
}
