import {
  counts,
  ExtractionError,
  type Clock,
  type Limit,
  type Limiter,
  type LimitScope,
  type QuotaReport,
} from '@cae/core'
import type { Redis } from 'ioredis'
import { defineScripts } from './redis.ts'

/**
 * One budget per limit and scope, as a schedule of slots (GCRA): `tat` is when the next slot at the allowed rate
 * begins. A caller takes a slot and sleeps until it, so callers of all workers queue in order. The rate is adaptive:
 * a throttle halves it, at most once a second, and it comes back by a twentieth of the declared rate a second.
 */
const RATE = `
local function read(key, declared, now)
  local v = redis.call('HMGET', key, 'tat', 'rate', 'rate_at', 'paused_until')
  local rate = tonumber(v[2]) or declared
  local since = tonumber(v[3]) or now
  rate = math.min(declared, rate + declared * (now - since) / 20000)
  return tonumber(v[1]) or 0, rate, tonumber(v[4]) or 0
end
local function clock()
  local t = redis.call('TIME')
  return t[1] * 1000 + t[2] / 1000
end
`

const SCRIPTS = {
  /** ARGV: prefix, longest wait in ms, then name, rate per second and burst of each limit. Gives the wait in ms; negative: no slot taken. */
  acquire: `${RATE}
local now, longest = clock(), tonumber(ARGV[2])
local found, wait = {}, 0
for i = 3, #ARGV, 3 do
  local key, declared = ARGV[1] .. ':limit:' .. ARGV[i], tonumber(ARGV[i + 1])
  local tat, rate, paused = read(key, declared, now)
  local interval = 1000 / rate
  wait = math.max(wait, tat - (tonumber(ARGV[i + 2]) - 1) * interval - now, paused - now)
  table.insert(found, { key, tat, rate, interval })
end
if wait > longest then return tostring(-wait) end
for _, f in ipairs(found) do
  redis.call('HSET', f[1], 'tat', math.max(f[2], now + wait) + f[4], 'rate', f[3], 'rate_at', now)
  redis.call('PEXPIRE', f[1], math.max(600000, redis.call('PTTL', f[1])))
end
return tostring(wait)
`,
  /** ARGV: prefix, provider, retry after in ms, then name and rate of each limit. */
  throttled: `${RATE}
local now = clock()
for i = 4, #ARGV, 2 do
  local key, declared = ARGV[1] .. ':limit:' .. ARGV[i], tonumber(ARGV[i + 1])
  local tat, rate, paused = read(key, declared, now)
  local last = tonumber(redis.call('HGET', key, 'throttled_at') or 0)
  if now - last > 1000 then
    rate = math.max(declared / 20, rate / 2)
    redis.call('HSET', key, 'throttled_at', now)
  end
  paused = math.max(paused, now + tonumber(ARGV[3]))
  redis.call('HSET', key, 'rate', rate, 'rate_at', now, 'paused_until', paused)
  redis.call('PEXPIRE', key, math.ceil(math.max(600000, paused - now + 60000)))
end
redis.call('HINCRBY', ARGV[1] .. ':stats', 'throttled:' .. ARGV[2], 1)
return 1
`,
  /** ARGV: prefix, pause in ms, then the names. The provider says that its window is used up. */
  pause: `${RATE}
local now = clock()
for i = 3, #ARGV do
  local key = ARGV[1] .. ':limit:' .. ARGV[i]
  local paused = tonumber(redis.call('HGET', key, 'paused_until') or 0)
  paused = math.max(paused, now + tonumber(ARGV[2]))
  redis.call('HSET', key, 'paused_until', paused)
  redis.call('PEXPIRE', key, math.ceil(math.max(600000, paused - now + 60000)))
end
return 1
`,
} as const

/** The native code of a `THROTTLED` that the limiter threw, not the provider. */
export const OWN_REFUSAL = 'LIMITER'

export interface LimiterOptions {
  readonly redis: Redis
  readonly prefix: string
  readonly limits: readonly Limit[]
  /** Share of each declared rate that we use, above 0 and at most 1. */
  readonly headroom: number
  /** Milliseconds: a slot further away is not waited for. */
  readonly longestWait: number
  readonly clock: Clock
}

/** The limiter that all workers of one Redis share. */
export function redisLimiter(options: LimiterOptions): Limiter {
  const { redis, prefix, limits, headroom, longestWait, clock } = options
  const scripts = defineScripts(redis, prefix, SCRIPTS)

  const acquire = async (scope: LimitScope, applying: readonly Bucket[], signal?: AbortSignal) => {
    const argv = applying.flatMap(({ name, rate, burst }) => [name, rate, burst])
    const wait = Number(await scripts.acquire(longestWait, ...argv))
    if (wait < 0) {
      throw new ExtractionError('THROTTLED', `no room for ${scope.operation} within ${longestWait} ms`, {
        retryAfter: Math.ceil(-wait),
        nativeCode: OWN_REFUSAL,
      })
    }
    if (wait >= 1) await clock.sleep(Math.ceil(wait), signal)
  }

  return {
    async run(scope, call, signal) {
      const applying = limits.filter((limit) => counts(limit, scope)).map((limit) => bucket(limit, scope, headroom))
      if (applying.length === 0) return call(() => {})
      await acquire(scope, applying, signal)
      let pausing: Promise<unknown> | undefined
      const report = ({ remaining, resetsAfter }: QuotaReport) => {
        if (remaining > 0 || resetsAfter <= 0) return
        pausing = scripts.pause(Math.ceil(resetsAfter), ...applying.map(({ name }) => name))
      }
      try {
        return await call(report)
      } catch (error) {
        if (error instanceof ExtractionError && error.code === 'THROTTLED') {
          await scripts.throttled(
            scope.provider,
            Math.ceil(error.retryAfter ?? 0),
            ...applying.flatMap(({ name, rate }) => [name, rate]),
          )
        }
        throw error
      } finally {
        await pausing
      }
    },
  }
}

/** For clouds without quotas, such as a simulator that enforces none. */
export function unlimited(): Limiter {
  return { run: (_scope, call) => call(() => {}) }
}

interface Bucket {
  readonly name: string
  readonly rate: number
  readonly burst: number
}

function bucket(limit: Limit, scope: LimitScope, headroom: number): Bucket {
  const values = limit.per.map((key) => scope[key])
  return {
    name: [limit.name, ...values].join('|'),
    rate: limit.ratePerSecond * headroom,
    burst: Math.max(1, limit.burst * headroom),
  }
}
