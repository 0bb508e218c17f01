import {
  errorRow,
  ExtractionError,
  toExtractionError,
  type Context,
  type Estimate,
  type Finding,
  type Gap,
  type Slice,
  type Target,
} from '@cae/core'
import type { Arm } from './client/arm.ts'
import { apart, countTogether, planTable, type Counting } from './plan/count.ts'
import { GROUPS_PER_QUERY, type Query } from './client/graph.ts'
import type { AzureOptions } from './options.ts'
import { pagesFor, type PageSizes } from './plan/page-sizes.ts'
import { planSlices } from './plan/plan.ts'
import { countedTables, readQuery, type SliceQuery } from './slice.ts'
import type { Table } from './tables.ts'

interface Sources {
  readonly arm: Arm
  readonly query: Query
}

const RESOURCES = 'Microsoft.ResourceGraph/resources/read'
const SUBSCRIPTIONS = 'Microsoft.Resources/subscriptions/read'
const DESCENDANTS = 'Microsoft.Management/managementGroups/descendants/read'
const PROVIDERS = 'Microsoft.Resources/subscriptions/providers/read'
const REGISTRATION = 'Microsoft.ResourceGraph registration'

/**
 * Finds out what a run over the target could read: signs in, finds the subscriptions as a run does, counts every table and
 * asks in each subscription whether Resource Graph is registered: one query for three tables and 300 subscriptions, and one
 * request for each subscription.
 */
export async function checkTarget(
  options: AzureOptions,
  target: Target,
  sources: Sources,
  context: Context,
  counting: Counting,
): Promise<readonly Finding[]> {
  const tenant = options.tenant_id ?? 'tenant'
  let plan
  try {
    plan = await planSlices(options, target, sources, context)
  } catch (thrown) {
    return [unplanned(tenant, thrown)]
  }
  const counts = plan.slices.map(({ query }) => readQuery(query))
  const readable = [...new Set(counts.flatMap(({ subscriptions }) => subscriptions ?? []))]
  return [
    { scope: tenant, region: 'global', check: 'credentials', status: 'ok' },
    {
      scope: tenant,
      region: 'global',
      check: SUBSCRIPTIONS,
      tried: options.management_groups?.length ? [SUBSCRIPTIONS, DESCENDANTS] : [SUBSCRIPTIONS],
      status: 'ok',
      estimate: discoveryOf(readable, options),
    },
    ...plan.gaps.map((gap) => gapFinding(gap, options)),
    ...readable.map((scope): Finding => ({ scope, region: 'global', check: '*/read', status: 'ok' })),
    ...(await registrations(readable, sources.arm, context)),
    ...(await tableFindings(counts, tenant, sources.query, context, counting)),
  ]
}

// A page each of the lists, and of Resource Graph's answers to which of the subscriptions and groups it shows.
function discoveryOf(readable: readonly string[], { management_groups = [] }: AzureOptions): Estimate {
  const pages = Math.max(1, Math.ceil(readable.length / 1000))
  const groups = Math.ceil(management_groups.length / GROUPS_PER_QUERY)
  return { calls: { 'azure.graph.query': pages + groups, 'azure.arm.read': pages + management_groups.length } }
}

const CREDENTIALS_ADVICE =
  'Give the workers an identity: AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET, a workload identity or a managed identity.'

function unplanned(scope: string, thrown: unknown): Finding {
  const isSignIn = thrown instanceof ExtractionError && thrown.code.startsWith('CREDENTIALS')
  if (isSignIn) return refused(scope, 'credentials', thrown, CREDENTIALS_ADVICE)
  return refused(scope, SUBSCRIPTIONS, thrown, `Try again; where it stays so, grant ${SUBSCRIPTIONS} (in Reader).`)
}

function refused(scope: string, check: string, thrown: unknown, advice: string): Finding {
  if (!(thrown instanceof ExtractionError)) throw thrown
  const tried = thrown.code === 'ACCESS_DENIED' ? [check] : []
  return { scope, region: 'global', check, tried, status: 'missing', message: thrown.message, advice }
}

function gapFinding({ scope, region, code, message, partition }: Gap, options: AzureOptions): Finding {
  if (code === 'NOT_ENABLED') {
    const advice = 'Enable it again, or leave it out of the settings.'
    // A run has a gap there each time; below a management group it may be over for good.
    const status = options.accounts.some(({ subscription_id }) => subscription_id === scope) ? 'missing' : 'warning'
    return { scope, region, check: 'state', status, message, advice }
  }
  const check = partition === 'management-group' ? DESCENDANTS : '*/read'
  return { scope, region, check, status: 'missing', message, advice: grantReader(scope, partition, options) }
}

function grantReader(scope: string, partition: string, { management_groups = [], tenant_id }: AzureOptions): string {
  // The management group above all others has the name of the tenant.
  if (partition === 'management-group' || partition === 'tenant')
    return `Grant Reader at the management group: ${grant(groupPath(scope))}`
  const above = management_groups[0] ?? tenant_id
  const once = above ? `, or once for all below the management group: ${grant(groupPath(above))}` : ''
  return `Grant Reader: ${grant(`/subscriptions/${scope}`)}${once}`
}

function grant(path: string): string {
  return `az role assignment create --role Reader --assignee IDENTITY --scope ${path}`
}

function groupPath(name: string): string {
  return `/providers/Microsoft.Management/managementGroups/${name}`
}

async function registrations(subscriptions: readonly string[], arm: Arm, context: Context): Promise<Finding[]> {
  const findings: Finding[] = []
  for (const scope of subscriptions) findings.push(await registration(scope, arm, context))
  return findings
}

async function registration(scope: string, arm: Arm, context: Context): Promise<Finding> {
  const finding = { scope, region: 'global', check: REGISTRATION, tried: [PROVIDERS] }
  const advice = `az provider register --namespace Microsoft.ResourceGraph --subscription ${scope}`
  try {
    const state = await arm.registration(scope, context)
    if (state === 'Registered') return { ...finding, status: 'ok' }
    return { ...finding, status: 'warning', message: `Microsoft.ResourceGraph is ${state}`, advice }
  } catch (thrown) {
    if (!(thrown instanceof ExtractionError)) throw thrown
    const grant = `Grant ${PROVIDERS} (in Reader), if the preflight is to see it.`
    const isKnown = thrown.code === 'ACCESS_DENIED'
    return { ...finding, ...(!isKnown && { tried: [] }), status: 'warning', message: thrown.message, advice: grant }
  }
}

/** What counting has found of a table: how much there is to read, or why not. */
interface TableFindings {
  resources: number
  calls: number
  refused?: unknown
}

async function tableFindings(
  counts: readonly SliceQuery[],
  scope: string,
  query: Query,
  context: Context,
  counting: Counting,
): Promise<Finding[]> {
  const tables = new Map<Table, TableFindings>()
  for (const count of counts) await countInto(tables, count, query, context, counting)
  return [...tables].map(([table, found]) => tableFinding(table, found, scope))
}

// As `openCount` does it: one by one where they can't be counted together. The call counts for the first of the tables.
async function countInto(
  tables: Map<Table, TableFindings>,
  count: SliceQuery,
  query: Query,
  context: Context,
  counting: Counting,
): Promise<void> {
  const of = (table: Table) => {
    const known = tables.get(table) ?? { resources: 0, calls: 0 }
    tables.set(table, known)
    return known
  }
  of(count.table).calls++
  try {
    const counted = await countTogether(query, count, context, counting.refusals)
    if (!counted) {
      for (const alone of apart(count)) await countInto(tables, alone, query, context, counting)
      return
    }
    for (const [table, rows] of counted) {
      const { slices } = planTable({ ...count, table }, rows, counting.sizes)
      add(of(table), estimateOf(slices, counting.sizes))
    }
  } catch (thrown) {
    for (const table of countedTables(count)) of(table).refused ??= thrown
  }
}

function add(found: TableFindings, more: { readonly resources: number; readonly calls: number }): void {
  found.resources += more.resources
  found.calls += more.calls
}

function tableFinding(table: Table, { resources, calls, refused }: TableFindings, scope: string): Finding {
  const check = `${RESOURCES} ${table}`
  if (refused !== undefined) return refusedTable(table, scope, check, refused)
  const estimate: Estimate = { resources, calls: { 'azure.graph.query': calls } }
  return { scope, region: 'global', check, tried: [RESOURCES], status: 'ok', estimate }
}

function refusedTable(table: Table, scope: string, check: string, thrown: unknown): Finding {
  const { action } = errorRow(toExtractionError(thrown).code)
  if (action === 'skip') {
    const advice = `Leave ${table} out of azure.tables where the tenant does not have it; else grant Reader.`
    return { ...refused(scope, check, thrown, advice), tried: [RESOURCES] }
  }
  // What passes by itself says nothing of rights.
  return { ...refused(scope, check, thrown, 'Check again.'), status: 'warning' }
}

function estimateOf(slices: readonly Slice[], sizes: PageSizes) {
  const resources = slices.reduce(
    (sum, { query, expected }) => sum + (expected?.count ?? readQuery(query).count ?? 0),
    0,
  )
  return { resources, calls: slices.reduce((sum, one) => sum + callsOf(one, sizes), 0) }
}

// What is counted by parts first takes one query for that.
function callsOf({ query }: Slice, sizes: PageSizes): number {
  const { pages = 1, parts, count = 0 } = readQuery(query)
  return parts === undefined ? pages : 1 + parts * pagesFor(Math.ceil(count / parts), sizes)
}
