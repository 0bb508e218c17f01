import { startSimulator } from '@cae/cloud-simulator'
import { describeProvider } from '@cae/core/testing'
import { gcpProvider } from '../src/index.ts'

const requestsOf = (simulator: Awaited<ReturnType<typeof startSimulator>>) => async () =>
  Object.values(simulator.requests().gcp).reduce((sum, { total }) => sum + total, 0)

describeProvider('gcp, by project', async () => {
  const simulator = await startSimulator({ estate: { seed: 1, resources: 8000, gcpProjects: 1 } })
  return {
    provider: gcpProvider({
      endpoint: simulator.gcpEndpoint,
      projects: simulator.estate.gcpProjects.map((project_id) => ({ project_id })),
      content: ['resource', 'iam_policy', 'relationship'],
    }),
    truth: async () => [...simulator.estate.ids('gcp')],
    requests: requestsOf(simulator),
    fail: (times) => simulator.setFaults([{ provider: 'gcp', kind: 'server_error', times }]),
    tearDown: () => simulator.close(),
  }
})

describeProvider('gcp, by organization', async () => {
  const simulator = await startSimulator({ estate: { seed: 2, resources: 20_000, gcpProjects: 5 } })
  return {
    provider: gcpProvider({
      endpoint: simulator.gcpEndpoint,
      projects: [],
      scopes: [`organizations/${simulator.estate.gcpOrganization}`],
    }),
    truth: async () => [...simulator.estate.ids('gcp')],
    requests: requestsOf(simulator),
    fail: (times) => simulator.setFaults([{ provider: 'gcp', kind: 'server_error', times }]),
    tearDown: () => simulator.close(),
  }
})
