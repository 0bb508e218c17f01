import { entries } from '@cae/catalogue'
import { COLUMNS } from './row.ts'

/** The tables that hold resources, and containers of resources. */
export const TABLES = ['resources', 'resourcecontainers'] as const
export type Table = (typeof TABLES)[number]

/** Services whose types are in `resourcecontainers`. */
const CONTAINER_SERVICES = new Set(['resources', 'management'])

/** Tables that can have resources of the services. */
export function tablesFor(services: readonly string[] | undefined): readonly Table[] {
  const wantsContainers = !services || services.some((service) => CONTAINER_SERVICES.has(service))
  return wantsContainers ? TABLES : ['resources']
}

export interface TableQuery {
  readonly table: Table
  readonly services?: readonly string[]
  /** Lower case; what has no place is read all the same. */
  readonly locations?: readonly string[]
}

/**
 * Explicit columns with `id` among them, since without it there is no skip token; sorted by it, since without an order
 * pages may overlap.
 */
export function kqlFor({ table, services, locations }: TableQuery): string {
  return [
    table,
    ...(services ? [`where ${typesOf(services)}`] : []),
    ...(locations ? [`where location in~ (${[...locations, 'global', ''].map(quote).join(', ')})`] : []),
    `project ${COLUMNS.join(', ')}`,
    'order by id asc',
  ].join(' | ')
}

export const READABLE_SUBSCRIPTIONS =
  "resourcecontainers | where type =~ 'microsoft.resources/subscriptions' | project subscriptionId"

function typesOf(services: readonly string[]): string {
  const wanted = new Set(services)
  const types = entries('azure').filter(({ service }) => wanted.has(service))
  const namespaces = new Set(types.map(({ nativeType }) => nativeType.slice(0, nativeType.indexOf('/') + 1)))
  return [...namespaces].map((namespace) => `type startswith ${quote(namespace)}`).join(' or ')
}

function quote(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
}
