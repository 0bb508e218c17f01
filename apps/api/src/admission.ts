import { memoryShare } from '@cae/runtime'
import type { Dependencies } from './dependencies.ts'
import { Problem } from './problem.ts'

const FRESH_MS = 1000
const FULL =
  'Redis is nearly full, and takes no new runs until there is room: give it more by its maxmemory, or keep ended runs for less long (ledger)'

const lastLook = new WeakMap<object, { at: number; share: Promise<number> }>()

/** Throws `Problem` 503 when Redis is nearly full: what is accepted must have room to finish. */
export async function admit(dependencies: Dependencies): Promise<void> {
  if ((await share(dependencies)) > dependencies.settings.api.redis_memory_limit) {
    throw new Problem(503, FULL)
  }
}

// Looked at once a second: INFO for every request would cost as much as enqueueing one.
function share({ redis, clock }: Dependencies): Promise<number> {
  const last = lastLook.get(redis)
  if (last && clock.now() - last.at < FRESH_MS) return last.share
  const look = { at: clock.now(), share: memoryShare(redis) }
  lastLook.set(redis, look)
  look.share.catch(() => lastLook.delete(redis))
  return look.share
}
