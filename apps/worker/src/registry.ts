import {
  ExtractionError,
  PROVIDER_NAMES,
  type Limit,
  type Provider,
  type ProviderName,
  type Transport,
} from '@cae/core'
import { didYouMean, SettingsError, type Settings, type TransportSettings } from '@cae/runtime'

/** Loaded when first needed: the three SDKs together cost 650 ms and 70 MiB that a worker of one cloud need not pay. */
const PROVIDERS: Readonly<Record<ProviderName, (settings: Settings) => Promise<Provider>>> = {
  aws: async ({ aws, aws_accounts }) => {
    const { awsProvider } = await import('@cae/provider-aws')
    const { request_timeout_ms, ...rest } = aws
    return awsProvider({ accounts: aws_accounts, timeoutMs: request_timeout_ms, ...rest })
  },
  azure: async ({ azure, azure_accounts }) => {
    const { azureProvider } = await import('@cae/provider-azure')
    const { request_timeout_ms, ...rest } = azure
    return azureProvider({ accounts: azure_accounts, timeoutMs: request_timeout_ms, ...rest })
  },
  gcp: async ({ gcp, gcp_projects }) => {
    const { gcpProvider } = await import('@cae/provider-gcp')
    const { request_timeout_ms, ...rest } = gcp
    return gcpProvider({ projects: gcp_projects, timeoutMs: request_timeout_ms, ...rest })
  },
}

/** The providers that the settings enable, by name. */
export async function loadProviders(settings: Settings): Promise<ReadonlyMap<ProviderName, Provider>> {
  const entries = settings.enabled_providers.map(async (name) => [name, await PROVIDERS[name](settings)] as const)
  return new Map(await Promise.all(entries))
}

export function providerOf(providers: ReadonlyMap<ProviderName, Provider>, name: ProviderName): Provider {
  const provider = providers.get(name)
  if (!provider) throw new ExtractionError('SETTINGS_MISSING', `provider ${name} is not enabled on this worker`)
  return provider
}

/**
 * Declared limits under the operator's overrides. Throws `SettingsError` where overrides name limits that no provider
 * declares; those of providers that this worker does not have are left to the workers that do.
 */
export function effectiveLimits(providers: Iterable<Provider>, { overrides }: Settings['limits']): Limit[] {
  const declared = [...providers].flatMap(({ limits }) => limits)
  const names = new Set(declared.map(({ name }) => name))
  const absent = PROVIDER_NAMES.filter((provider) => !declared.some(({ name }) => name.startsWith(`${provider}.`)))
  const unknown = Object.keys(overrides).filter(
    (name) => !names.has(name) && !absent.some((provider) => name.startsWith(`${provider}.`)),
  )
  if (unknown.length > 0) {
    const known = [...names].toSorted()
    throw new SettingsError(
      unknown.map((name) => ({
        path: `limits.overrides.${name}`,
        message: `is not a limit${didYouMean(name, known)}`,
      })),
    )
  }
  return declared.map((limit) => {
    const override = overrides[limit.name]
    if (!override) return limit
    const { rate_per_second: ratePerSecond, burst, window_seconds: windowSeconds, calls_per_day: perDay } = override
    return {
      ...limit,
      ...(ratePerSecond !== undefined && { ratePerSecond }),
      ...(burst !== undefined && { burst }),
      ...(windowSeconds !== undefined && { windowSeconds }),
      ...(perDay !== undefined && { perDay }),
      source: `limits.overrides of the settings, over: ${limit.source}`,
    }
  })
}

export async function loadTransport(settings: TransportSettings): Promise<Transport> {
  switch (settings.type) {
    case 'filesystem':
      return (await import('@cae/transport-filesystem')).filesystemTransport(settings)
    case 'http':
      return (await import('@cae/transport-http')).httpTransport(settings)
    case 'console':
      return (await import('./transports/console.ts')).consoleTransport()
    case 'null':
      return (await import('./transports/null.ts')).nullTransport()
  }
}
