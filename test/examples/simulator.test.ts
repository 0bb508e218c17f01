import { startSimulator } from '@cae/cloud-simulator'
import { loadSettings } from '@cae/runtime'
import { expect } from 'chai'
import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { examplePath } from './example-files.ts'

interface Compose {
  readonly services: { readonly simulator: { readonly environment: Readonly<Record<string, string>> } }
}

const settings = loadSettings({ CONFIG_FILE: examplePath('simulator.yaml') })
const compose = parse(readFileSync(examplePath('../docker-compose.yml'), 'utf8'), { merge: true }) as Compose
const { environment } = compose.services.simulator

describe('examples/simulator.yaml', () => {
  it('names exactly the scopes of the default estate', async () => {
    expect(await scopesOf({ seed: 1, resources: 20_000 })).to.deep.equal(namedScopes())
  })

  it('names exactly the scopes of the simulator that compose starts, however many resources it has', async () => {
    const number = (name: string) => Number(environment[`SIMULATOR_${name}`])
    const estate = {
      seed: number('SEED'),
      awsAccounts: number('ACCOUNTS'),
      awsRegions: number('REGIONS'),
      azureSubscriptions: number('SUBSCRIPTIONS'),
      gcpProjects: number('PROJECTS'),
    }
    for (const resources of [100, 20_000, 1_000_000]) {
      expect(await scopesOf({ ...estate, resources })).to.deep.equal(namedScopes())
    }
  })

  it('reaches it by the name and the ports that compose gives it, without credentials', () => {
    const { aws, azure, gcp } = settings
    const http = `http://simulator:${environment['SIMULATOR_PORT']}`
    expect([aws.endpoint, azure.endpoint]).to.deep.equal([http, http])
    expect(gcp.endpoint).to.equal(`http://simulator:${environment['SIMULATOR_GRPC_PORT']}`)
  })
})

function namedScopes() {
  const { aws_accounts, azure, azure_accounts, gcp_projects } = settings
  return {
    aws: aws_accounts.map(({ account_id, role_arn, regions }) => ({ account_id, role_arn, regions })),
    tenant: azure.tenant_id,
    azure: azure_accounts,
    gcp: gcp_projects,
  }
}

async function scopesOf(options: Parameters<typeof startSimulator>[0]['estate']) {
  const simulator = await startSimulator({ estate: options })
  await simulator.close()
  const { awsAccounts, awsRegions, azureTenant, azureSubscriptions, gcpProjects } = simulator.estate
  return {
    aws: awsAccounts.map((account_id) => ({
      account_id,
      role_arn: `arn:aws:iam::${account_id}:role/cae-reader`,
      regions: [...awsRegions],
    })),
    tenant: azureTenant,
    azure: azureSubscriptions.map((subscription_id) => ({ subscription_id })),
    gcp: gcpProjects.map((project_id) => ({ project_id })),
  }
}
