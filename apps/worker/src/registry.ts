import {
  ExtractionError,
  PROVIDER_NAMES,
  type Limit,
  type Provider,
  type ProviderName,
  type Transport,
} from '@cae/core'
import { didYouMean, SettingsError, type Settings, type SettingsProblem, type TransportSettings } from '@cae/runtime'

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

export interface Parts {
  readonly providers: ReadonlyMap<ProviderName, Provider>
  /** Declared ones under the operator's overrides. */
  readonly limits: readonly Limit[]
  readonly transport: Transport
}

/** What only the parts themselves can tell is wrong. */
export async function problemsOfParts(settings: Settings): Promise<readonly SettingsProblem[]> {
  try {
    const { transport } = await loadParts(settings)
    await transport.close()
    return []
  } catch (error) {
    if (error instanceof SettingsError) return error.problems
    throw error
  }
}

/** What the settings name. Throws `SettingsError` with everything that only the parts themselves can tell is wrong. */
export async function loadParts(settings: Settings): Promise<Parts> {
  const problems = await unknownTables(settings)
  const providers = await loadProviders(problems.length > 0 ? withoutTables(settings) : settings)
  problems.push(...unknownLimits(providers.values(), settings.limits))
  problems.push(...(await unfitOptions(settings.transport)))
  if (problems.length > 0) throw new SettingsError(problems)
  const limits = effectiveLimits(providers.values(), settings.limits)
  return { providers, limits, transport: await loadTransport(settings.transport) }
}

async function unknownTables({ enabled_providers, azure: { tables } }: Settings): Promise<SettingsProblem[]> {
  if (!tables || !enabled_providers.includes('azure')) return []
  const { TABLE_NAMES } = await import('@cae/provider-azure')
  const known: readonly string[] = TABLE_NAMES
  return tables.flatMap((name, index) =>
    known.includes(name)
      ? []
      : [{ path: `azure.tables[${index}]`, message: `is not a table${didYouMean(name, known)}` }],
  )
}

// The provider would refuse them, and leave what its limits are unknown.
function withoutTables(settings: Settings): Settings {
  const azure = { ...settings.azure }
  delete azure.tables
  return { ...settings, azure }
}

/** The providers that the settings enable, by name. */
async function loadProviders(settings: Settings): Promise<ReadonlyMap<ProviderName, Provider>> {
  const entries = settings.enabled_providers.map(async (name) => [name, await PROVIDERS[name](settings)] as const)
  return new Map(await Promise.all(entries))
}

export function providerOf(providers: ReadonlyMap<ProviderName, Provider>, name: ProviderName): Provider {
  const provider = providers.get(name)
  if (!provider) throw new ExtractionError('SETTINGS_MISSING', `provider ${name} is not enabled on this worker`)
  return provider
}

/** Overrides of limits that no provider declares; those of providers that this worker does not have are left to the workers that do. */
function unknownLimits(providers: Iterable<Provider>, { overrides }: Settings['limits']): SettingsProblem[] {
  const known = [...providers].flatMap(({ limits }) => limits.map(({ name }) => name)).toSorted()
  const absent = PROVIDER_NAMES.filter((provider) => !known.some((name) => name.startsWith(`${provider}.`)))
  return Object.keys(overrides)
    .filter((name) => !known.includes(name) && !absent.some((provider) => name.startsWith(`${provider}.`)))
    .map((name) => ({ path: `limits.overrides.${name}`, message: `is not a limit${didYouMean(name, known)}` }))
}

function effectiveLimits(providers: Iterable<Provider>, { overrides }: Settings['limits']): Limit[] {
  const declared = [...providers].flatMap(({ limits }) => limits)
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

async function unfitOptions(settings: TransportSettings): Promise<SettingsProblem[]> {
  if (settings.type !== 'http') return []
  const { optionProblems } = await import('@cae/transport-http')
  return optionProblems(settings).map(({ path, message }) => ({ path: `transport.${path}`, message }))
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
