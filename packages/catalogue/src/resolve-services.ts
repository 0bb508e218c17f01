import { ALIASES } from './aliases.ts'
import { services } from './entries.ts'
import type { CatalogueProvider } from './name-of.ts'
import { nearest } from './nearest.ts'

// Finding the nearest names takes a millisecond for each; a request may hold thousands of unknown ones.
const MAX_SUGGESTIONS = 10

export interface ResolvedServices {
  /** Catalogue names, in the order asked for, once each. A provider that none of the names means is absent. */
  readonly byProvider: Partial<Record<CatalogueProvider, string[]>>
  /** Names that no provider knows, the first of them with the nearest ones that exist. */
  readonly unknown: readonly { readonly name: string; readonly nearest: string[] }[]
}

/**
 * What service names mean, in any letter case. A name that several providers have (`compute`) means each of them, unless
 * it says which: `azure:compute`.
 */
export function resolveServices(names: readonly string[], providers: readonly CatalogueProvider[]): ResolvedServices {
  const byProvider: Partial<Record<CatalogueProvider, string[]>> = {}
  const unknown = []
  for (const name of names) {
    const meant = providers.flatMap((provider) => {
      const service = find(provider, name.trim().toLowerCase())
      return service === undefined ? [] : [{ provider, service }]
    })
    for (const { provider, service } of meant) {
      const list = (byProvider[provider] ??= [])
      if (!list.includes(service)) list.push(service)
    }
    if (meant.length > 0) continue
    unknown.push({ name, nearest: unknown.length < MAX_SUGGESTIONS ? nearest(name, known(providers)) : [] })
  }
  return { byProvider, unknown }
}

function find(provider: CatalogueProvider, given: string): string | undefined {
  const colon = given.indexOf(':')
  if (colon >= 0 && given.slice(0, colon) !== provider) return undefined
  const name = given.slice(colon + 1)
  if (services(provider).includes(name)) return name
  return Object.hasOwn(ALIASES[provider], name) ? ALIASES[provider][name] : undefined
}

/** What people call a service beside its name; none of most. */
export function aliasesOf(provider: CatalogueProvider, service: string): string[] {
  return Object.keys(ALIASES[provider]).filter((alias) => ALIASES[provider][alias] === service)
}

function known(providers: readonly CatalogueProvider[]): readonly string[] {
  return [...new Set(providers.flatMap((provider) => [...services(provider), ...Object.keys(ALIASES[provider])]))]
}
