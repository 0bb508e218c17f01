import type { Log } from '@cae/core'

const WARN_EVERY_MS = 5000
/** Of a message that is different each time no more are kept apart. */
const MOST_MESSAGES = 100

/**
 * Tells of what the queues report: with Redis full or away that is thousands of errors a second, and each queue has the same.
 * `redis`: its URL without a password.
 */
export function queueErrors(
  log: Log,
  redis: string,
  now: () => number = Date.now,
): (queue: string, error: Error) => void {
  const told = new Map<string, { at: number; passed: number }>()
  return (queue, error) => {
    const { message } = error
    const last = told.get(message) ?? { at: -Infinity, passed: 0 }
    last.passed++
    if (now() - last.at < WARN_EVERY_MS) return
    if (told.size >= MOST_MESSAGES) told.clear()
    told.set(message, { at: now(), passed: 0 })
    const times = last.passed
    // Of what Redis or the network says our own stack tells nothing.
    if ('code' in error || error.name === 'ReplyError')
      log.warn('Redis does not serve the queues', { redis, reason: message, times })
    else log.warn('queue error', { queue, error, times })
  }
}
