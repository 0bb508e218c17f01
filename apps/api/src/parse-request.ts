import { filtersSchema, PROVIDER_NAMES, requestSchema, SCHEMA_MESSAGES, type ExtractionRequest } from '@cae/core'
import type { Settings } from '@cae/runtime'
import type { ValidationErrorItem } from 'joi'
import { checkNames, type CheckedRequest } from './check-names.ts'
import { configuredProviders } from './configured.ts'
import { invalid, requireObject, unknownField, type FieldError } from './problem.ts'
import { firstOfEach, keysOf, numberMessage } from './schema.ts'

const LISTS = ['providers', 'accounts', 'regions', 'services', 'resource_types'] as const
const FIELDS = [...LISTS, 'filters', 'batch_size'] as const
const SINGULARS: Readonly<Record<string, (typeof LISTS)[number]>> = {
  provider: 'providers',
  account: 'accounts',
  region: 'regions',
  service: 'services',
  resource_type: 'resource_types',
}

const FILTERS = keysOf(filtersSchema)

export interface ParsedRequest extends CheckedRequest {
  /** It names nothing that chooses among providers. */
  readonly everything: boolean
}

type Fields = { [field: string]: unknown }

export const GIVEN_TWICE = 'is in the query and in the body: give it in one of them'

/**
 * An extraction request from query parameters, a JSON body, or both, but no field from both. Lists are JSON arrays, repeated
 * parameters or commas. Throws `Problem` 422 that names every bad field with the values it may have; `beside`: fields that
 * the caller has read, which an unknown one may be meant for.
 */
export function parseRequest(
  query: unknown,
  body: unknown,
  settings: Settings,
  beside: readonly string[] = [],
): ParsedRequest {
  requireObject(body)
  const errors: FieldError[] = []
  const known = [...beside, ...FIELDS]
  const asked = collect(query as Fields, known, errors)
  const posted = collect((body ?? {}) as Fields, known, errors)
  for (const field of Object.keys(posted).filter((key) => key in asked)) errors.push({ field, message: GIVEN_TWICE })
  const fields = { ...asked, ...posted }
  const configured = configuredProviders(settings)
  const request = { providers: configured, batch_size: settings.batch_size, ...fields }
  const { error, value } = requestSchema.validate(request, {
    abortEarly: false,
    errors: { wrap: { label: false } },
    messages: SCHEMA_MESSAGES,
  })
  for (const item of firstOfEach(error?.details ?? [])) errors.push(toFieldError(item, 'providers' in fields))
  const checked = value as ExtractionRequest
  if (errors.length > 0) throw invalid(errors)
  return {
    ...checkNames(checked, settings, 'providers' in fields ? checked.providers : []),
    everything: !LISTS.some((list) => list in fields) && !checked.filters?.resource_types,
  }
}

function collect(source: Fields, known: readonly string[], errors: FieldError[]): Fields {
  const fields: Fields = {}
  for (const [key, value] of Object.entries(source)) {
    const field = SINGULARS[key] ?? key
    if (!(FIELDS as readonly string[]).includes(field)) {
      errors.push(unknownField(key, known))
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

function toFieldError({ path, message, type, context }: ValidationErrorItem, namesProviders: boolean): FieldError {
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
  if (first === 'providers' && type === 'array.min') {
    const none = 'no provider has accounts in the settings'
    return { field, message: namesProviders ? `must name at least one of ${PROVIDER_NAMES.join(', ')}` : none }
  }
  if (type === 'object.unknown') return { ...unknownField(String(path.at(-1)), FILTERS), field }
  if (type.startsWith('number.')) return { field, message: numberMessage(requestSchema, path) ?? message }
  const label = context?.label
  return { field, message: label && message.startsWith(label) ? message.slice(label.length).trim() : message }
}
