import { nearest, resolveServices, services } from '@cae/catalogue'
import { requestSchema, type ExtractionRequest, type ProviderName } from '@cae/core'
import type { Settings } from '@cae/runtime'
import type { ValidationErrorItem } from 'joi'
import { Problem, type FieldError } from './problem.ts'

const LISTS = ['providers', 'accounts', 'regions', 'services'] as const
const FIELDS = [...LISTS, 'filters', 'batch_size'] as const
const SINGULARS: Readonly<Record<string, (typeof LISTS)[number]>> = {
  provider: 'providers',
  account: 'accounts',
  region: 'regions',
  service: 'services',
}

/** Errors that one answer lists; a request may hold thousands of unknown names. */
const MAX_ERRORS = 20

type Fields = { [field: string]: unknown }

/**
 * An extraction request from query parameters, a JSON body, or both; the body wins. Lists are JSON arrays, repeated
 * parameters or commas. Throws `Problem` 422 that names every bad field with the values it may have.
 */
export function parseRequest(query: unknown, body: unknown, settings: Settings): ExtractionRequest {
  if (body !== undefined && (typeof body !== 'object' || body === null || Array.isArray(body))) {
    throw new Problem(400, 'the request body must be a JSON object', [
      { field: 'body', message: 'must be a JSON object' },
    ])
  }
  const errors: FieldError[] = []
  const fields = { ...collect(query as Fields, errors), ...collect((body ?? {}) as Fields, errors) }
  const configured = settings.enabled_providers.filter((name) => scopesOf(settings, name).length > 0)
  const request = { providers: configured, batch_size: settings.batch_size, ...fields }
  const { error, value } = requestSchema.validate(request, { abortEarly: false, errors: { wrap: { label: false } } })
  for (const item of error?.details ?? []) errors.push(toFieldError(item))
  if (errors.length === 0) return checkNames(value as ExtractionRequest, configured, settings)
  throw invalid(errors)
}

function invalid(errors: readonly FieldError[]): Problem {
  const fields = [...new Set(errors.map(({ field }) => field))].slice(0, MAX_ERRORS)
  return new Problem(422, `invalid request: ${fields.join(', ')}`, errors.slice(0, MAX_ERRORS))
}

function collect(source: Fields, errors: FieldError[]): Fields {
  const fields: Fields = {}
  for (const [key, value] of Object.entries(source)) {
    const field = SINGULARS[key] ?? key
    if (!(FIELDS as readonly string[]).includes(field)) {
      const [best] = nearest(key, [...FIELDS])
      errors.push({
        field: key,
        message: `unknown field${best ? `; did you mean ${best}?` : ''}; known are ${FIELDS.join(', ')}`,
      })
    } else if ((LISTS as readonly string[]).includes(field)) fields[field] = merged(fields[field], toList(value))
    else fields[field] = field === 'filters' ? parseJson(value, errors) : value
  }
  return fields
}

// `provider` and `providers` are one field.
function merged(before: unknown, list: unknown): unknown {
  return Array.isArray(before) && Array.isArray(list)
    ? [...new Set([...(before as unknown[]), ...(list as unknown[])])]
    : list
}

function toList(value: unknown): unknown {
  const list = typeof value === 'string' ? value.split(',') : value
  if (!Array.isArray(list)) return value
  const items = list.flatMap((item: unknown) =>
    typeof item === 'string' ? item.split(',').map((part) => part.trim()) : [item],
  )
  return [...new Set(items)]
}

function parseJson(value: unknown, errors: FieldError[]): unknown {
  if (typeof value !== 'string') return value
  try {
    return JSON.parse(value) as unknown
  } catch {
    errors.push({ field: 'filters', message: 'must be a JSON object, such as {"labels":{"env":"prod"}}' })
    return undefined
  }
}

function toFieldError({ path, message, type, context }: ValidationErrorItem): FieldError {
  const [first, ...rest] = path
  const field = [first, ...rest].reduce<string>(
    (text, key) => (typeof key === 'number' ? `${text}[${key}]` : text ? `${text}.${key}` : String(key)),
    '',
  )
  if (type === 'any.only') {
    return {
      field,
      message: `${JSON.stringify(context?.value)} is not known; allowed are ${(context?.['valids'] as unknown[] | undefined)?.join(', ') ?? 'none'}`,
    }
  }
  if (first === 'providers' && type === 'array.min')
    return { field, message: 'no provider has accounts in the settings' }
  const label = context?.label
  return { field, message: label && message.startsWith(label) ? message.slice(label.length).trim() : message }
}

/** Names that the settings or the catalogue must know. */
function checkNames(
  request: ExtractionRequest,
  configured: readonly ProviderName[],
  settings: Settings,
): ExtractionRequest {
  const errors: FieldError[] = []
  const providers = request.providers.filter((name) => {
    if (configured.includes(name)) return true
    const why = settings.enabled_providers.includes(name)
      ? 'has no accounts in the settings'
      : 'is not enabled in the settings'
    errors.push({ field: 'providers', message: `${name} ${why}; allowed are ${configured.join(', ') || 'none'}` })
    return false
  })
  if (errors.length > 0) throw invalid(errors)
  const scopes = providers.flatMap((name) => scopesOf(settings, name))
  const accounts = checkKnown(
    'accounts',
    request.accounts,
    scopes.map(({ id }) => id),
    errors,
  )
  const regions = checkKnown('regions', request.regions, knownRegions(scopes), errors)
  const services = checkServices(request.services, providers, errors)
  if (errors.length > 0) throw invalid(errors)
  const target = {
    ...request,
    ...(accounts && { accounts }),
    ...(regions && { regions }),
    ...(services && { services: services.names }),
  }
  return { ...target, providers: narrow(providers, target, services?.byProvider, settings) }
}

// A provider that none of the named accounts or services belongs to has nothing to do in this run.
function narrow(
  providers: readonly ProviderName[],
  { accounts }: { accounts?: string[] },
  byProvider: Partial<Record<ProviderName, string[]>> | undefined,
  settings: Settings,
): ProviderName[] {
  const kept = providers.filter(
    (name) =>
      (!accounts || scopesOf(settings, name).some(({ id }) => accounts.includes(id))) &&
      (!byProvider || (byProvider[name]?.length ?? 0) > 0),
  )
  if (kept.length > 0) return kept
  throw invalid([{ field: 'services', message: 'none of the services exists in the providers of the accounts' }])
}

function checkServices(
  services: readonly string[] | undefined,
  providers: readonly ProviderName[],
  errors: FieldError[],
) {
  if (!services) return undefined
  const { byProvider, unknown } = resolveServices(services, providers)
  for (const { name, nearest: close } of unknown.slice(0, MAX_ERRORS)) {
    const hint = close.length > 0 ? `did you mean ${close.join(' or ')}?` : 'GET /extraction/services lists them'
    errors.push({
      field: 'services',
      message: `${JSON.stringify(name)} is not a service of ${providers.join(', ')}; ${hint}`,
    })
  }
  return { byProvider, names: toNames(byProvider, providers) }
}

// An alias may mean the service of one cloud only, under a name that another has too.
function toNames(byProvider: Partial<Record<ProviderName, string[]>>, providers: readonly ProviderName[]): string[] {
  const names = Object.entries(byProvider).flatMap(([provider, meant]) =>
    meant.map((name) => {
      const isShared = providers.every((other) => byProvider[other]?.includes(name) || !services(other).includes(name))
      return isShared ? name : `${provider}:${name}`
    }),
  )
  return [...new Set(names)].toSorted()
}

function checkKnown(
  field: string,
  names: readonly string[] | undefined,
  known: readonly string[] | null,
  errors: FieldError[],
): string[] | undefined {
  if (!names) return undefined
  const byLowerCase = new Map(known?.map((name) => [name.toLowerCase(), name]))
  return names.flatMap((name) => {
    const match = known ? byLowerCase.get(name.toLowerCase()) : name.toLowerCase().replace(/\s+/g, '')
    if (match) return [match]
    if (errors.length >= MAX_ERRORS) return []
    const close = nearest(name, [...byLowerCase.values()])
    const allowed = close.length > 0 ? close : [...byLowerCase.values()].slice(0, 20)
    errors.push({
      field,
      message: `${JSON.stringify(name)} is not in the settings; ${close.length > 0 ? 'nearest' : 'known'} are ${allowed.join(', ')}`,
    })
    return []
  })
}

interface Scope {
  readonly id: string
  /** Undefined: all. */
  readonly regions: readonly string[] | undefined
}

export function scopesOf(settings: Settings, provider: ProviderName): Scope[] {
  switch (provider) {
    case 'aws':
      return settings.aws_accounts.map(({ account_id, regions }) => ({ id: account_id, regions }))
    case 'azure':
      return settings.azure_accounts.map(({ subscription_id, locations }) => ({
        id: subscription_id,
        regions: locations,
      }))
    case 'gcp':
      return [
        ...settings.gcp.scopes.map((id) => ({ id, regions: undefined })),
        ...settings.gcp_projects.map(({ project_id, regions }) => ({ id: project_id, regions })),
      ]
  }
}

// A subscription or project without a list of its own has every region of its cloud, so any name may be right there.
function knownRegions(scopes: readonly Scope[]): string[] | null {
  if (scopes.some(({ regions }) => !regions)) return null
  return [...new Set([...scopes.flatMap(({ regions }) => regions ?? []), 'global'])].toSorted()
}
