import { createHash } from 'node:crypto'
import type { ProviderName } from '@cae/core'
import type { Redis } from 'ioredis'
import type { Settings } from './settings-schema.ts'

/** Workers say theirs every minute. */
const STALE_MS = 3 * 60_000

/**
 * What the workers on one Redis read and deliver by. Any of them may take any slice of the providers that it has, so all
 * must have the same settings of those, or chance decides what a slice is.
 */
export interface AppliedSettings {
  /** A worker says now and then what it has. Gives the providers of which other workers have other settings. */
  publish(settings: Settings, now: number): Promise<ProviderName[]>
  /** Those of the providers of which workers have other settings than ours, or deliver to different places. */
  differing(settings: Settings, providers: readonly ProviderName[], now: number): Promise<ProviderName[]>
  /** Those of the providers that no worker has which was up in the last minutes. */
  without(providers: readonly ProviderName[], now: number): Promise<ProviderName[]>
}

export function appliedSettings(redis: Redis, prefix: string): AppliedSettings {
  const key = `${prefix}:settings:applied`

  const entries = async () =>
    Object.entries(await redis.hgetall(key)).map(([field, at]) => {
      const [provider, read, delivered] = field.split(':')
      return { field, provider, read, delivered, at: Number(at) }
    })

  const fresh = async (now: number) => (await entries()).filter(({ at }) => at >= now - STALE_MS)

  return {
    async publish(settings, now) {
      const own = new Map(
        settings.enabled_providers.map((provider) => [
          provider,
          `${provider}:${hash(readBy(provider, settings))}:${hash(deliveredBy(settings))}`,
        ]),
      )
      await redis.hset(key, Object.fromEntries([...own.values()].map((field) => [field, now])))
      const all = await entries()
      const stale = all.filter(({ at }) => at < now - STALE_MS)
      if (stale.length > 0) await redis.hdel(key, ...stale.map(({ field }) => field))
      const others = all.filter((entry) => !stale.includes(entry))
      return settings.enabled_providers.filter((name) =>
        others.some(({ provider, field }) => provider === name && field !== own.get(name)),
      )
    },
    async differing(settings, providers, now) {
      const up = await fresh(now)
      return providers.filter((name) => {
        const read = hash(readBy(name, settings))
        const ofProvider = up.filter(({ provider }) => provider === name)
        const places = new Set(ofProvider.map(({ delivered }) => delivered))
        return places.size > 1 || ofProvider.some((entry) => entry.read !== read)
      })
    },
    async without(providers, now) {
      const up = new Set((await fresh(now)).map(({ provider }) => provider))
      return providers.filter((name) => !up.has(name))
    },
  }
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
