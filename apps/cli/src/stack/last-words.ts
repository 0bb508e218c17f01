const SHOWN = 12

/** Why a process ended, from the last lines of its log: its own message rather than stack traces and routine. */
export function lastWords(lines: readonly string[]): string {
  const telling = lines.flatMap((line) => {
    const text = line.startsWith('{') ? fromJson(line) : line
    return text === null || isNoise(text) ? [] : [text]
  })
  return telling.slice(-SHOWN).join('\n') || 'its log is empty'
}

function fromJson(line: string): string | null {
  try {
    const { level, message, error } = JSON.parse(line) as { level?: string; message?: string; error?: unknown }
    if (level !== 'error' && level !== 'warn') return null
    const cause = typeof error === 'object' && error !== null && 'message' in error ? error.message : error
    return [message, cause].filter((part) => typeof part === 'string').join(': ')
  } catch {
    return line
  }
}

function isNoise(line: string): boolean {
  return line.trim() === '' || /^\s+at |^Node\.js v|^\s*\^+\s*$/.test(line)
}
