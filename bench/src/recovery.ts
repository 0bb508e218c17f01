import { startCluster } from '@cae/test/support'
import type { Figure } from './report.ts'

const POLL_MS = 100

/** How long after kill -9 of a worker its tasks are taken up by another one, at the default settings. */
export async function benchRecovery(): Promise<Figure[]> {
  const cluster = await startCluster({
    clouds: { seed: 1, resources: 20_000, accounts: 1, regions: 1, latency: 1000 },
    workers: 1,
    environment: { TRANSPORT_TYPE: 'null', LIMITS_ENABLED: 'false' },
  })
  try {
    const id = await cluster.submit({ providers: ['aws'] })
    const claims = async () => (await cluster.tasks(id)).reduce((sum, task) => sum + task.claims, 0)
    while ((await cluster.job(id)).totals.artifacts < 500) await sleep()
    await cluster.startWorker()
    const before = await claims()
    await cluster.workers[0]!.stop('SIGKILL')
    const start = performance.now()
    while ((await claims()) === before) await sleep()
    const seconds = (performance.now() - start) / 1000
    const job = await cluster.finished(id, 300_000)
    const lost = (cluster.clouds.counts.aws ?? 0) - job.totals.artifacts
    return [
      { name: 'from kill -9 to the next claim of the task', value: seconds, unit: 's', atMost: 45 },
      { name: 'resources lost', value: lost, unit: '', atMost: 0 },
    ]
  } finally {
    await cluster.stop()
  }
}

function sleep(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, POLL_MS)
  })
}
