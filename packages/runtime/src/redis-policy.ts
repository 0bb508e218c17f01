import type { Redis } from 'ioredis'

/**
 * Why a Redis is not fit to keep what we have accepted; null where it is. One that evicts forgets slices and checkpoints
 * when it is full, without an error to anybody.
 */
export async function evictionProblem(redis: Redis): Promise<string | null> {
  // One that may not be asked, or goes away at this moment, has no known problem.
  const info = await redis.info('memory').catch(() => '')
  const policy = /^maxmemory_policy:(\S+)/m.exec(info)?.[1] ?? 'noeviction'
  if (policy === 'noeviction') return null
  return `Redis forgets what it likes when it is full (maxmemory-policy ${policy}), and so loses runs: set it to noeviction`
}
