import { REGIONS } from '@cae/catalogue'
import type { ProviderName } from '@cae/core'
import type { Settings } from '@cae/runtime'

/** What the settings say of one provider's accounts. */
export interface Configured {
  /** The accounts, subscriptions and projects that are named. */
  readonly scopes: readonly Scope[]
  /** The workers find further ones by themselves, such as those of an organization; nobody knows them before. */
  readonly discovers: boolean
  /** Accounts that they leave out where they find them. */
  readonly excluded: readonly string[]
}

export interface Scope {
  readonly id: string
  /** Undefined: all that the cloud has. */
  readonly regions: readonly string[] | undefined
}

/** What makes the workers look for accounts. */
interface Discovery {
  /** Of the accounts that are found; undefined: all that the cloud has. */
  readonly regions: readonly string[] | undefined
  readonly excluded: readonly string[]
}

export function configuredOf(settings: Settings, provider: ProviderName): Configured {
  const scopes = scopesOf(settings, provider)
  const discovery = discoveryOf(settings, provider)
  const named = new Set(scopes.map(({ id }) => id))
  return {
    scopes,
    discovers: discovery !== null,
    excluded: (discovery?.excluded ?? []).filter((id) => !named.has(id)),
  }
}

/** The providers that a request may name. */
export function configuredProviders(settings: Settings): ProviderName[] {
  return settings.enabled_providers.filter((name) => isConfigured(settings, name))
}

/** Whether a request may name the provider. */
export function isConfigured(settings: Settings, provider: ProviderName): boolean {
  const { scopes, discovers } = configuredOf(settings, provider)
  return settings.enabled_providers.includes(provider) && (discovers || scopes.length > 0)
}

function scopesOf(settings: Settings, provider: ProviderName): Scope[] {
  switch (provider) {
    case 'aws':
      return settings.aws_accounts.map(({ account_id, regions }) => ({ id: account_id, regions }))
    case 'azure':
      return settings.azure_accounts.map(({ subscription_id, locations }) => ({
        id: subscription_id,
        regions: locations ?? settings.azure.locations,
      }))
    case 'gcp':
      return [
        ...settings.gcp.scopes.map((id) => ({ id, regions: undefined })),
        ...settings.gcp_projects.map(({ project_id, regions }) => ({ id: project_id, regions })),
      ]
  }
}

function discoveryOf(settings: Settings, provider: ProviderName): Discovery | null {
  switch (provider) {
    case 'aws': {
      const { organization, aggregators } = settings.aws
      if (!organization && aggregators.length === 0) return null
      // An aggregator has whatever regions and accounts it has.
      return aggregators.length > 0
        ? { regions: undefined, excluded: [] }
        : { regions: organization?.regions, excluded: organization?.exclude ?? [] }
    }
    case 'azure': {
      const { management_groups = [], all_subscriptions, locations } = settings.azure
      return all_subscriptions || management_groups.length > 0 ? { regions: locations, excluded: [] } : null
    }
    // An organization or folder is read as one scope, under its own name, or one project of it under that one's.
    case 'gcp':
      return settings.gcp.scopes.length > 0 ? { regions: undefined, excluded: [] } : null
  }
}

/** Of the clouds whose accounts the workers find. */
const ACCOUNT_IDS: Readonly<Record<ProviderName, { readonly form: RegExp; readonly words: string }>> = {
  aws: { form: /^\d{12}$/, words: 'an AWS account id (12 digits)' },
  azure: { form: /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/, words: 'an Azure subscription id' },
  // Not by its number, which an account of AWS may have too.
  gcp: { form: /^[a-z][a-z0-9-]{4,28}[a-z0-9]$/, words: 'a Google Cloud project id' },
}

/** Whether a name, in lower case, has the form of the provider's account ids. */
export function isAccountId(provider: ProviderName, name: string): boolean {
  return ACCOUNT_IDS[provider].form.test(name)
}

export function accountIdInWords(provider: ProviderName): string {
  return ACCOUNT_IDS[provider].words
}

/**
 * The regions that a request may name for the provider: those of the settings, and its cloud's where they leave that open.
 * Of `accounts` alone, where these are given.
 */
export function regionsOf(settings: Settings, provider: ProviderName, accounts?: readonly string[]): readonly string[] {
  const discovery = discoveryOf(settings, provider)
  const scopes = scopesOf(settings, provider)
  const isFound = accounts?.some((name) => scopes.every(({ id }) => id !== name)) ?? true
  const asked = accounts ? scopes.filter(({ id }) => accounts.includes(id)) : scopes
  const lists = [...asked, ...(discovery && isFound ? [discovery] : [])].map(({ regions }) => regions)
  return [...new Set(['global', ...lists.flatMap((regions) => regions ?? REGIONS[provider])])].toSorted()
}
