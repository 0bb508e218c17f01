import { createHash } from 'node:crypto'
import type { ProviderName } from '@cae/core'
import type { Redis } from 'ioredis'
import type { Settings } from './settings-schema.ts'

/** Workers say theirs every minute. */
const STALE_MS = 3 * 60_000

/**
 * What the workers on one Redis read and deliver by. Any of them may take any slice of the providers that it has, so all
 * must have the same settings of those, or chance decides what a slice is. Times are milliseconds since the epoch, Redis' own
 * unless they are given: a worker whose clock is behind is up all the same.
 */
export interface AppliedSettings {
  /** A worker, by an id of its own, says now and then what it has. Gives the providers of which others have other settings. */
  publish(worker: string, settings: Settings, now?: number): Promise<ProviderName[]>
  /** A worker that ends has none any more. */
  forget(worker: string): Promise<void>
  /** Those of the providers of which workers have other settings than ours, or deliver to different places. */
  differing(settings: Settings, providers: readonly ProviderName[], now?: number): Promise<ProviderName[]>
  /** Those of the providers that no worker has which was up in the last minutes. */
  without(providers: readonly ProviderName[], now?: number): Promise<ProviderName[]>
}

/** Hashes, by provider: of what is read, and of where it goes. */
interface Applied {
  readonly at: number
  readonly read: Readonly<Partial<Record<ProviderName, string>>>
  readonly delivered: string
}

export function appliedSettings(redis: Redis, prefix: string): AppliedSettings {
  const key = `${prefix}:settings:applied`
  const all = async () =>
    Object.entries(await redis.hgetall(key)).map(([worker, text]) => ({ worker, ...(JSON.parse(text) as Applied) }))
  const redisTime = async () => Number((await redis.time())[0]) * 1000
  const up = async (given?: number) => {
    const now = given ?? (await redisTime())
    return (await all()).filter(({ at }) => at >= now - STALE_MS)
  }

  return {
    async publish(worker, settings, given) {
      const now = given ?? (await redisTime())
      const own = { at: now, ...hashesOf(settings) }
      await redis.hset(key, worker, JSON.stringify(own))
      const others = await all()
      const stale = others.filter(({ at }) => at < now - STALE_MS)
      if (stale.length > 0) await redis.hdel(key, ...stale.map((one) => one.worker))
      return settings.enabled_providers.filter((name) =>
        others.some(
          (other) =>
            !stale.includes(other) &&
            other.read[name] !== undefined &&
            (other.read[name] !== own.read[name] || other.delivered !== own.delivered),
        ),
      )
    },
    async forget(worker) {
      await redis.hdel(key, worker)
    },
    async differing(settings, providers, now) {
      const workers = await up(now)
      const { read } = hashesOf(settings)
      return providers.filter((name) => {
        const having = workers.filter((worker) => worker.read[name] !== undefined)
        return (
          new Set(having.map(({ delivered }) => delivered)).size > 1 ||
          having.some((worker) => worker.read[name] !== read[name])
        )
      })
    },
    async without(providers, now) {
      const workers = await up(now)
      return providers.filter((name) => workers.every(({ read }) => read[name] === undefined))
    },
  }
}

// A process has one settings object, and the API asks with each request.
const known = new WeakMap<Settings, Omit<Applied, 'at'>>()

function hashesOf(settings: Settings): Omit<Applied, 'at'> {
  const before = known.get(settings)
  if (before) return before
  const read = settings.enabled_providers.map((name) => [name, hash(readBy(name, settings))] as const)
  const hashes = { read: Object.fromEntries(read), delivered: hash(deliveredBy(settings)) }
  known.set(settings, hashes)
  return hashes
}

/** What decides which resources of a provider are read; not how long a call may take, nor where a machine has its key file. */
function readBy(provider: ProviderName, settings: Settings): object {
  switch (provider) {
    case 'aws':
      return { ...settings.aws, accounts: settings.aws_accounts, request_timeout_ms: undefined }
    case 'azure':
      return { ...settings.azure, accounts: settings.azure_accounts, request_timeout_ms: undefined }
    case 'gcp':
      return {
        ...settings.gcp,
        projects: settings.gcp_projects,
        request_timeout_ms: undefined,
        credentials_file: undefined,
      }
  }
}

/** Where artifacts go, without secrets. */
function deliveredBy({ transport }: Settings): object {
  switch (transport.type) {
    case 'filesystem':
      return transport
    case 'http':
      return { type: transport.type, endpoint_url: transport.endpoint_url }
    case 'console':
    case 'null':
      return { type: transport.type }
  }
}

/** Whatever the order of the keys. */
function hash(value: object): string {
  const sorted = JSON.stringify(value, (_key, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  )
  return createHash('sha256').update(sorted).digest('hex').slice(0, 16)
}
