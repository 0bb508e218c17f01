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
  /** `resources` where absent. */
  readonly table?: string
  /** Alias of the type that it is a child of: its id stands under the parent's. */
  readonly under?: string
  /** Alias of the type that it extends: `/providers/…` stands after that one's id. */
  readonly on?: string
  readonly kind?: string
  readonly sku?: Tree
  readonly location?: string
  readonly managedBy?: string
  readonly identity?: Tree
  readonly zones?: Tree
  /** `TAG_OBJECT` where absent. */
  readonly tags?: Tree
  readonly properties: Tree
}

/** Tags as ARM gives them. */
export const TAG_OBJECT = oneOf([null, ...TAG_SETS.map((set) => Object.fromEntries(set))], 'tags')

/** What policies ask of each resource that says little of itself. */
export const GOVERNED_TAGS: Tree = {
  application: '{{app}}-{{role}}',
  environment: '{{env}}',
  'cost-center': 'cc-{{int 1000 9999 cc}}',
  'business-owner': '{{team}}-lead@example.com',
  'technical-owner': '{{team}}-oncall@example.com',
  'data-classification': '{{pick public|internal|confidential|restricted}}',
  'created-by': 'terraform',
  'created-at': '{{time created}}',
  repository: 'https://git.example.com/{{team}}/{{app}}-infrastructure',
  runbook: 'https://wiki.example.com/{{team}}/{{app}}/runbook',
  'change-ticket': 'CHG{{int 1000000 9999999 ticket}}',
  'support-level': '{{pick gold|silver|bronze}}',
  'maintenance-window': 'sun:0{{int 1 5}}:00-sun:06:00',
  'compliance-scope': '{{pick pci|sox|gdpr|none}}',
  'recovery-time-objective': '{{pick 1h|4h|24h}}',
}

export const LOCATION = '{{pick eastus|eastus2|westeurope|northeurope|southcentralus|uksouth|southeastasia location}}'

export function azureType(type: AzureType): ResourceType {
  const { alias, weight, base, name } = type
  const owner = type.under ?? type.on
  return {
    alias,
    name: name.toLowerCase(),
    weight,
    ...(base && { base }),
    table: type.table ?? 'resources',
    parts: {
      ...idParts(type),
      name: type.resourceName,
      group: owner ? `{{ref ${owner} group}}` : '{{ref rg lowerName}}',
      location: type.location ?? LOCATION,
    },
    columns: { ...commonColumns(name), ...optionalColumns(type), properties: type.properties },
  }
}

function idParts({ name, under, on }: AzureType): { id: string; lowerId: string } {
  const lower = name.toLowerCase()
  if (under) {
    const last = name.split('/').at(-1)!
    return {
      id: `{{ref ${under} id}}/${last}/{{name}}`,
      lowerId: `{{ref ${under} lowerId}}/${last.toLowerCase()}/{{name}}`,
    }
  }
  if (on) {
    return {
      id: `{{ref ${on} id}}/providers/${name}/{{name}}`,
      lowerId: `{{ref ${on} lowerId}}/providers/${lower}/{{name}}`,
    }
  }
  return {
    id: `/subscriptions/{{scope}}/resourceGroups/{{ref rg name}}/providers/${name}/{{name}}`,
    lowerId: `/subscriptions/{{scope}}/resourcegroups/{{ref rg lowerName}}/providers/${lower}/{{name}}`,
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

function optionalColumns({ kind, sku, managedBy, identity, zones, tags }: AzureType): Record<string, Tree> {
  return {
    ...(kind && { kind }),
    ...(sku && { sku }),
    ...(managedBy && { managedBy }),
    ...(identity && { identity }),
    ...(zones && { zones }),
    ...(tags && { tags }),
  }
}
