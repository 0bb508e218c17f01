import { startCluster, type Cluster } from '@cae/test/support'
import { Redis } from 'ioredis'
import type { Figure } from './report.ts'

const SLICES = 10_000
const POLL_MS = 100

/**
 * How long the slices of a large organization take to plan, while what is planned is extracted, and what they cost in
 * Redis. No quotas and no latency: what is measured is ours.
 */
export async function benchPlanning(): Promise<Figure[]> {
  const cluster = await startCluster({
    clouds: { seed: 1, resources: 5_000_000, accounts: 400, regions: 10, subscriptions: 1000, projects: 1000 },
    built: true,
    workers: 2,
    environment: { TRANSPORT_TYPE: 'null', LIMITS_ENABLED: 'false' },
  })
  const redis = new Redis(cluster.redis.url)
  try {
    const empty = await usedMemory(redis)
    const start = performance.now()
    const id = await cluster.submit()
    const { seconds, slices, read } = await planned(cluster, id, start)
    const bytes = ((await usedMemory(redis)) - empty) / slices
    return [
      { name: 'slices', value: slices, unit: '', atLeast: SLICES },
      { name: 'planned in', value: seconds, unit: 's', atMost: 30 },
      { name: 'resources that were read meanwhile', value: read, unit: '', atLeast: 1 },
      { name: 'Redis memory a slice', value: bytes, unit: 'bytes', atMost: 2048 },
    ]
  } finally {
    redis.disconnect()
    await cluster.stop()
  }
}

async function planned(cluster: Cluster, id: string, start: number) {
  for (;;) {
    const { progress, status } = await cluster.job(id)
    if (progress.planned) return { seconds: (performance.now() - start) / 1000, ...progress }
    if (status === 'failed') throw new Error('the run failed')
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
}

async function usedMemory(redis: Redis): Promise<number> {
  return Number(/^used_memory:(\d+)/m.exec(await redis.info('memory'))![1])
}
