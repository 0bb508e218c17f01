import { startCluster, type Cluster } from '@cae/test/support'
import { Redis } from 'ioredis'
import type { Figure } from './report.ts'

const POLL_MS = 100

/**
 * An organization of so many accounts, each with ten regions and their counts, and of so many slices at least. The second is
 * the one with goals; the others show what an account-region costs that is one slice, and how planning grows.
 */
const SIZES = [
  { accounts: 200, resources: 2_000_000, slices: 2000 },
  { accounts: 200, resources: 42_000_000, slices: 10_000, goals: { seconds: 30, bytes: 2048 } },
  { accounts: 500, resources: 2_000_000, slices: 5000 },
] as const
const REGIONS = 10

interface Size {
  readonly accounts: number
  readonly resources: number
  readonly slices: number
  readonly goals?: { readonly seconds: number; readonly bytes: number }
}

/**
 * How long an AWS organization takes to plan while what is planned is extracted, and what its slices cost in Redis. The
 * limits are on, as everywhere; the simulator answers at once and on the same cores.
 */
export async function benchPlanning(): Promise<Figure[]> {
  const figures: Figure[] = []
  for (const size of SIZES) figures.push(...(await plan(size)))
  return figures
}

async function plan({ accounts, resources, slices: atLeast, goals }: Size): Promise<Figure[]> {
  const cluster = await startCluster({
    clouds: { seed: 1, resources, accounts, regions: REGIONS },
    workers: 2,
    environment: { TRANSPORT_TYPE: 'null' },
  })
  const redis = new Redis(cluster.redis.url)
  try {
    const empty = await usedMemory(redis)
    const start = performance.now()
    const id = await cluster.submit({ providers: ['aws'] })
    const { seconds, slices, read } = await planned(cluster, id, start)
    const bytes = ((await usedMemory(redis)) - empty) / slices
    const name = `${accounts * REGIONS} account-regions, ${atLeast} slices`
    return [
      { name: `${name}: slices`, value: slices, unit: '', atLeast },
      { name: `${name}: planned in`, value: seconds, unit: 's', ...(goals && { atMost: goals.seconds }) },
      { name: `${name}: resources read meanwhile`, value: read, unit: '', atLeast: 1 },
      { name: `${name}: Redis memory a slice`, value: bytes, unit: 'bytes', ...(goals && { atMost: goals.bytes }) },
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
