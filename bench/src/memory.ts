import { startCluster } from '@cae/test/support'
import type { Figure } from './report.ts'
import { peakRss } from './worker-usage.ts'

/** The most memory that a worker takes at 10,000 and at 1,000,000 resources of three clouds. */
export async function benchMemory(): Promise<Figure[]> {
  const small = await peak(10_000)
  const large = await peak(1_000_000)
  return [
    { name: 'worker RSS at 10,000 resources', value: small, unit: 'MiB', atMost: 300 },
    { name: 'worker RSS at 1,000,000 resources', value: large, unit: 'MiB', atMost: 286 /* 300 MB */ },
    { name: 'ratio', value: large / small, unit: '', atMost: 1.15 },
  ]
}

async function peak(resources: number): Promise<number> {
  const cluster = await startCluster({
    clouds: { seed: 1, resources },
    built: true,
    workers: 1,
    environment: { TRANSPORT_TYPE: 'null', LIMITS_ENABLED: 'false' },
  })
  try {
    const job = await cluster.finished(await cluster.submit(), 1_200_000)
    if (job.status !== 'completed') throw new Error(`${job.status} ${JSON.stringify(job.errors)}`)
    return peakRss(cluster.workers[0]!.pid)
  } finally {
    await cluster.stop()
  }
}
