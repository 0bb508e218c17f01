import { stripVTControlCharacters } from 'node:util'
import type { Terminal } from './terminal.ts'

/** Words in lines of the terminal's width; in a pipe one line. What follows stands below the text, not the mark. */
export function wrapped(
  head: string,
  text: string,
  { interactive, columns }: Terminal,
  style = (line: string) => line,
): string[] {
  const indent = ' '.repeat(stripVTControlCharacters(head).length)
  const room = interactive ? Math.max(20, columns - 1 - indent.length) : Number.POSITIVE_INFINITY
  const lines: string[] = []
  for (const word of text.split(/\s+/)) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + 1 + word.length <= room) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines.map((line, n) => (n === 0 ? head : indent) + style(line))
}
