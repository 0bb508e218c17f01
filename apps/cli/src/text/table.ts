import Table from 'cli-table3'
import { stripVTControlCharacters } from 'node:util'
import type { Terminal } from './terminal.ts'

export interface Column {
  readonly head: string
  readonly align?: 'left' | 'right'
  /** Never shortened: what people type again, such as the id of a job. */
  readonly whole?: boolean
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
 * Aligned columns: a coloured head over a rule in a terminal, where they are no wider than that; bare and whole text in a
 * pipe. `below`: the lines that stand below each row and in no column.
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
  const all = [columns.map(({ head }) => terminal.colors.bold(head)), ...rows]
  drawn.push(...(terminal.interactive ? fitted(columns, all, terminal.columns) : all.map((row) => [...row])))
  const [head = '', ...body] = drawn
    .toString()
    .split('\n')
    .map((line) => (terminal.interactive ? cut(line.trimEnd(), terminal.columns) : line.trimEnd()))
  const width = Math.max(...[head, ...body].map((line) => stripVTControlCharacters(line).length))
  const rule = terminal.interactive ? [terminal.colors.dim('─'.repeat(width))] : []
  return [head, ...rule, ...body.flatMap((line, row) => [line, ...(below[row] ?? [])])]
}

const GAP = NO_LINES.middle.length
/** Of a text that is shortened: both ends of an id still tell it from others. */
const SHORTEST = 10

/** The texts of the widest columns shortened until a line fits, or none may be shortened further. */
function fitted(columns: readonly Column[], rows: readonly (readonly string[])[], room: number): string[][] {
  const widths = columns.map((_, n) => Math.max(...rows.map((row) => bare(row[n]!).length)))
  let excess = widths.reduce((sum, width) => sum + width + GAP, -GAP) - room
  for (; excess > 0; excess--) {
    const [widest] = [...widths.keys()]
      .filter((n) => columns[n]!.align !== 'right' && !columns[n]!.whole && widths[n]! > SHORTEST)
      .toSorted((a, b) => widths[b]! - widths[a]!)
    if (widest === undefined) break
    widths[widest]!--
  }
  return rows.map((row) => row.map((cell, n) => shortened(cell, widths[n]!)))
}

// Nothing is nothing: an escape sequence alone would keep the blanks before it.
function shortened(cell: string, width: number): string {
  const text = bare(cell)
  if (text === '') return ''
  if (text.length <= width) return cell
  const end = Math.floor((width - 1) / 2)
  return cell.replace(text, () => `${text.slice(0, width - 1 - end)}…${text.slice(-end)}`)
}

/** What even so is too wide loses its end, and its colour with it. */
function cut(line: string, room: number): string {
  const text = stripVTControlCharacters(line)
  return text.length <= room ? line : `${text.slice(0, room - 1).trimEnd()}…`
}

// cli-table3 pads cells, and so do some that give them.
function bare(cell: string): string {
  return stripVTControlCharacters(cell).trimEnd()
}
