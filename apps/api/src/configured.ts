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

/** What the settings of one cloud may hold that makes the workers look for accounts. */
interface Discovery {
  readonly organization?: { readonly regions?: readonly string[]; readonly exclude?: readonly string[] } | undefined
  readonly aggregators?: readonly unknown[] | undefined
  readonly management_groups?: readonly unknown[] | undefined
  readonly all_subscriptions?: boolean | undefined
  readonly scopes?: readonly unknown[] | undefined
  /** Of the accounts that are found. */
  readonly locations?: readonly string[] | undefined
}

export function configuredOf(settings: Settings, provider: ProviderName): Configured {
  const discovery = settings[provider] as Discovery
  const scopes = scopesOf(settings, provider)
  const named = new Set(scopes.map(({ id }) => id))
  return {
    scopes,
    discovers: discovers(discovery),
    excluded: (discovery.organization?.exclude ?? []).filter((id) => !named.has(id)),
  }
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
  return organization !== undefined || all_subscriptions === true || lists.some((list) => list && list.length > 0)
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
  const lists = [
    ...scopes.map(({ regions }) => regions),
    ...(discovers ? foundIn(settings[provider] as Discovery) : []),
  ]
  return [...new Set(['global', ...lists.flatMap((regions) => regions ?? REGIONS[provider])])].toSorted()
}

// An aggregator has whatever regions it has; so has an organization whose regions are not named.
function foundIn({ organization, aggregators = [], locations }: Discovery): (readonly string[] | undefined)[] {
  return organization && aggregators.length === 0 ? [organization.regions] : [locations]
}
