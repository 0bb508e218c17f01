import Table from 'cli-table3'
import { stripVTControlCharacters } from 'node:util'
import type { Terminal } from './terminal.ts'

export interface Column {
  readonly head: string
  readonly align?: 'left' | 'right'
}

const NO_LINES = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  right: '',
  'right-mid': '',
  mid: '',
  'mid-mid': '',
  middle: '  ',
}

/**
 * Aligned columns: a coloured head over a rule in a terminal, bare text in a pipe. `below`: the lines that stand below each
 * row and in no column.
 */
export function table(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  terminal: Terminal,
  below: readonly (readonly string[])[] = [],
): string[] {
  const drawn = new Table({
    chars: NO_LINES,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0, compact: true },
    colAligns: columns.map(({ align }) => align ?? 'left'),
    wordWrap: false,
  })
  drawn.push(
    columns.map(({ head }) => terminal.colors.bold(head)),
    ...rows.map((row) => [...row]),
  )
  const [head = '', ...body] = drawn.toString().split('\n').map(trimmed)
  const width = Math.max(...[head, ...body].map((line) => stripVTControlCharacters(line).length))
  const rule = terminal.interactive ? [terminal.colors.dim('─'.repeat(width))] : []
  return [head, ...rule, ...body.flatMap((line, row) => [line, ...(below[row] ?? [])])]
}

// The last column is padded; what is trimmed never lies before an escape sequence that matters.
function trimmed(line: string): string {
  return line.trimEnd()
}
