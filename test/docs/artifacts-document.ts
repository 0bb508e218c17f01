import { startSimulator } from '@cae/cloud-simulator'
import { toTask, type Artifact, type PageReader, type Provider, type Slice } from '@cae/core'
import { testContext } from '@cae/core/testing'
import { awsProvider } from '@cae/provider-aws'
import { azureProvider } from '@cae/provider-azure'
import { gcpProvider } from '@cae/provider-gcp'

const HEAD = `# Artifacts

One resource of each cloud in the envelope, as every transport delivers it. They are of a simulated estate; this page is
written by \`node scripts/run.mjs scripts/write-artifacts-doc.ts\` over the SDKs, and a test keeps it so. The fields are
explained in the [README](../README.md#an-artifact).
`

const SHOWN = [
  { name: 'aws', title: 'AWS: an EC2 instance, from AWS Config', type: 'AWS::EC2::Instance' },
  { name: 'azure', title: 'Azure: a virtual machine, from Resource Graph', type: 'microsoft.compute/virtualmachines' },
  {
    name: 'gcp',
    title: 'Google Cloud: an instance, from Cloud Asset Inventory',
    type: 'compute.googleapis.com/Instance',
  },
] as const

/** docs/artifacts.md, as it must be. */
export async function artifactsDocument(): Promise<string> {
  const simulator = await startSimulator({ estate: { seed: 3, resources: 900, awsAccounts: 1, awsRegions: 1 } })
  const { awsAccounts, awsRegions, azureSubscriptions, azureTenant, gcpProjects } = simulator.estate
  const providers: Readonly<Record<(typeof SHOWN)[number]['name'], Provider>> = {
    aws: awsProvider({
      endpoint: simulator.awsEndpoint,
      accounts: awsAccounts.map((account_id) => ({
        account_id,
        regions: awsRegions,
        role_arn: `arn:aws:iam::${account_id}:role/cae-reader`,
      })),
    }),
    azure: azureProvider({
      endpoint: simulator.azureEndpoint,
      tenant_id: azureTenant,
      accounts: azureSubscriptions.map((subscription_id) => ({ subscription_id })),
    }),
    gcp: gcpProvider({
      endpoint: simulator.gcpEndpoint,
      projects: gcpProjects.map((project_id) => ({ project_id })),
    }),
  }
  try {
    const parts = [HEAD]
    for (const { name, title, type } of SHOWN) {
      const artifact = await first(providers[name], type)
      parts.push(`## ${title}\n\n\`\`\`json\n${JSON.stringify(artifact, withoutMoment, 2)}\n\`\`\`\n`)
    }
    return parts.join('\n')
  } finally {
    await simulator.close()
  }
}

// The moment of the run is the only thing that differs from one writing to the next.
function withoutMoment(key: string, value: unknown): unknown {
  return key === 'observed_at' ? '2026-11-01T00:00:00.000Z' : value
}

async function first(provider: Provider, type: string): Promise<Artifact> {
  for await (const artifact of artifactsOf(provider)) if (artifact.metadata.native_type === type) return artifact
  throw new Error(`the simulated estate has no ${type}`)
}

async function* artifactsOf(provider: Provider): AsyncGenerator<Artifact> {
  const asOf = new Date(Date.now() - 3_600_000).toISOString()
  const { slices } = await provider.plan({ asOf }, testContext())
  const pending: Slice[] = [...slices]
  for (let slice = pending.shift(); slice; slice = pending.shift()) {
    const reader: PageReader = await provider.open(toTask('docs', provider.name, asOf, slice), testContext())
    for (let cursor: string | null = null; ;) {
      const { artifacts, next, plan } = await reader.read(cursor)
      yield* artifacts
      pending.push(...(plan?.slices ?? []))
      if (next === null) break
      cursor = next
    }
    await reader.close()
  }
}
