/** A table of Resource Graph that an inventory reads. */
interface TableFacts {
  /** Namespaces of the types that it can hold, each with its slash; absent: any. */
  readonly namespaces?: readonly string[]
  /** It also has rows that belong to no subscription: management groups, and what is assigned to them. */
  readonly above?: true
  /** Findings and states rather than resources and their configuration: read only where the settings name it. */
  readonly onRequest?: true
}

/**
 * Source: learn.microsoft.com, "Azure Resource Graph table and resource type reference" for what is in them. The headings of
 * that page misspell some (`insightresources`, `managedserviceresources`, `mirgateresources`); names are those of
 * "Understanding the Azure Resource Graph query language" and of Microsoft's sample queries. What a cloud has on no list is
 * not here: an unknown name ends as `not_enabled` in every run.
 */
export const TABLES = {
  resources: {},
  resourcecontainers: { namespaces: ['microsoft.resources/', 'microsoft.management/'], above: true },
  authorizationresources: { namespaces: ['microsoft.authorization/'], above: true },
  policyresources: { namespaces: ['microsoft.authorization/', 'microsoft.policyinsights/'], above: true },
  // What a governance rule assigns is named after what it is assigned to: a lock, a role assignment.
  securityresources: { namespaces: ['microsoft.security/', 'microsoft.authorization/'] },
  // Connections to a network manager may be a management group's.
  networkresources: { namespaces: ['microsoft.network/'], above: true },
  computeresources: { namespaces: ['microsoft.compute/'] },
  dnsresources: { namespaces: ['microsoft.network/'] },
  appserviceresources: { namespaces: ['microsoft.web/'] },
  kubernetesconfigurationresources: { namespaces: ['microsoft.kubernetesconfiguration/'] },
  recoveryservicesresources: {
    namespaces: ['microsoft.recoveryservices/', 'microsoft.dataprotection/', 'microsoft.azurebusinesscontinuity/'],
  },
  advisorresources: { namespaces: ['microsoft.advisor/'] },
  extendedlocationresources: { namespaces: ['microsoft.extendedlocation/'] },
  guestconfigurationresources: { namespaces: ['microsoft.guestconfiguration/'] },
  // `tenantactiongroups` are a management group's.
  insightsresources: { namespaces: ['microsoft.insights/'], above: true },
  kustoresources: { namespaces: ['microsoft.kusto/'] },
  maintenanceresources: { namespaces: ['microsoft.maintenance/', 'microsoft.containerservice/'] },
  managedservicesresources: { namespaces: ['microsoft.managedservices/'] },
  aksresources: { namespaces: ['microsoft.containerservice/'] },
  chaosresources: { namespaces: ['microsoft.chaos/'] },
  desktopvirtualizationresources: { namespaces: ['microsoft.desktopvirtualization/'] },
  edgeorderresources: { namespaces: ['microsoft.edgeorder/'] },
  elasticsanresources: { namespaces: ['microsoft.elasticsan/'] },
  servicefabricresources: { namespaces: ['microsoft.servicefabric/'] },
  alertsmanagementresources: { namespaces: ['microsoft.alertsmanagement/'], onRequest: true },
  awsresources: { namespaces: ['microsoft.awsconnector/'], onRequest: true },
  azurebusinesscontinuityresources: { namespaces: ['microsoft.azurebusinesscontinuity/'], onRequest: true },
  // Pools and deployment stacks are resources, but of the names of these two there is no other word than the reference.
  batchresources: { namespaces: ['microsoft.batch/'], onRequest: true },
  deploymentresources: { namespaces: ['microsoft.resources/'], onRequest: true },
  featureresources: { namespaces: ['microsoft.features/'], onRequest: true },
  healthresources: { namespaces: ['microsoft.resourcehealth/'], onRequest: true },
  iotsecurityresources: { namespaces: ['microsoft.iotsecurity/', 'microsoft.iotfirmwaredefense/'], onRequest: true },
  migrateresources: {
    namespaces: ['microsoft.migrate/', 'microsoft.offazure/', 'microsoft.offazurespringboot/'],
    onRequest: true,
  },
  orbitalresources: { namespaces: ['microsoft.orbital/'], onRequest: true },
  patchassessmentresources: { onRequest: true },
  patchinstallationresources: { onRequest: true },
  servicehealthresources: { namespaces: ['microsoft.resourcehealth/'], onRequest: true },
  supportresources: { namespaces: ['microsoft.support/'], onRequest: true },
  tagsresources: { namespaces: ['microsoft.resources/'], onRequest: true },
} as const satisfies Record<string, TableFacts>

export type Table = keyof typeof TABLES

const FACTS: Readonly<Record<Table, TableFacts>> = TABLES

export const TABLE_NAMES = Object.keys(TABLES) as readonly Table[]
/** What is read where the settings name no tables. */
export const DEFAULT_TABLES: readonly Table[] = TABLE_NAMES.filter((table) => !FACTS[table].onRequest)

/** Of the tables, those that can have the types (see `narrowedTypes`). */
export function tablesFor(tables: readonly Table[], types: readonly string[] | undefined): readonly Table[] {
  return tables.filter((table) => {
    const { namespaces } = FACTS[table]
    return !types || !namespaces || types.some((type) => namespaces.some((namespace) => type.startsWith(namespace)))
  })
}

export function hasRowsAbove(table: Table): boolean {
  return FACTS[table].above === true
}

/** Throws where a name is none of a table that we know. */
export function knownTables(names: readonly string[] = DEFAULT_TABLES): readonly Table[] {
  const unknown = names.filter((name) => !Object.hasOwn(TABLES, name.toLowerCase()))
  if (unknown.length > 0) {
    throw new Error(`azure.tables: unknown ${unknown.join(', ')}; known are ${TABLE_NAMES.join(', ')}`)
  }
  return [...new Set(names.map((name) => name.toLowerCase() as Table))]
}
