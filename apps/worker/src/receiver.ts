import { ExtractionError, type Clock, type Receipt, type Transport } from '@cae/core'

const FIRST_PAUSE_MS = 2000
const LONGEST_PAUSE_MS = 60_000
/** How soon whoever waits sees that it is open again. */
const LOOK_EVERY_MS = 1000
/** A refusal that is older says nothing any more. */
const STALE_MS = 10 * 60_000

/**
 * What a worker knows of where it delivers to. To read pages for a receiver that takes none uses up quota for nothing, so
 * that tasks wait while it is closed, but for one that tries after each pause, each longer than the one before. One that is
 * closed for longer than anybody's patience holds up nothing: slices are to end.
 */
export interface Receiver {
  /** Resolves where reading is worth it. Rejects with the signal's reason. */
  readonly untilOpen: (signal: AbortSignal) => Promise<void>
  /** The same transport; what it takes and what it refuses is noticed. */
  readonly watched: (transport: Transport) => Transport
  /** In milliseconds since the epoch; null where it is open. */
  readonly closedSince: () => number | null
}

interface Closed {
  readonly since: number
  /** When the next one may try. */
  until: number
}

export function isUndelivered(thrown: unknown): thrown is ExtractionError {
  return thrown instanceof ExtractionError && thrown.code === 'DELIVERY_FAILED'
}

/**
 * A receiver is closed once it refuses two tasks and takes nothing in between: one alone may have a batch that it dislikes.
 * `patience` in milliseconds.
 */
export function receiver(clock: Clock, patience: number): Receiver {
  let closed: Closed | undefined
  let refusedFirst: string | undefined
  let refusedAt = 0

  const pauseOf = ({ since }: Pick<Closed, 'since'>, now: number, asked = 0) =>
    Math.min(Math.max(asked, FIRST_PAUSE_MS, (now - since) / 2), LONGEST_PAUSE_MS)
  const took = () => {
    closed = refusedFirst = undefined
  }
  const refused = (taskId: string, { retryAfter }: ExtractionError) => {
    const now = clock.now()
    if (now - refusedAt > STALE_MS) took()
    refusedAt = now
    refusedFirst ??= taskId
    if (refusedFirst === taskId && !closed) return
    const since = closed?.since ?? now
    closed = { since, until: now + pauseOf({ since }, now, retryAfter) }
  }

  return {
    async untilOpen(signal) {
      for (;;) {
        const now = clock.now()
        if (!closed || now - closed.since >= patience) return
        if (now >= closed.until) {
          // Whoever comes first tries, and the others wait for what becomes of it.
          closed.until = now + pauseOf(closed, now)
          return
        }
        await clock.sleep(Math.min(closed.until - now, LOOK_EVERY_MS), signal)
      }
    },
    watched: (transport) => ({
      name: transport.name,
      deliver(batch, signal) {
        // Nothing here may hold the batch while it is delivered.
        const { taskId } = batch
        return transport.deliver(batch, signal).then(
          (receipt: Receipt) => {
            took()
            return receipt
          },
          (thrown: unknown) => {
            if (isUndelivered(thrown)) refused(taskId, thrown)
            throw thrown
          },
        )
      },
      deliverManifest: (manifest, signal) => transport.deliverManifest(manifest, signal),
      close: () => transport.close(),
    }),
    closedSince: () => closed?.since ?? null,
  }
}
