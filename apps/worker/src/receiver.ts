import { ExtractionError, type Clock } from '@cae/core'

const FIRST_PAUSE_MS = 2000
const LONGEST_PAUSE_MS = 60_000

/**
 * What a worker knows of where it delivers to. To read pages for a receiver that takes none uses up quota for nothing, so
 * that tasks wait while it is closed; those that come once a pause is over are the next try.
 */
export interface Receiver {
  /** Throws `DELIVERY_FAILED` while it is closed, with what is left of the pause. */
  readonly ensureOpen: () => void
  /** It took a batch. */
  readonly took: () => void
  /** It did not take a batch of this task. */
  readonly refused: (taskId: string, error: ExtractionError) => void
}

/** A receiver is closed once it refuses two tasks and takes nothing in between: one alone may have a batch that it dislikes. */
export function receiver(clock: Clock): Receiver {
  let closed: { readonly since: number; readonly until: number; readonly error: ExtractionError } | undefined
  let refusedFirst: string | undefined
  return {
    ensureOpen() {
      if (!closed) return
      const left = closed.until - clock.now()
      if (left > 0) throw new ExtractionError('DELIVERY_FAILED', closed.error.message, { retryAfter: left })
    },
    took() {
      closed = undefined
      refusedFirst = undefined
    },
    refused(taskId, error) {
      refusedFirst ??= taskId
      if (refusedFirst === taskId && !closed) return
      const now = clock.now()
      const since = closed?.since ?? now
      const pause = Math.max(error.retryAfter ?? 0, FIRST_PAUSE_MS, (now - since) / 2)
      closed = { since, until: now + Math.min(pause, LONGEST_PAUSE_MS), error }
    },
  }
}
