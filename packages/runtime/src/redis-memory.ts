import type { Redis } from 'ioredis'

/** How much of its memory limit Redis uses, from 0 to 1 and a little more; 0 where it has no limit. */
export async function memoryShare(redis: Redis): Promise<number> {
  const info = await redis.info('memory')
  const read = (name: string) => Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(info)?.[1] ?? 0)
  const max = read('maxmemory')
  return max > 0 ? read('used_memory') / max : 0
}
