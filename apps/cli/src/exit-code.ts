import type { RunStatus } from '@cae/runtime'

/** What the shell is told. */
export const EXIT = { complete: 0, failure: 1, usage: 2, partial: 3, interrupted: 130 } as const

export const EXIT_HELP = `

Exit codes:
  0    every slice is complete or skipped, or the command did what it
       says
  1    failure: no API, an error in the settings, a run that failed
  2    wrong usage
  3    partial: some slices could not be read; of \`cae check\`: something
       is missing, or was not checked
  130  interrupted`

/** 0 only where every slice is complete, but for those that are skipped. */
export function exitCodeOf(status: RunStatus): number {
  switch (status) {
    case 'completed':
      return EXIT.complete
    case 'partial':
    case 'cancelled':
      return EXIT.partial
    case 'failed':
    case 'queued':
    case 'planning':
    case 'running':
      return EXIT.failure
  }
}
