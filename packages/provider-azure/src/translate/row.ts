import type { JsonValue } from '@cae/core'

/**
 * One row of Azure Resource Graph with the columns that we project. ARM's own list answers have the same fields but
 * `resourceGroup` and `subscriptionId`, write ids and types in camel case and leave out what is empty.
 */
export interface Row {
  readonly id: string
  readonly type: string
  readonly name?: string | null
  /** Empty or absent for containers. */
  readonly location?: string | null
  readonly resourceGroup?: string | null
  readonly subscriptionId?: string | null
  readonly tags?: { readonly [name: string]: JsonValue } | null
  readonly zones?: readonly string[] | null
  readonly managedBy?: string | null
  readonly properties?: JsonValue
  readonly systemData?: JsonValue
  readonly [column: string]: JsonValue | undefined
}

/** What we ask for by name where the columns are known. */
export const COLUMNS = [
  'id',
  'name',
  'type',
  'tenantId',
  'kind',
  'location',
  'resourceGroup',
  'subscriptionId',
  'managedBy',
  'sku',
  'plan',
  'properties',
  'tags',
  'identity',
  'zones',
  'extendedLocation',
] as const
