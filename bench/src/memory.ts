import { startCluster } from '@cae/test/support'
import { plainlyRead } from './plainly-read.ts'
import type { Figure } from './report.ts'
import { peakRss } from './worker-usage.ts'

const SMALL = 10_000
const LARGE = 1_000_000

/**
 * The most memory that a worker takes at 10,000 and at 1,000,000 resources of three clouds. One that has just begun has not
 * compiled its code and not filled its heap, so a third worker reads as many resources in a hundred runs as the second in
 * one: what is between those two is what the size of an estate costs. And of the peer, under the same flags of V8.
 */
export async function benchMemory(): Promise<Figure[]> {
  const { worker: small, plain: plainSmall } = await peaks(SMALL, 1)
  const { worker: often } = await peaks(SMALL, LARGE / SMALL)
  const { worker: large, plain: plainLarge } = await peaks(LARGE, 1)
  const { worker: toFiles } = await peaks(LARGE, 1, 'filesystem')
  return [
    { name: 'worker RSS at 10,000 resources, its first run', value: small, unit: 'MiB', atMost: 286 },
    { name: 'worker RSS at 10,000 resources, a hundred runs', value: often, unit: 'MiB', atMost: 286 },
    { name: 'worker RSS at 1,000,000 resources, its first run', value: large, unit: 'MiB', atMost: 286 /* 300 MB */ },
    { name: 'worker RSS at 1,000,000 resources, to files', value: toFiles, unit: 'MiB', atMost: 286 },
    { name: 'ratio to its first run', value: large / small, unit: '', atMost: 1.15 },
    { name: 'ratio to a hundred runs', value: large / often, unit: '', atMost: 1.15 },
    { name: 'plain reader RSS at 10,000 resources', value: plainSmall, unit: 'MiB' },
    { name: 'plain reader RSS at 1,000,000 resources', value: plainLarge, unit: 'MiB' },
    { name: 'plain reader, ratio', value: plainLarge / plainSmall, unit: '' },
  ]
}

/** As the worker's main.ts sets them. */
const FLAGS = ['--heap-growing-percent=60', '--no-allocation-site-pretenuring']

interface Peaks {
  readonly worker: number
  readonly plain: number
}

async function peaks(resources: number, runs: number, transport = 'null'): Promise<Peaks> {
  const cluster = await startCluster({
    clouds: { seed: 1, resources },
    workers: 1,
    environment: { TRANSPORT_TYPE: transport, LIMITS_ENABLED: 'false', GCP_CONTENT: 'resource,iam_policy' },
  })
  try {
    for (let run = 0; run < runs; run++) {
      const job = await cluster.finished(await cluster.submit(), 1_200_000)
      if (job.status !== 'completed') throw new Error(`${job.status} ${JSON.stringify(job.errors)}`)
    }
    const { peak } = await plainlyRead('all', cluster.clouds, { times: 1, flags: FLAGS })
    return { worker: peakRss(cluster.workers[0]!.pid), plain: peak }
  } finally {
    await cluster.stop()
  }
}
