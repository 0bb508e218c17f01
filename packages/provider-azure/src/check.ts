import {
  ExtractionError,
  type Context,
  type Estimate,
  type Finding,
  type Gap,
  type Slice,
  type Target,
} from '@cae/core'
import type { Arm } from './arm.ts'
import { countRows } from './count.ts'
import type { Query } from './graph.ts'
import type { AzureOptions } from './options.ts'
import { ownSlice, packed, type PageSizes } from './pack.ts'
import { planSlices } from './plan.ts'
import { readQuery, type SliceQuery } from './slice.ts'
import type { Table } from './tables.ts'

interface Sources {
  readonly arm: Arm
  readonly query: Query
}

const RESOURCES = 'Microsoft.ResourceGraph/resources/read'
const SUBSCRIPTIONS = 'Microsoft.Resources/subscriptions/read'
const REGISTRATION = 'Microsoft.ResourceGraph registration'

/**
 * Finds out what a run over the target could read: signs in, finds the subscriptions as a run does, counts every table and
 * asks in each subscription whether Resource Graph is registered. Two requests for each 300 subscriptions and table at
 * most, and one for each subscription.
 */
export async function checkTarget(
  options: AzureOptions,
  target: Target,
  sources: Sources,
  context: Context,
  sizes: PageSizes,
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
    { scope: tenant, region: 'global', check: SUBSCRIPTIONS, status: 'ok' },
    ...plan.gaps.map((gap) => gapFinding(gap, options)),
    ...readable.map((scope): Finding => ({ scope, region: 'global', check: '*/read', status: 'ok' })),
    ...(await registrations(readable, sources.arm, context)),
    ...(await tableFindings(counts, tenant, sources.query, context, sizes)),
  ]
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
  return { scope, region: 'global', check, status: 'missing', message: thrown.message, advice }
}

function gapFinding({ scope, region, code, message, partition }: Gap, options: AzureOptions): Finding {
  if (code === 'NOT_ENABLED') {
    const advice = 'Enable the subscription again, or leave it out of the settings.'
    return { scope, region, check: 'state', status: 'warning', message, advice }
  }
  const check = partition === 'management-group' ? 'Microsoft.Management/managementGroups/descendants/read' : '*/read'
  return { scope, region, check, status: 'missing', message, advice: grantReader(scope, partition, options) }
}

function grantReader(scope: string, partition: string, { management_groups = [], tenant_id }: AzureOptions): string {
  if (partition === 'management-group') return `Grant Reader at the management group: ${grant(groupPath(scope))}`
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
  const finding = { scope, region: 'global', check: REGISTRATION }
  const advice = `az provider register --namespace Microsoft.ResourceGraph --subscription ${scope}`
  try {
    const state = await arm.registration(scope, context)
    if (state === 'Registered') return { ...finding, status: 'ok' }
    return { ...finding, status: 'warning', message: `Microsoft.ResourceGraph is ${state}`, advice }
  } catch (thrown) {
    if (!(thrown instanceof ExtractionError)) throw thrown
    const grant = 'Grant Microsoft.Resources/subscriptions/providers/read (in Reader), if the preflight is to see it.'
    return { ...finding, status: 'warning', message: thrown.message, advice: grant }
  }
}

async function tableFindings(
  counts: readonly SliceQuery[],
  scope: string,
  query: Query,
  context: Context,
  sizes: PageSizes,
): Promise<Finding[]> {
  const tables = [...new Set(counts.map(({ table }) => table))]
  const findings: Finding[] = []
  for (const table of tables) {
    const of = counts.filter((count) => count.table === table)
    findings.push(await tableFinding(table, of, scope, query, context, sizes))
  }
  return findings
}

async function tableFinding(
  table: Table,
  counts: readonly SliceQuery[],
  scope: string,
  query: Query,
  context: Context,
  sizes: PageSizes,
): Promise<Finding> {
  const check = `${RESOURCES} ${table}`
  const found = { resources: 0, calls: 0 }
  try {
    for (const count of counts) {
      const { resources, calls } = await estimateOf(count, query, context, sizes)
      found.resources += resources
      found.calls += calls
    }
  } catch (thrown) {
    const advice = `Leave ${table} out of azure.tables where the tenant does not have it; else grant Reader.`
    return refused(scope, check, thrown, advice)
  }
  const estimate: Estimate = { resources: found.resources, calls: { 'azure.graph.query': found.calls } }
  return { scope, region: 'global', check, status: 'ok', estimate }
}

async function estimateOf(slice: SliceQuery, query: Query, context: Context, sizes: PageSizes) {
  const { step: _step, subscriptions, groups = [], ...rows } = slice
  const counts = await countRows(query, rows, slice, context)
  const resources = counts.reduce((sum, one) => sum + one.rows, 0)
  const slices = subscriptions ? packed(rows, counts, sizes) : [ownSlice(rows, { groups }, resources, sizes)]
  return { resources, calls: 1 + slices.reduce((sum, one) => sum + callsOf(one, sizes), 0) }
}

// What is counted by parts first takes one query for that, and a page begun in each part.
function callsOf({ query, expected }: Slice, { spread }: PageSizes): number {
  const { pages = 1, parts, count = 0 } = readQuery(query)
  if (expected?.count === 0) return 0
  return parts === undefined ? pages : 1 + Math.ceil(count / spread + parts / 2)
}
