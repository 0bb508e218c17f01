import { startCluster } from '@cae/test/support'
import { Redis } from 'ioredis'
import { once } from 'node:events'
import type { Figure } from './report.ts'

const RUNS = 100

/** From the POST of a run of one task to its end; also the first one of a worker that has just begun. */
export async function benchOneTask(): Promise<Figure[]> {
  const cluster = await startCluster({
    clouds: { seed: 1, resources: 100, accounts: 1, regions: 1 },
    workers: 1,
    environment: { TRANSPORT_TYPE: 'null', LIMITS_ENABLED: 'false' },
  })
  const redis = new Redis(cluster.redis.url)
  try {
    await redis.subscribe('{cae}:run-ended')
    const run = async () => {
      const start = performance.now()
      const ended = once(redis, 'message')
      await cluster.submit({ providers: ['aws'] })
      await ended
      return performance.now() - start
    }
    const times: number[] = []
    for (let i = 0; i < RUNS; i++) times.push(await run())
    // The API and the simulated cloud have served before, this worker has not.
    const [old] = cluster.workers
    await cluster.startWorker()
    await old!.stop()
    const first = await run()
    const warm = times.slice(10).toSorted((a, b) => a - b)
    const at = (share: number) => warm[Math.floor((warm.length - 1) * share)]!
    return [
      { name: 'POST to completed, median', value: at(0.5), unit: 'ms', atMost: 150 },
      { name: 'POST to completed, p95', value: at(0.95), unit: 'ms', atMost: 150 },
      { name: 'the first run of a fresh worker', value: first, unit: 'ms', atMost: 150 },
    ]
  } finally {
    redis.disconnect()
    await cluster.stop()
  }
}
