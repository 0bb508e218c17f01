import { REGIONS } from '@cae/catalogue'
import type { ProviderName } from '@cae/core'
import type { Settings } from '@cae/runtime'

/** What the settings say of one provider's accounts. */
export interface Configured {
  /** The accounts, subscriptions and projects that are named. */
  readonly scopes: readonly Scope[]
  /** The workers find further ones by themselves, such as those of an organization; nobody knows them before. */
  readonly discovers: boolean
}

export interface Scope {
  readonly id: string
  /** Undefined: all that the cloud has. */
  readonly regions: readonly string[] | undefined
}

/** What the settings of one cloud may hold that makes the workers look for accounts. */
interface Discovery {
  readonly organization?: unknown
  readonly aggregators?: readonly unknown[]
  readonly management_groups?: readonly unknown[]
  readonly all_subscriptions?: boolean
  readonly scopes?: readonly unknown[]
}

export function configuredOf(settings: Settings, provider: ProviderName): Configured {
  return { scopes: scopesOf(settings, provider), discovers: discovers(settings[provider] as Discovery) }
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
        regions: locations,
      }))
    case 'gcp':
      return settings.gcp_projects.map(({ project_id, regions }) => ({ id: project_id, regions }))
  }
}

function discovers({ organization, aggregators, management_groups, all_subscriptions, scopes }: Discovery): boolean {
  const lists = [aggregators, management_groups, scopes]
  return Boolean(organization) || all_subscriptions === true || lists.some((list) => list && list.length > 0)
}

const ACCOUNT_IDS: Readonly<Record<ProviderName, { readonly form: RegExp; readonly words: string }>> = {
  aws: { form: /^\d{12}$/, words: 'an AWS account id (12 digits)' },
  azure: { form: /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/, words: 'an Azure subscription id' },
  gcp: { form: /^([a-z]([a-z0-9-]{4,28})[a-z0-9]|\d{6,19})$/, words: 'a Google Cloud project id or number' },
}

/** Whether a name, in lower case, has the form of the provider's account ids. */
export function isAccountId(provider: ProviderName, name: string): boolean {
  return ACCOUNT_IDS[provider].form.test(name)
}

export function accountIdInWords(provider: ProviderName): string {
  return ACCOUNT_IDS[provider].words
}

/** The regions that a request may name for the provider: those of the settings, and its cloud's where they leave that open. */
export function regionsOf(settings: Settings, provider: ProviderName): readonly string[] {
  const { scopes, discovers } = configuredOf(settings, provider)
  const named = scopes.flatMap(({ regions }) => regions ?? [])
  const isOpen = discovers || scopes.some(({ regions }) => !regions)
  return [...new Set(['global', ...named, ...(isOpen ? REGIONS[provider] : [])])].toSorted()
}
