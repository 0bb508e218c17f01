import { startSimulator } from '@cae/cloud-simulator'
import { describeProvider } from '@cae/core/testing'
import { gcpProvider } from '../src/index.ts'

describeProvider('gcp', async () => {
  const simulator = await startSimulator({ estate: { seed: 1, resources: 6000, gcpProjects: 1 } })
  return {
    provider: gcpProvider({
      endpoint: simulator.gcpEndpoint,
      projects: simulator.estate.gcpProjects.map((project_id) => ({ project_id })),
    }),
    truth: async () => [...simulator.estate.ids('gcp')],
    requests: async () => simulator.requests().gcp['ListAssets']?.total ?? 0,
    tearDown: () => simulator.close(),
  }
})
