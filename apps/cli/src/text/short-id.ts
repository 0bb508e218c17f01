import type { Terminal } from './terminal.ts'

const LONGEST = 20

/** Both ends of a long id in a window of 80 columns, where a subscription's UUID would push everything else out. */
export function shortId(id: string, { interactive }: Terminal): string {
  return interactive && id.length > LONGEST ? `${id.slice(0, 8)}…${id.slice(-6)}` : id
}
