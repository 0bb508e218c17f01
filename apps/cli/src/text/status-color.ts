import type { Colors } from './terminal.ts'

/** A status or an outcome, in the colour of what it says. */
export function coloured(word: string, colors: Colors): string {
  switch (word) {
    case 'completed':
    case 'complete':
      return colors.green(word)
    case 'failed':
      return colors.red(word)
    case 'partial':
    case 'denied':
    case 'not_enabled':
    case 'throttled_out':
    case 'cancelled':
      return colors.yellow(word)
    default:
      return word
  }
}
