import { compressedLimits, startCluster, type Cluster } from '@cae/test/support'
import { setPriority } from 'node:os'
import {
  allTasks,
  bounds,
  leastPages,
  slowest,
  type Bound,
  type Bounds,
  type EndedTask,
  type ProviderName,
} from './quota-bounds.ts'
import type { Figure } from './report.ts'
import { cpuSeconds, peakRss } from './worker-usage.ts'

const PROVIDERS = ['aws', 'azure', 'gcp'] as const
const LATENCY_MS = 40
const MIB_300_MB = 286
/** Below the simulator's: a cloud's answers take no longer because our workers are busy, as they would on the same two cores. */
const WORKERS_PRIORITY = 10

/**
 * Quotas and latency are this many times as fast as the real ones. At 1 the run takes as long as it would: 1,000,000
 * resources are 100 s of CPU time, and two cores that also simulate the clouds have little more to give.
 */
const TIME_SCALE = Number(process.env['BENCH_TIME_SCALE'] ?? 1)
/** Of the estate: for a look in a hurry. */
const SHARE = Number(process.env['BENCH_SHARE'] ?? 1)

const ESTATE = {
  seed: 1,
  resources: Math.round(1_000_000 * SHARE),
  accounts: Math.round(200 * SHARE),
  regions: 10,
  subscriptions: Math.round(300 * SHARE),
  projects: Math.round(400 * SHARE),
}

/** A large estate under the real quotas, at headroom 1: how near to the quota-bound time, and how many throttles. */
export async function benchQuotas(): Promise<Figure[]> {
  const figures: Figure[] = []
  for (const workers of [1, 2, 4]) figures.push(...(await extractWith(workers)))
  return figures
}

async function extractWith(workers: number): Promise<Figure[]> {
  const limits = await compressedLimits(TIME_SCALE)
  const cluster = await startCluster({
    clouds: { ...ESTATE, quotas: true, latency: LATENCY_MS / TIME_SCALE, 'time-scale': TIME_SCALE },
    workers,
    environment: ({ gcpOrganization }) => ({
      TRANSPORT_TYPE: 'null',
      LIMITS_HEADROOM: '1',
      LIMITS_OVERRIDES: JSON.stringify(limits),
      // Else each project would be its own.
      GCP_QUOTA_PROJECT: 'quota-project',
      // Project by project it takes three times the calls.
      GCP_PROJECTS: '[]',
      GCP_SCOPES: JSON.stringify([`organizations/${gcpOrganization}`]),
      // What the bound counts the pages of.
      GCP_CONTENT: 'resource,iam_policy',
    }),
  })
  try {
    for (const { pid } of cluster.workers) setPriority(pid, WORKERS_PRIORITY)
    const cpu = cpuMeter(cluster)
    const start = Date.now()
    const id = await cluster.submit()
    const job = await cluster.finished(id, 3_600_000)
    const seconds = (Date.now() - start) / 1000
    if (job.status !== 'completed') throw new Error(`${job.status} ${JSON.stringify(job.errors)}`)
    const shares = cpu()
    const tasks = await allTasks(cluster, id)
    const { made, fewest } = await bounds(cluster, tasks, TIME_SCALE)
    const prefix = `${workers} ${workers === 1 ? 'worker' : 'workers'}: `
    return [
      ...wallFigures(made, fewest, seconds),
      ...PROVIDERS.flatMap((name) => providerFigures(name, made[name], fewest[name], tasks, start)),
      ...(await throttleFigures(cluster)),
      { name: "the workers' CPU, all together", value: shares.workers * 100, unit: '% of a core' },
      { name: "the simulator's CPU", value: shares.simulator * 100, unit: '% of a core' },
      {
        name: 'most memory of a worker',
        value: Math.max(...cluster.workers.map(({ pid }) => peakRss(pid))),
        unit: 'MiB',
        atMost: MIB_300_MB,
      },
    ].map((figure) => ({ ...figure, name: prefix + figure.name }))
  } finally {
    await cluster.stop()
  }
}

function wallFigures(made: Bounds, fewest: Bounds, seconds: number): Figure[] {
  const bound = slowestOf(made)
  return [
    { name: `bound: ${bound.budget}`, value: bound.seconds, unit: 's' },
    { name: 'wall time', value: seconds, unit: 's' },
    { name: 'wall time to the bound', value: seconds / bound.seconds, unit: '', atMost: 1.1 },
    { name: 'wall time to the fewest calls of any reader', value: seconds / slowestOf(fewest).seconds, unit: '' },
    // One window may hold all the calls of a small share of the estate.
    ...(bound.luckySeconds > 0
      ? [
          {
            name: 'wall time to the bound, if windows began when it suits',
            value: seconds / bound.luckySeconds,
            unit: '',
          },
        ]
      : []),
  ]
}

function slowestOf(bounds: Bounds): Bound {
  return slowest(PROVIDERS.flatMap((name) => bounds[name] ?? []))
}

function providerFigures(
  name: ProviderName,
  made: Bound | undefined,
  fewest: Bound | undefined,
  tasks: readonly EndedTask[],
  start: number,
): Figure[] {
  const ends = tasks.filter(({ provider }) => provider === name).map(({ ended_at }) => Date.parse(ended_at))
  const figures = [
    { name: 'until its last slice', value: (Math.max(...ends) - start) / 1000, unit: 's' },
    { name: 'its own bound', value: made?.seconds ?? 0, unit: 's' },
    // The bounds of AWS are of one account and region.
    ...(name === 'aws' || !made || !fewest
      ? [{ name: 'fullest pages that its resources fill', value: leastPages(tasks, name), unit: 'calls' }]
      : [
          { name: 'fewest calls of any reader', value: fewest.calls, unit: 'calls' },
          { name: 'calls answered', value: made.calls, unit: 'calls' },
        ]),
  ]
  return figures.map((figure) => ({ ...figure, name: `${name}: ${figure.name}` }))
}

async function throttleFigures(cluster: Cluster): Promise<Figure[]> {
  const requests = await cluster.clouds.requests()
  return PROVIDERS.map((name) => {
    const counts = Object.values(requests[name])
    const total = counts.reduce((sum, count) => sum + count.total, 0)
    const throttled = counts.reduce((sum, count) => sum + count.throttled, 0)
    return { name: `${name}: calls throttled`, value: (100 * throttled) / total, unit: `% of ${total}`, atMost: 1 }
  })
}

/** Shares of one core since it was made. */
function cpuMeter({ workers, clouds }: Cluster) {
  const used = () => ({
    workers: workers.reduce((sum, { pid }) => sum + cpuSeconds(pid), 0),
    simulator: cpuSeconds(clouds.process.pid),
  })
  const before = used()
  const start = performance.now()
  return () => {
    const now = used()
    const seconds = (performance.now() - start) / 1000
    return {
      workers: (now.workers - before.workers) / seconds,
      simulator: (now.simulator - before.simulator) / seconds,
    }
  }
}
