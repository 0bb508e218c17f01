import { startCluster } from '@cae/test/support'
import type { Figure } from './report.ts'
import { peakRss } from './worker-usage.ts'

const SMALL = 10_000
const LARGE = 1_000_000

/**
 * The most memory that a worker takes at 10,000 and at 1,000,000 resources of three clouds. One that has just begun has not
 * compiled its code and not filled its heap, so a third worker reads as many resources in a hundred runs as the second in
 * one: what is between those two is what the size of an estate costs.
 */
export async function benchMemory(): Promise<Figure[]> {
  const small = await peak(SMALL, 1)
  const often = await peak(SMALL, LARGE / SMALL)
  const large = await peak(LARGE, 1)
  return [
    { name: 'worker RSS at 10,000 resources, its first run', value: small, unit: 'MiB', atMost: 286 },
    { name: 'worker RSS at 10,000 resources, a hundred runs', value: often, unit: 'MiB', atMost: 286 },
    { name: 'worker RSS at 1,000,000 resources, its first run', value: large, unit: 'MiB', atMost: 286 /* 300 MB */ },
    { name: 'ratio to its first run', value: large / small, unit: '', atMost: 1.15 },
    { name: 'ratio to a hundred runs', value: large / often, unit: '', atMost: 1.15 },
  ]
}

async function peak(resources: number, runs: number): Promise<number> {
  const cluster = await startCluster({
    clouds: { seed: 1, resources },
    workers: 1,
    environment: { TRANSPORT_TYPE: 'null', LIMITS_ENABLED: 'false', GCP_CONTENT: 'resource,iam_policy' },
  })
  try {
    for (let run = 0; run < runs; run++) {
      const job = await cluster.finished(await cluster.submit(), 1_200_000)
      if (job.status !== 'completed') throw new Error(`${job.status} ${JSON.stringify(job.errors)}`)
    }
    return peakRss(cluster.workers[0]!.pid)
  } finally {
    await cluster.stop()
  }
}
