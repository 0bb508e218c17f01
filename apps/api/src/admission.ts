import type { Dependencies } from './dependencies.ts'
import { Problem } from './problem.ts'

const FRESH_MS = 1000

interface Memory {
  readonly used: number
  readonly max: number
}

const lastLook = new WeakMap<object, { at: number; memory: Promise<Memory> }>()

/** Throws `Problem` 503 when Redis is nearly full: what is accepted must have room to finish. */
export async function admit(dependencies: Dependencies): Promise<void> {
  const { used, max } = await memory(dependencies)
  if (max > 0 && used > max * dependencies.settings.api.redis_memory_limit) {
    throw new Problem(503, 'Redis is nearly full; no new runs until there is room')
  }
}

// Looked at once a second: INFO for every request would cost as much as enqueueing one.
function memory({ redis, clock }: Dependencies): Promise<Memory> {
  const last = lastLook.get(redis)
  if (last && clock.now() - last.at < FRESH_MS) return last.memory
  const look = { at: clock.now(), memory: readMemory(redis) }
  lastLook.set(redis, look)
  look.memory.catch(() => lastLook.delete(redis))
  return look.memory
}

async function readMemory(redis: Dependencies['redis']): Promise<Memory> {
  const info = await redis.info('memory')
  const read = (name: string) => Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(info)?.[1] ?? 0)
  return { used: read('used_memory'), max: read('maxmemory') }
}
