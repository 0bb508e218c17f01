import { startCluster, type Cluster } from '@cae/test/support'
import { join } from 'node:path'
import { jsonFloor, sampleLines } from './floor.ts'
import { plainlyRead } from './plainly-read.ts'
import type { Figure } from './report.ts'
import { cpuSeconds } from './worker-usage.ts'

const RESOURCES = 200_000
const SUBJECTS = ['aws', 'azure', 'gcp', 'all'] as const

/**
 * What one worker core extracts, without latency and quotas, against the floor: JSON.parse and JSON.stringify of the same
 * artifacts on one core, in the same run. CPU time counts, so that the simulator on the other core does not. And against a
 * peer, the plainest program that reads the same clouds with the same SDKs: what any program could reach with these.
 */
export async function benchPipeline(): Promise<Figure[]> {
  const lines = new Map<string, readonly string[]>()
  const figures: Figure[] = []
  for (const transport of ['filesystem', 'null']) {
    const toFiles = transport === 'filesystem'
    const cluster = await startCluster({
      clouds: { seed: 1, resources: RESOURCES },
      workers: 1,
      environment: { TRANSPORT_TYPE: transport, LIMITS_ENABLED: 'false', GCP_CONTENT: 'resource,iam_policy' },
    })
    try {
      // Once before it counts: a worker lives for weeks, and its code is compiled in its first minute.
      for (const provider of SUBJECTS) {
        const { job_id } = (await extract(cluster, provider)).job
        if (toFiles) lines.set(provider, sampleLines(join(cluster.folder, job_id)))
      }
      let plainSeconds = 0
      for (const provider of SUBJECTS) {
        const sample = lines.get(provider)!
        const before = await floorOf(sample)
        const { job, cpu, seconds } = await extract(cluster, provider)
        const after = await floorOf(sample)
        const { artifacts } = job.totals
        const isAll = provider === 'all'
        const plain = isAll ? plainSeconds : artifacts * (await plainlyRead(provider, cluster.clouds, toFiles))
        plainSeconds += plain
        // A machine that others use too is faster in one minute than in the next.
        const floor = (before + after) / 2
        figures.push(
          ...[
            { name: 'the floor', value: floor, unit: 'artifacts/s' },
            { name: 'artifacts a CPU second', value: artifacts / cpu, unit: 'artifacts/s' },
            { name: 'ratio to the floor', value: artifacts / cpu / floor, unit: '', ...(isAll && { atLeast: 0.5 }) },
            { name: 'plain reading to the floor', value: artifacts / plain / floor, unit: '' },
            { name: 'ratio to plain reading', value: plain / cpu, unit: '' },
            { name: 'wall clock', value: artifacts / seconds, unit: 'artifacts/s' },
          ].map((figure) => ({ ...figure, name: `${provider}, transport ${transport}: ${figure.name}` })),
        )
      }
    } finally {
      await cluster.stop()
    }
  }
  return figures
}

async function floorOf(lines: readonly string[]): Promise<number> {
  const floor = jsonFloor(lines)
  // It takes the event loop for seconds: let it see that the API has closed an idle connection.
  await new Promise((resolve) => setTimeout(resolve, 10))
  return floor
}

async function extract(cluster: Cluster, provider: (typeof SUBJECTS)[number]) {
  const { pid } = cluster.workers[0]!
  const before = cpuSeconds(pid)
  const start = performance.now()
  const id = await cluster.submit(provider === 'all' ? {} : { providers: [provider] })
  const job = await cluster.finished(id, 600_000)
  if (job.status !== 'completed') throw new Error(`${provider}: ${job.status} ${JSON.stringify(job.errors)}`)
  return { job, cpu: cpuSeconds(pid) - before, seconds: (performance.now() - start) / 1000 }
}
