import type { FieldMessage } from '../api/views.ts'
import type { Terminal } from './terminal.ts'

/** What the API wonders about in a request that it takes; beside the answer, so that a program may read that. */
export function sayWarnings(stderr: Terminal, warnings: readonly FieldMessage[] = []): void {
  for (const { field, message } of warnings) stderr.say(`${stderr.colors.yellow('!')} ${field}: ${message}`)
}
