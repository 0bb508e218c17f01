import type { SimulatedClouds } from './simulated-clouds.ts'

/** What goes wrong in each cloud, in the words of the simulator, and in ours. */
export interface DemoGaps {
  readonly faults: readonly object[]
  readonly said: string
}

/** An account that denies us, a subscription that does, and a page that Google Cloud loses without a word. */
export function demoGaps({ awsAccounts, azureSubscriptions, gcpProjects }: SimulatedClouds): DemoGaps {
  // The last of each, so that there is something to see of the clouds also.
  const [account, subscription, project] = [awsAccounts.at(-1), azureSubscriptions.at(-1), gcpProjects.at(-1)]
  return {
    faults: [
      { provider: 'aws', kind: 'denied', scope: account },
      { provider: 'azure', kind: 'denied', scope: subscription },
      { provider: 'gcp', kind: 'lost_page', scope: project, operation: 'ListAssets' },
    ],
    said: `AWS denies us ${account}, Azure ${subscription}, and Google Cloud loses a page of ${project}`,
  }
}

/** Sets them, before the first run. */
export async function setGaps({ controlEndpoint }: SimulatedClouds, { faults }: DemoGaps): Promise<void> {
  const response = await fetch(`${controlEndpoint}/faults`, { method: 'PUT', body: JSON.stringify(faults) })
  if (!response.ok) throw new Error(`the simulator answered ${response.status} to the gaps: ${await response.text()}`)
}
