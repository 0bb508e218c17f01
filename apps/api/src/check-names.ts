import { nearest, regionName, REGIONS, resolveServices, services } from '@cae/catalogue'
import type { ExtractionRequest, ProviderName } from '@cae/core'
import type { Settings } from '@cae/runtime'
import { accountIdInWords, configuredOf, configuredProviders, isAccountId, regionsOf } from './configured.ts'
import { invalid, MAX_ERRORS, type FieldError } from './problem.ts'
import { checkResourceTypes } from './resource-types.ts'
import { few, leftOut, remaining, selected, type Named, type Selected } from './selection.ts'

export interface CheckedRequest {
  readonly request: ExtractionRequest
  /** What was taken although it may be a mistake. */
  readonly warnings: readonly FieldError[]
}

/**
 * Names that the settings or the catalogue must know. Gives the request with the names as they are written there, and
 * without the providers that none of them belongs to; a warning for each of the caller's names that nothing is read of.
 * `named`: the providers that are among these names. Throws `Problem` 422 with the nearest known ones.
 */
export function checkNames(
  request: ExtractionRequest,
  settings: Settings,
  named: readonly ProviderName[] = [],
): CheckedRequest {
  const errors: FieldError[] = []
  const warnings: FieldError[] = []
  const { providers } = request
  checkProviders(providers, settings, errors)
  if (errors.length > 0) throw invalid(errors)
  const accounts = request.accounts && checkAccounts(request.accounts, providers, settings, errors)
  const regions = request.regions && checkRegions(request.regions, providers, settings, errors)
  const services = request.services && checkServices(request.services, providers, errors)
  const types =
    request.resource_types && checkResourceTypes('resource_types', request.resource_types, providers, errors, warnings)
  const filter = request.filters?.resource_types
  const delivered =
    filter && checkResourceTypes('filters.resource_types', filter, providers, errors, warnings, types && namesOf(types))
  if (errors.length > 0) throw invalid(errors)
  const selection = [accounts, regions, services, types, delivered].filter((one) => one !== undefined)
  const kept = remaining(
    providers,
    selection.map(({ reach }) => reach),
  )
  if (kept.length === 0) throw nothingInCommon(selection)
  return {
    warnings: [
      ...leftOut(named, selection),
      ...(accounts && regions ? regionsOfOthers(regions, namesOf(accounts), kept, settings) : []),
      ...warnings,
    ].slice(0, MAX_ERRORS),
    request: {
      ...request,
      providers: kept,
      ...(accounts && { accounts: namesOf(accounts) }),
      ...(regions && { regions: namesOf(regions) }),
      ...(services && { services: namesOf(services) }),
      ...(types && { resource_types: namesOf(types) }),
      ...(delivered && { filters: { ...request.filters, resource_types: namesOf(delivered) } }),
    },
  }
}

function namesOf({ names }: Selected): string[] {
  return names.map(({ name }) => name)
}

function nothingInCommon(selection: readonly Selected[]) {
  const given = selection.map(({ field }) => field)
  const message = `no provider has all that the request names: its ${given.join(', ')} have nothing in common`
  return invalid([{ field: given.at(-1) ?? 'providers', message }])
}

function checkProviders(providers: readonly ProviderName[], settings: Settings, errors: FieldError[]): void {
  const configured = configuredProviders(settings)
  for (const name of providers) {
    if (configured.includes(name)) continue
    const why = settings.enabled_providers.includes(name)
      ? 'has no accounts in the settings'
      : 'is not enabled in the settings'
    errors.push({ field: 'providers', message: `${name} ${why}; allowed are ${configured.join(', ') || 'none'}` })
  }
}

/** An account is one of the settings, or, where the workers find accounts by themselves, any of the cloud's form. */
function checkAccounts(
  names: readonly string[],
  providers: readonly ProviderName[],
  settings: Settings,
  errors: FieldError[],
): Selected {
  const named = providers.map((provider) => {
    const { scopes, discovers, excluded } = configuredOf(settings, provider)
    return { provider, discovers, excluded, ids: new Map(scopes.map(({ id }) => [id.toLowerCase(), id])) }
  })
  const discovering = named.filter(({ discovers }) => discovers).map(({ provider }) => provider)
  const excluded = new Set(named.flatMap((one) => one.excluded))
  const known = named.flatMap(({ ids }) => [...ids.values()])
  const orElse = discovering.map((provider) => `, nor ${accountIdInWords(provider)}`).join('')
  return resolve('accounts', names, (name) => {
    const wanted = name.toLowerCase()
    const owners = named.filter(({ ids }) => ids.has(wanted))
    if (owners.length > 0)
      return { name: owners[0]!.ids.get(wanted)!, providers: owners.map(({ provider }) => provider) }
    const possible = discovering.filter((provider) => isAccountId(provider, wanted) && !excluded.has(wanted))
    if (possible.length > 0) return { name: wanted, providers: possible }
    if (errors.length < MAX_ERRORS)
      errors.push({
        field: 'accounts',
        message: `${JSON.stringify(name)} ${excluded.has(wanted) ? 'is excluded in the settings' : `is not in the settings${orElse}`}; ${hint(name, known)}`,
      })
  })
}

/**
 * A region is one of the settings, or, where they leave the regions open, one that the cloud is known to have. A new one
 * is taken once the settings name it. A provider that has none of the regions has nothing to do; `global` is everywhere.
 */
function checkRegions(
  names: readonly string[],
  providers: readonly ProviderName[],
  settings: Settings,
  errors: FieldError[],
): Selected {
  const allowed = providers.map((provider) => ({ provider, regions: new Set(regionsOf(settings, provider)) }))
  const all = [...new Set(allowed.flatMap(({ regions }) => [...regions]))]
  return resolve('regions', names, (given) => {
    const name = regionName(given)
    const owners = allowed.filter(({ regions }) => regions.has(name)).map(({ provider }) => provider)
    if (owners.length > 0) return { name, providers: owners }
    if (errors.length >= MAX_ERRORS) return
    const exists = providers.some((provider) => REGIONS[provider].includes(name))
    const why = exists ? 'is not in the settings' : `is not a region of ${providers.join(', ')}, nor in the settings`
    errors.push({ field: 'regions', message: `${JSON.stringify(given)} ${why}; ${hint(name, all)}` })
  })
}

/** Regions that a provider of the request has, but none of the accounts that the request names. */
function regionsOfOthers(
  { names }: Selected,
  accounts: readonly string[],
  kept: readonly ProviderName[],
  settings: Settings,
): FieldError[] {
  const allowed = new Map(kept.map((provider) => [provider, new Set(regionsOf(settings, provider, accounts))]))
  const idle = names.filter(({ name, reach }) => {
    const owners = kept.filter((provider) => reach.has(provider))
    return owners.length > 0 && owners.every((provider) => !allowed.get(provider)!.has(name))
  })
  return idle.map(({ name }) => {
    const message = `${JSON.stringify(name)} selects nothing: none of the accounts ${few(accounts)} has it`
    return { field: 'regions', message }
  })
}

function checkServices(names: readonly string[], providers: readonly ProviderName[], errors: FieldError[]): Selected {
  const { byProvider, unknown } = resolveServices(names, providers)
  for (const { name, nearest: close } of unknown.slice(0, MAX_ERRORS)) {
    const hint = close.length > 0 ? `did you mean ${close.join(' or ')}?` : 'GET /extraction/services lists them'
    errors.push({
      field: 'services',
      message: `${JSON.stringify(name)} is not a service of ${providers.join(', ')}; ${hint}`,
    })
  }
  // To name them takes as long for those that nobody knows, and the request is refused.
  return selected('services', unknown.length > 0 ? [] : toNamed(names, byProvider, providers))
}

// An alias may mean the service of one cloud only, under a name that another has too.
function toNamed(
  words: readonly string[],
  byProvider: Partial<Record<ProviderName, string[]>>,
  providers: readonly ProviderName[],
): Named[] {
  const meanings = words.map((word) => ({ word, by: resolveServices([word], providers).byProvider }))
  const meansIt = (provider: ProviderName, name: string) => byProvider[provider]?.includes(name) ?? false
  const named = providers.flatMap((provider) =>
    (byProvider[provider] ?? []).map((service) => {
      const isShared = providers.every((other) => meansIt(other, service) || !services(other).includes(service))
      const owners = isShared ? providers.filter((other) => meansIt(other, service)) : [provider]
      const reach = new Map(owners.map((owner) => [owner, new Set([service])]))
      const given = meanings.filter(({ by }) => owners.some((owner) => by[owner]?.includes(service)))
      return { name: isShared ? service : `${provider}:${service}`, reach, given: given.map(({ word }) => word) }
    }),
  )
  return named.toSorted((a, b) => (a.name < b.name ? -1 : 1))
}

type Found = { readonly name: string; readonly providers: readonly ProviderName[] }

function resolve(field: string, names: readonly string[], find: (name: string) => Found | undefined): Selected {
  const found = names.map(find).filter((one) => one !== undefined)
  return selected(
    field,
    found.map(({ name, providers }) => ({ name, reach: new Map(providers.map((one) => [one, undefined])) })),
  )
}

function hint(name: string, known: readonly string[]): string {
  const close = nearest(name, known)
  if (close.length > 0) return `nearest are ${close.join(', ')}`
  if (known.length === 0) return 'it names none'
  const more = known.length > MAX_ERRORS ? ` and ${known.length - MAX_ERRORS} more` : ''
  return `known are ${known.slice(0, MAX_ERRORS).join(', ')}${more}`
}
