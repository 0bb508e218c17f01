import type { ResourceType } from '../resource-type.ts'
import { oneOf, type Tree } from '../template.ts'
import { TAG_SETS } from '../words.ts'

/** What an Azure type says of itself; the columns that all have alike are added. */
export interface AzureType {
  readonly alias: string
  /** In ARM's letter case, such as `Microsoft.Compute/virtualMachines`; Resource Graph lower-cases it. */
  readonly name: string
  readonly weight: number
  readonly base?: boolean
  readonly resourceName: string
  /** Alias of the type that it is a child of: its id stands under the parent's. */
  readonly under?: string
  readonly kind?: string
  readonly sku?: Tree
  readonly location?: string
  readonly managedBy?: string
  readonly identity?: Tree
  readonly zones?: Tree
  readonly properties: Tree
}

/** Tags as ARM gives them. */
export const TAG_OBJECT = oneOf([null, ...TAG_SETS.map((set) => Object.fromEntries(set))], 'tags')

export const LOCATION = '{{pick eastus|eastus2|westeurope|northeurope|southcentralus|uksouth|southeastasia location}}'

export function azureType(type: AzureType): ResourceType {
  const { alias, weight, base, name, under } = type
  const last = name.split('/').at(-1)
  const id = under
    ? `{{ref ${under} id}}/${last}/{{name}}`
    : `/subscriptions/{{scope}}/resourceGroups/{{ref rg name}}/providers/${name}/{{name}}`
  const lowerId = under
    ? `{{ref ${under} lowerId}}/${last!.toLowerCase()}/{{name}}`
    : `/subscriptions/{{scope}}/resourcegroups/{{ref rg lowerName}}/providers/${name.toLowerCase()}/{{name}}`
  return {
    alias,
    name: name.toLowerCase(),
    weight,
    ...(base && { base }),
    table: 'resources',
    parts: {
      id,
      lowerId,
      name: type.resourceName,
      group: under ? `{{ref ${under} group}}` : '{{ref rg lowerName}}',
      location: type.location ?? LOCATION,
    },
    columns: { ...commonColumns(name), ...optionalColumns(type), properties: type.properties },
  }
}

/** Columns that a row of Resource Graph has whatever its type. */
export function commonColumns(name: string): Record<string, Tree> {
  return {
    id: '{{id}}',
    name: '{{name}}',
    type: name.toLowerCase(),
    tenantId: '{{parent}}',
    kind: '',
    location: '{{location}}',
    resourceGroup: '{{group}}',
    subscriptionId: '{{scope}}',
    managedBy: '',
    sku: null,
    plan: null,
    properties: {},
    tags: TAG_OBJECT,
    identity: null,
    zones: null,
    extendedLocation: null,
  }
}

function optionalColumns({ kind, sku, managedBy, identity, zones }: AzureType): Record<string, Tree> {
  return {
    ...(kind && { kind }),
    ...(sku && { sku }),
    ...(managedBy && { managedBy }),
    ...(identity && { identity }),
    ...(zones && { zones }),
  }
}
