// How many calls an estate takes, by organization and by project, against the pages that it has (docs/decisions/0009).
//   node --import tsx --conditions=@cae/source scripts/measure-calls.ts [resources in all three clouds] [projects]
import { gcpPolicies, startSimulator } from '@cae/cloud-simulator'
import { toTask, type Slice } from '@cae/core'
import { testContext } from '@cae/core/testing'
import { gcpProvider, type GcpOptions } from '../src/index.ts'

const resources = Number(process.argv[2] ?? 1_000_000)
const gcpProjects = Number(process.argv[3] ?? 400)
const simulator = await startSimulator({ estate: { seed: 1, resources, gcpProjects } })
const { estate, gcpEndpoint: endpoint } = simulator
const asOf = new Date().toISOString()

async function run(name: string, options: GcpOptions): Promise<void> {
  simulator.resetRequests()
  const provider = gcpProvider(options)
  const context = testContext()
  const pending: Slice[] = [...(await provider.plan({ asOf }, context)).slices]
  let slices = 0
  let longest = 0
  let artifacts = 0
  let searchesBeforeFirst: number | undefined
  for (let slice = pending.shift(); slice; slice = pending.shift()) {
    const reader = await provider.open(toTask('run1', 'gcp', asOf, slice), context)
    longest = Math.max(longest, JSON.stringify(slice).length)
    if (!slice.plans) slices++
    for (let cursor: string | null = null; ;) {
      const page = await reader.read(cursor)
      artifacts += page.artifacts.length
      pending.push(...(page.plan?.slices ?? []))
      if (page.plan?.slices.some(({ plans }) => !plans))
        searchesBeforeFirst ??= simulator.requests().gcp['SearchAllResources']?.total
      if (page.next === null) break
      cursor = page.next
    }
    await reader.close()
  }
  const { ListAssets, SearchAllResources } = simulator.requests().gcp
  console.log(
    `${name}: ${artifacts} artifacts in ${slices} slices of at most ${longest} bytes; ` +
      `${ListAssets.total} ListAssets (${(ListAssets.total / 100).toFixed(1)} min of quota), ` +
      `${SearchAllResources.total} SearchAllResources (${(SearchAllResources.total / 400).toFixed(1)} min), ` +
      `first slice after ${searchesBeforeFirst} of them`,
  )
}

const policies = [...gcpPolicies(estate)].length
console.log(
  `${estate.count('gcp')} resources, ${policies} policies: ` +
    `${Math.ceil(estate.count('gcp') / 1000) + Math.ceil(policies / 1000)} pages of 1,000`,
)
const organization = { endpoint, projects: [], scopes: [`organizations/${estate.gcpOrganization}`] }
const projects = { endpoint, projects: estate.gcpProjects.map((project_id) => ({ project_id })) }
const content = ['resource', 'iam_policy'] as const
await run('by organization', { ...organization, content })
await run('by project', { ...projects, content })
for (const kind of ['no', 'with'] as const) {
  simulator.setFaults(kind === 'no' ? [{ provider: 'gcp', kind: 'relationships_off' }] : [])
  await run(`by organization, content not named, ${kind} relationships`, organization)
  await run(`by project, content not named, ${kind} relationships`, projects)
}
await simulator.close()
