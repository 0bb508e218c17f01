import { startCluster, type Cluster } from '@cae/test/support'
import { join } from 'node:path'
import { jsonFloor, sampleLines } from './floor.ts'
import { plainlyRead } from './plainly-read.ts'
import type { Figure } from './report.ts'
import { cpuSeconds } from './worker-usage.ts'

const RESOURCES = 300_000
/** Of which the middle one by its ratio counts: a machine that others use too gives a tenth more or less from run to run. */
const ROUNDS = 3
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
        const { artifacts, cpu, seconds, floor } = await middleRound(cluster, provider, sample)
        const isAll = provider === 'all'
        const folder = toFiles ? join(cluster.folder, `plain-${provider}`) : undefined
        const plain = isAll ? plainSeconds : artifacts * (await plainSecondsEach(provider, cluster, folder))
        plainSeconds += plain
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

// Once before it counts, as the worker.
async function plainSecondsEach(provider: string, { clouds }: Cluster, folder: string | undefined): Promise<number> {
  const { resources, seconds } = await plainlyRead(provider, clouds, { times: 2, folder })
  return seconds / resources
}

async function floorOf(lines: readonly string[]): Promise<number> {
  const floor = jsonFloor(lines)
  // It takes the event loop for seconds: let it see that the API has closed an idle connection.
  await new Promise((resolve) => setTimeout(resolve, 10))
  return floor
}

interface Round {
  readonly artifacts: number
  /** Seconds of the worker's CPU time. */
  readonly cpu: number
  readonly seconds: number
  /** Artifacts a CPU second, measured before and after. */
  readonly floor: number
}

async function middleRound(
  cluster: Cluster,
  provider: (typeof SUBJECTS)[number],
  sample: readonly string[],
): Promise<Round> {
  const rounds: Round[] = []
  let before = await floorOf(sample)
  for (let round = 0; round < ROUNDS; round++) {
    const { job, cpu, seconds } = await extract(cluster, provider)
    const after = await floorOf(sample)
    rounds.push({ artifacts: job.totals.artifacts, cpu, seconds, floor: (before + after) / 2 })
    before = after
  }
  const ratio = ({ artifacts, cpu, floor }: Round) => artifacts / cpu / floor
  return rounds.toSorted((a, b) => ratio(a) - ratio(b))[Math.floor(ROUNDS / 2)]!
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
