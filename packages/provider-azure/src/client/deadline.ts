/** What a call may take unless the options say otherwise. */
export const TIMEOUT_MS = 60_000

/**
 * Runs a call with a signal that aborts after the time, or with the signal given. The SDK's own `timeout` ends only the
 * wait for an answer's headers, and after a broken connection it leaves its timer running.
 */
export async function withDeadline<T>(
  milliseconds: number,
  signal: AbortSignal,
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController()
  const abort = () => controller.abort()
  const timer = setTimeout(abort, milliseconds)
  signal.addEventListener('abort', abort, { once: true })
  try {
    return await run(controller.signal)
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', abort)
  }
}
