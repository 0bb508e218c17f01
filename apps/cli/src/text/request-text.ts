import type { ExtractionRequest } from '@cae/core'
import { PROVIDER_LABELS } from './labels.ts'
import { count } from './quantity.ts'

const SHOWN_NAMES = 5

/** `AWS, GCP: services ec2, s3; label env=prod`, or `AWS: everything`. */
export function requestText(request: ExtractionRequest): string {
  const narrowed = narrowings(request)
  const providers = request.providers.map((name) => PROVIDER_LABELS[name]).join(', ')
  return `${providers}: ${narrowed.length > 0 ? narrowed.join('; ') : 'everything'}`
}

/** Whether a request leaves out a part of its providers. */
export function isNarrowed(request: ExtractionRequest): boolean {
  return narrowings(request).length > 0
}

function narrowings({ accounts, regions, services, resource_types, filters }: ExtractionRequest): string[] {
  const lists = { accounts, regions, services, types: resource_types, 'types filtered to': filters?.resource_types }
  const labels = Object.entries(filters?.labels ?? {}).map(
    ([name, value]) => `label ${name}=${[value].flat().join('|')}`,
  )
  return [
    ...Object.entries(lists).flatMap(([what, names]) => (names ? [`${what} ${namesText(names)}`] : [])),
    ...labels,
  ]
}

function namesText(names: readonly string[]): string {
  const rest = names.length - SHOWN_NAMES
  return names.slice(0, SHOWN_NAMES).join(', ') + (rest > 0 ? ` and ${count(rest)} more` : '')
}
