import { startSimulator } from '@cae/cloud-simulator'
import { describeProvider } from '@cae/core/testing'
import { azureProvider } from '../src/index.ts'

describeProvider('azure', async () => {
  const simulator = await startSimulator({ estate: { seed: 1, resources: 1500, azureSubscriptions: 2 } })
  const { azureSubscriptions, azureTenant } = simulator.estate
  return {
    provider: azureProvider({
      endpoint: simulator.azureEndpoint,
      tenant_id: azureTenant,
      accounts: azureSubscriptions.map((subscription_id) => ({ subscription_id })),
      pageSize: 100,
    }),
    truth: async () => [...simulator.estate.ids('azure')],
    requests: async () => {
      const { Resources, Subscriptions } = simulator.requests().azure
      return (Resources?.total ?? 0) + (Subscriptions?.total ?? 0)
    },
    fail: (times) => simulator.setFaults([{ provider: 'azure', kind: 'server_error', times }]),
    tearDown: () => simulator.close(),
  }
})
