import { ExtractionError, type Clock, type Receipt, type Transport } from '@cae/core'

const FIRST_PAUSE_MS = 2000
const LONGEST_PAUSE_MS = 60_000
/** How soon whoever waits sees that it is open again. */
const LOOK_EVERY_MS = 1000
/** A refusal that is older says nothing any more. */
const STALE_MS = 10 * 60_000

/** What is to be done with a task that comes while the receiver may be closed. */
export type Turn =
  /** Read; to be called once the task is left, whatever became of it. */
  | { readonly done: () => void }
  /** It was held for long enough: another worker may deliver where this one can't. `until` in milliseconds since the epoch. */
  | { readonly refusal: ExtractionError; readonly until: number }

/**
 * What a worker knows of where it delivers to. To read pages for a receiver that takes none uses up quota for nothing, so
 * that tasks wait while it is closed, but for one that tries after each pause, each longer than the one before. One that is
 * closed for longer than anybody's patience holds up nothing: slices are to end.
 */
export interface Receiver {
  /** Waits for a turn to read. Rejects with the signal's reason. */
  readonly turn: (signal: AbortSignal) => Promise<Turn>
  /** The same transport; what it takes and what it refuses is noticed. */
  readonly watched: (transport: Transport) => Transport
  /** It refused what several tasks brought, and has taken nothing since. */
  readonly isClosed: () => boolean
}

interface Closed {
  readonly since: number
  readonly refusal: ExtractionError
  /** When the next one may try. */
  until: number
  /** Who tries. */
  trying?: symbol
}

/** What a receiver refused, and may take later. */
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

  const took = () => {
    closed = refusedFirst = undefined
  }
  const refused = (taskId: string, refusal: ExtractionError) => {
    const now = clock.now()
    if (now - refusedAt > STALE_MS) took()
    refusedAt = now
    refusedFirst ??= taskId
    if (refusedFirst === taskId && !closed) return
    const since = closed?.since ?? now
    const pause = Math.max(refusal.retryAfter ?? 0, FIRST_PAUSE_MS, (now - since) / 2)
    closed = { since, refusal, until: now + Math.min(pause, LONGEST_PAUSE_MS) }
  }
  /** The others wait for what becomes of it, unless that takes too long. */
  const tryIt = (one: Closed): Turn => {
    const trying = (one.trying = Symbol('a try'))
    one.until = clock.now() + LONGEST_PAUSE_MS
    return {
      done() {
        // It came to deliver nothing, which tells nothing: the next one may try.
        if (closed === one && one.trying === trying) one.until = clock.now()
      },
    }
  }

  return {
    async turn(signal) {
      const held = clock.now() + LONGEST_PAUSE_MS
      for (;;) {
        const now = clock.now()
        if (!closed || now - closed.since >= patience) return { done() {} }
        if (now >= closed.until) return tryIt(closed)
        if (now >= held) return { refusal: closed.refusal, until: closed.until }
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
    isClosed: () => closed !== undefined,
  }
}
