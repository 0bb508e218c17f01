import Joi from 'joi'
import type { Artifact } from './artifact.ts'
import { glob } from './glob.ts'
import type { Target } from './provider.ts'
import { PROVIDER_NAMES, type ProviderName } from './provider-name.ts'

/** What a client posted, validated. An absent list means all that the settings name. */
export interface ExtractionRequest {
  readonly providers: ProviderName[]
  readonly accounts?: string[]
  readonly regions?: string[]
  /** Names from the catalogue; one that two clouds share means both, unless it says which: `azure:storage`. */
  readonly services?: string[]
  /** Globs over `resource_type`, such as `aws:ec2:*`. What fits none is not read, where the provider can tell. */
  readonly resource_types?: string[]
  readonly filters?: Filters
  /** Artifacts in a batch, 1 to 10,000. */
  readonly batch_size: number
}

export interface Filters {
  /** Label name → the value it must have, or a list of them, or `*` for any. All names must match. */
  readonly labels?: Readonly<Record<string, string | string[]>>
  /** Globs over `resource_type`, such as `aws:ec2:*`. One must match. */
  readonly resource_types?: string[]
}

const names = Joi.array().items(Joi.string().trim().min(1).max(200)).min(1).max(10_000).unique()

/** Clouds have labels without a value. */
const labelValue = Joi.string().allow('').max(1000)

/** Characters as JSON: every answer about a job repeats them. */
const MAX_FILTERS = 64 * 1024

export const filtersSchema = Joi.object<Filters, true>({
  labels: Joi.object()
    .pattern(Joi.string().max(300), Joi.alternatives(labelValue, Joi.array().items(labelValue).min(1).max(100)))
    .min(1)
    .max(50),
  resource_types: Joi.array().items(Joi.string().trim().min(1).max(200)).min(1).max(1000),
}).custom((filters: Filters, { message }) => {
  const { length } = JSON.stringify(filters)
  const tooLong = `must have at most ${MAX_FILTERS} characters as JSON, and has ${length}`
  return length > MAX_FILTERS ? message({ custom: tooLong }) : filters
})

export const requestSchema = Joi.object<ExtractionRequest, true>({
  providers: Joi.array()
    .items(
      Joi.string()
        .lowercase()
        .valid(...PROVIDER_NAMES),
    )
    .min(1)
    .unique()
    .required(),
  accounts: names,
  regions: names,
  services: names,
  resource_types: Joi.array().items(Joi.string().trim().min(1).max(200)).min(1).max(200).unique(),
  filters: filtersSchema,
  batch_size: Joi.number().integer().min(1).max(10_000).required(),
})

/** The part of a request that one provider plans from. */
export function toTarget(request: ExtractionRequest, asOf: string): Target {
  // Either narrows what is read; the selector holds an artifact to both.
  const types = request.resource_types ?? request.filters?.resource_types
  return {
    ...(request.accounts && { accounts: request.accounts }),
    ...(request.regions && { regions: request.regions }),
    ...(request.services && { services: request.services }),
    ...(types && { resourceTypes: types }),
    asOf,
  }
}

/** Whether an artifact is what the request asks for. Providers narrow what they read; this decides. */
export function selector(request: ExtractionRequest): (artifact: Artifact) => boolean {
  const regions = request.regions && new Set(request.regions.map((region) => region.toLowerCase()))
  const services = request.services && new Set(request.services)
  const types = [request.resource_types, request.filters?.resource_types]
    .filter((globs) => globs !== undefined)
    .map((globs) => globs.map(glob))
  const labels = Object.entries(request.filters?.labels ?? {}).map(
    ([name, value]) => [name, new Set(typeof value === 'string' ? [value] : value)] as const,
  )
  return ({ cloud_provider, resource_type, metadata }) =>
    (!regions || regions.has(metadata.region) || metadata.region === 'global') &&
    (!services || services.has(metadata.service) || services.has(`${cloud_provider}:${metadata.service}`)) &&
    types.every((globs) => globs.some((fits) => fits(resource_type))) &&
    labels.every(([name, values]) => {
      // Own labels only: every object has a `constructor`.
      const value = Object.hasOwn(metadata.labels, name) ? metadata.labels[name] : undefined
      return value !== undefined && (values.has('*') || values.has(value))
    })
}
