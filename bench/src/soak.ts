import type { FaultKind, FaultRule } from '@cae/cloud-simulator'
import { PROVIDER_NAMES, type ProviderName } from '@cae/core'
import { deliveredArtifacts, startCluster, type Cluster, type Job } from '@cae/test/support'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Figure } from './report.ts'

const MINUTES = 5
const END_MS = 300_000
const BATCH_SIZES = [7, 50, 100, 500, 10_000]
const BROKEN = /TypeError|ReferenceError|RangeError|nhandled/

/** What strikes now and then, and passes. */
const PASSING: Readonly<Record<ProviderName, readonly FaultKind[]>> = {
  aws: ['throttle', 'server_error', 'reset', 'expired_token', 'expired_cursor', 'duplicate_items', 'empty_page'],
  azure: ['throttle', 'server_error', 'reset', 'expired_token', 'duplicate_items', 'short_page', 'heavy_rows'],
  gcp: ['throttle', 'server_error', 'reset', 'expired_token', 'expired_cursor', 'duplicate_items', 'repeated_items'],
}
/** What hides something for good. */
const HIDING: Readonly<Record<ProviderName, readonly FaultKind[]>> = {
  aws: ['denied', 'region_disabled', 'recorder_off', 'lost_page', 'sql_short', 'unprocessed_keys'],
  azure: ['denied', 'region_disabled', 'lost_page'],
  gcp: ['denied', 'region_disabled', 'lost_page', 'search_lag', 'unsearchable'],
}

interface Ended {
  readonly id: string
  readonly providers: readonly ProviderName[]
  readonly job: Job
}

/**
 * Runs of random providers and batch sizes under random faults, while workers, Redis and the API die at random moments. No
 * run may say more than it has delivered. The seed is printed: the same one draws the same faults and requests.
 */
export async function benchSoak(): Promise<Figure[]> {
  const seed = Date.now() % 1_000_000
  console.error(`seed ${seed}`)
  const draw = drawing(seed)
  const latency = draw.one([0, 30, 100, 200])
  const cluster = await startCluster({
    clouds: {
      seed: draw.below(1000),
      resources: 5000,
      accounts: 3,
      regions: 3,
      subscriptions: 3,
      projects: 3,
      latency,
    },
    workers: 2,
    environment: { WORKER_LOCK_DURATION_MS: '3000', WORKER_STALLED_INTERVAL_MS: '1000' },
  })
  const truth = new Map<ProviderName, readonly string[]>()
  for (const name of PROVIDER_NAMES) truth.set(name, await cluster.clouds.ids([name]))
  let [runs, deaths] = [0, 0]
  const lies: string[] = []
  try {
    for (const end = Date.now() + MINUTES * 60_000; Date.now() < end;) {
      await cluster.clouds.setFaults(Array.from({ length: draw.below(4) }, () => rule(draw, cluster)))
      const over = new AbortController()
      const dying = draw.below(3) === 0 ? undefined : letDie(draw, cluster, over.signal)
      const ended = await runSome(draw, cluster)
      over.abort()
      deaths += (await dying) ?? 0
      runs += ended.length
      for (const one of ended) lies.push(...(await liesOf(one, truth, cluster)))
    }
  } finally {
    await cluster.stop()
  }
  for (const lie of lies) console.error(lie)
  return [
    { name: 'runs', value: runs, unit: '' },
    { name: 'workers, Redis and API killed', value: deaths, unit: '' },
    { name: 'of which a run said what was not so', value: lies.length, unit: '', atMost: 0 },
  ]
}

type Drawing = ReturnType<typeof drawing>

function drawing(seed: number) {
  let state = seed
  const below = (n: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * n)
  }
  return { below, one: <T>(list: readonly T[]) => list[below(list.length)]! }
}

function rule(draw: Drawing, { clouds }: Cluster): FaultRule {
  const provider = draw.one(PROVIDER_NAMES)
  const scopes = { aws: clouds.awsAccounts, azure: clouds.azureSubscriptions, gcp: clouds.gcpProjects }
  const passes = draw.below(3) > 0
  return {
    provider,
    kind: draw.one((passes ? PASSING : HIDING)[provider]),
    scope: draw.one(scopes[provider]),
    ...(passes && { probability: draw.one([0.05, 0.2, 0.5]), times: 1 + draw.below(12) }),
  }
}

async function runSome(draw: Drawing, cluster: Cluster): Promise<Ended[]> {
  const asked = Array.from({ length: 1 + draw.below(2) }, () => {
    const some = PROVIDER_NAMES.filter(() => draw.below(2) === 0)
    return { providers: some.length > 0 ? some : PROVIDER_NAMES, batch_size: draw.one(BATCH_SIZES) }
  })
  const ended: Ended[] = []
  for (const { providers, ...rest } of asked) {
    // Redis or the API may be away at this moment.
    const id = await cluster.submit({ providers, ...rest }).catch(() => undefined)
    if (id !== undefined) ended.push({ id, providers, job: await cluster.finished(id, END_MS) })
  }
  return ended
}

/** Gives how many have died. */
async function letDie(draw: Drawing, cluster: Cluster, over: AbortSignal): Promise<number> {
  for (let deaths = 0; ; deaths++) {
    await sleep(300 + draw.below(2500))
    if (over.aborted) return deaths
    // A worker takes a second to start: were one to die each time, none would get on with anything.
    const whose = draw.below(12)
    if (whose === 0) await cluster.crashRedis()
    else if (whose === 1) await cluster.crashApi()
    else if (whose < 6) {
      await cluster.workers.shift()!.stop(whose === 2 ? 'SIGTERM' : 'SIGKILL')
      await cluster.startWorker()
    } else deaths--
  }
}

/** What a run says and is not so. */
async function liesOf(
  { id, providers, job }: Ended,
  truth: ReadonlyMap<ProviderName, readonly string[]>,
  cluster: Cluster,
): Promise<string[]> {
  const { ids } = job.totals.artifacts > 0 ? deliveredArtifacts(join(cluster.folder, id)) : { ids: new Set<string>() }
  const tasks = await cluster.tasks(id)
  const lies = providers.flatMap((name) => {
    const missing = truth.get(name)!.filter((one) => !ids.has(one)).length
    const told = tasks.some(({ provider, outcome }) => provider === name && outcome !== 'complete')
    return missing > 0 && !told ? [`${id}: ${missing} of ${name} are missing, and all slices are complete`] : []
  })
  const all = new Set(providers.flatMap((name) => truth.get(name)!))
  const foreign = [...ids].filter((one) => !all.has(one))
  if (foreign.length > 0) lies.push(`${id}: ${foreign.length} of nobody were delivered, such as ${foreign[0]}`)
  for (const { task_id, outcome, coverage } of tasks) {
    if (outcome === null) lies.push(`${task_id} has no end`)
    if (outcome === 'complete' && coverage.expected !== null && coverage.extracted < coverage.expected)
      lies.push(`${task_id} is complete with ${coverage.extracted} of ${coverage.expected}`)
  }
  for (const worker of cluster.workers)
    if (BROKEN.test(worker.log())) lies.push(`a worker broke: ${worker.log().slice(-2000)}`)
  return lies
}
