import { startSimulator } from '@cae/cloud-simulator'
import { describeProvider } from '@cae/core/testing'
import { awsProvider } from '../src/index.ts'

// What a run where all is recorded asks. Signing in is not counted: the SDK calls sts:AssumeRole by itself when it signs,
// inside of a call that has its turn already, and once for an account's session, so it goes through no limiter.
const LIMITED = [
  'DescribeConfigurationRecorders',
  'DescribeConfigurationRecorderStatus',
  'GetDiscoveredResourceCounts',
  'SelectResourceConfig',
  'tag:GetResources',
]

describeProvider('aws', async () => {
  const simulator = await startSimulator({ estate: { seed: 1, resources: 1500, awsAccounts: 2, awsRegions: 2 } })
  const { awsAccounts, awsRegions } = simulator.estate
  return {
    provider: awsProvider({
      endpoint: simulator.awsEndpoint,
      accounts: awsAccounts.map((account_id) => ({
        account_id,
        regions: [...awsRegions],
        role_arn: `arn:aws:iam::${account_id}:role/inventory`,
        external_id: 'shared-secret',
      })),
    }),
    truth: async () => [...simulator.estate.ids('aws')],
    requests: async () => {
      const { aws } = simulator.requests()
      return LIMITED.reduce((sum, operation) => sum + (aws[operation]?.total ?? 0), 0)
    },
    fail: (times) =>
      simulator.setFaults([{ provider: 'aws', kind: 'server_error', operation: 'SelectResourceConfig', times }]),
    tearDown: () => simulator.close(),
  }
})
