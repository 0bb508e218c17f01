import type { Writable } from 'node:stream'
import colors from 'picocolors'

export type Colors = ReturnType<typeof colors.createColors>

/** One of the two output streams, and what it can show. */
export interface Terminal {
  readonly stream: Writable
  /** A person looks at it as it is written: it may be drawn over. */
  readonly interactive: boolean
  /** Characters in a line; 80 where nobody says. */
  readonly columns: number
  readonly colors: Colors
  say(line?: string): void
}

export interface TerminalStream extends Writable {
  readonly isTTY?: boolean
  readonly columns?: number
}

type Environment = Readonly<Record<string, string | undefined>>

/** Colour follows NO_COLOR and FORCE_COLOR; a dumb terminal and a CI get plain lines. */
export function createTerminal(stream: TerminalStream, environment: Environment): Terminal {
  const { NO_COLOR, FORCE_COLOR, TERM, CI } = environment
  const interactive = Boolean(stream.isTTY) && TERM !== 'dumb' && !CI
  const color = !NO_COLOR && (interactive || Boolean(FORCE_COLOR && FORCE_COLOR !== '0'))
  return {
    stream,
    interactive,
    // Asked for anew each time: the window may have been resized. A terminal that nobody looks at has 0.
    get columns() {
      return stream.columns || 80
    },
    colors: colors.createColors(color),
    say(line = '') {
      stream.write(`${line}\n`)
    },
  }
}
