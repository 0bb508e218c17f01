/** The user asked us to end. */
export class Interrupted extends Error {
  constructor() {
    super('interrupted')
    this.name = 'Interrupted'
  }
}

/** The promise, or `Interrupted` where the signal aborts first. */
export function unlessStopped<T>(promise: Promise<T>, stop: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(new Interrupted())
    stop.addEventListener('abort', onAbort, { once: true })
    if (stop.aborted) onAbort()
    // Also listened to once stopped: what fails because it is being stopped must not end the process.
    promise.then(resolve, reject).finally(() => stop.removeEventListener('abort', onAbort))
  })
}

/** Resolves when the signal aborts. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
