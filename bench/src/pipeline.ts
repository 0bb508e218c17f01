import { startCluster, type Cluster } from '@cae/test/support'
import { join } from 'node:path'
import { jsonFloor, sampleLines } from './floor.ts'
import { plainlyRead } from './plainly-read.ts'
import type { Figure } from './report.ts'
import { cpuSeconds } from './worker-usage.ts'

const RESOURCES = 200_000
const PROVIDERS = ['aws', 'azure', 'gcp'] as const

/**
 * What one worker core extracts, without latency and quotas, against the floor: JSON.parse and JSON.stringify of the same
 * artifacts on one core, in the same run. CPU time counts, so that the simulator on the other core does not. And against a
 * peer, the plainest program that reads the same clouds with the same SDKs: what any program could reach with these.
 */
export async function benchPipeline(): Promise<Figure[]> {
  const figures: Figure[] = []
  let floors: Record<string, number> = {}
  for (const transport of ['filesystem', 'null']) {
    const toFiles = transport === 'filesystem'
    const cluster = await startCluster({
      clouds: { seed: 1, resources: RESOURCES },
      workers: 1,
      environment: { TRANSPORT_TYPE: transport, LIMITS_ENABLED: 'false', GCP_CONTENT: 'resource,iam_policy' },
    })
    try {
      // Once before it counts: a worker lives for weeks, and its code is compiled in its first minute.
      await extract(cluster, 'all')
      let plainSeconds = 0
      for (const provider of [...PROVIDERS, 'all'] as const) {
        const isAll = provider === 'all'
        const { job, cpu, seconds } = await extract(cluster, provider)
        const { artifacts } = job.totals
        if (toFiles) {
          floors = { ...floors, [provider]: jsonFloor(sampleLines(join(cluster.folder, job.job_id))) }
          // The floor takes the event loop for seconds: let it see that the API has closed an idle connection.
          await new Promise((resolve) => setTimeout(resolve, 10))
        }
        const floor = floors[provider]!
        const plain = isAll ? plainSeconds : artifacts * (await plainlyRead(provider, cluster.clouds, toFiles))
        plainSeconds += plain
        const name = `${provider}, transport ${transport}`
        figures.push(
          { name: `${name}: artifacts a CPU second`, value: artifacts / cpu, unit: 'artifacts/s' },
          {
            name: `${name}: ratio to the floor`,
            value: artifacts / cpu / floor,
            unit: '',
            ...(isAll && { atLeast: 0.5 }),
          },
          { name: `${name}: plain reading to the floor`, value: artifacts / plain / floor, unit: '' },
          { name: `${name}: ratio to plain reading`, value: plain / cpu, unit: '' },
          { name: `${name}: wall clock`, value: artifacts / seconds, unit: 'artifacts/s' },
        )
      }
    } finally {
      await cluster.stop()
    }
  }
  for (const [provider, floor] of Object.entries(floors)) {
    figures.push({ name: `${provider}: the floor`, value: floor, unit: 'artifacts/s' })
  }
  return figures
}

async function extract(cluster: Cluster, provider: (typeof PROVIDERS)[number] | 'all') {
  const { pid } = cluster.workers[0]!
  const before = cpuSeconds(pid)
  const start = performance.now()
  const id = await cluster.submit(provider === 'all' ? {} : { providers: [provider] })
  const job = await cluster.finished(id, 600_000)
  if (job.status !== 'completed') throw new Error(`${provider}: ${job.status} ${JSON.stringify(job.errors)}`)
  return { job, cpu: cpuSeconds(pid) - before, seconds: (performance.now() - start) / 1000 }
}
