import { randomUUID } from 'node:crypto'
import { PROVIDER_NAMES, type Log, type ProviderName } from '@cae/core'
import {
  appliedSettings,
  consumerConnection,
  evictionProblem,
  Ledger,
  memoryShare,
  plansQueue,
  QUEUE_STREAMS,
  preflights,
  questionSource,
  quotas,
  redisLimiter,
  RUNS_QUEUE,
  SCHEDULES_QUEUE,
  Schedules,
  systemClock,
  tasksQueue,
  unlimited,
  withoutPassword,
  type Settings,
} from '@cae/runtime'
import { Queue, WaitingError, Worker, type Processor, type WorkerOptions } from 'bullmq'
import { adaptiveConcurrency } from './adaptive-concurrency.ts'
import { answerPreflights } from './answer-preflights.ts'
import { leases, type Leases } from './lease.ts'
import { startMaintenance } from './maintenance.ts'
import { queueErrors } from './queue-errors.ts'
import { loadParts } from './registry.ts'
import { runJob } from './run-job.ts'
import { STOP, taskJob } from './task-job.ts'
import { tickJob } from './tick-job.ts'

const CHECK_PATIENCE_MS = 5 * 60_000
/** What a call may take before its deadline begins. */
const SIGN_IN_MS = 15_000

export interface RunningWorker {
  /** Lets running tasks finish their page, gives them back to the queue, and closes everything. */
  close(): Promise<void>
}

/** Composition root: connects Redis, queues, providers and transport, and starts to consume. */
export async function startWorker(settings: Settings, log: Log): Promise<RunningWorker> {
  const { redis_prefix: prefix, limits, worker } = settings
  const { providers, limits: effective, transport } = await loadParts(settings)
  const redis = consumerConnection(settings.redis_url)
  const clock = systemClock
  const ledger = new Ledger(redis, prefix)
  const { headroom, longest_wait_ms: longestWait } = limits
  const timeouts = [settings.aws, settings.azure, settings.gcp].map(({ request_timeout_ms }) => request_timeout_ms)
  const longestCall = Math.max(...timeouts) + SIGN_IN_MS
  const limiterThatWaits = (longestWait: number) =>
    limits.enabled
      ? redisLimiter({ redis, prefix, limits: effective, headroom, longestWait, longestCall, clock })
      : unlimited()
  const limiter = limiterThatWaits(longestWait)

  const tell = queueErrors(log, withoutPassword(settings.redis_url))
  const queue = (name: string) => {
    const one = new Queue(name, { connection: redis, prefix, streams: QUEUE_STREAMS })
    one.on('error', (error) => tell(name, error))
    return one
  }
  const queues = new Map(
    PROVIDER_NAMES.flatMap((name) => [tasksQueue(name), plansQueue(name)]).map((name): [string, Queue] => [
      name,
      queue(name),
    ]),
  )
  const runs = queue(RUNS_QUEUE)
  const ticks = queue(SCHEDULES_QUEUE)
  const schedules = new Schedules(redis, prefix, ticks)

  const stopping = new AbortController()
  const adaptive = adaptiveConcurrency({ redis, clock })
  const jobLeases = leases(worker.lock_duration_ms, clock, ({ queueName, id }) =>
    log.warn('a lock was not renewed in time; the job stops here', { queue: queueName, jobId: id }),
  )
  // A job is taken and then waits: what BullMQ lets a worker take has effect only once another one has ended.
  const consume = (name: string, concurrency: number, processor: Processor) => {
    const one = consumer(
      name,
      adaptive.limit(concurrency, refusing(processor, stopping.signal)),
      jobLeases,
      { ...workerOptions(settings, !NOT_OF_TASKS.has(name)), connection: redis, prefix, concurrency },
      log,
    )
    one.on('error', (error) => tell(name, error))
    return one
  }
  const transports = [transport]
  const patience = {
    attempts: worker.attempts,
    backoff: worker.backoff_ms,
    throttlePatience: worker.throttle_patience_ms,
    deliveryPatience: worker.delivery_patience_ms,
    maxStalled: worker.max_stalled,
  }
  const applied = appliedSettings(redis, prefix)
  const without = (names: readonly ProviderName[]) => applied.without(names)
  const shared = { ledger, providers, limiter, transports, queues, without, prefix, clock, log, ...patience }
  const processTask = taskJob({
    ...shared,
    tolerance: settings.coverage.tolerance,
    shutdownGrace: worker.shutdown_grace_ms,
    ensureHeld: jobLeases.ensure,
  })
  const isFull = async () => (await memoryShare(redis)) > settings.api.redis_memory_limit
  const workers = [
    consume(SCHEDULES_QUEUE, 1, tickJob({ ledger, schedules, runs, isFull, clock, log })),
    consume(RUNS_QUEUE, worker.concurrency.runs, runJob(shared)),
    ...[...providers.keys()].flatMap((name) => [
      consume(plansQueue(name), worker.concurrency.plans, processTask),
      consume(tasksQueue(name), worker.concurrency[name], processTask),
    ]),
  ]
  await Promise.all(workers.map((one) => one.waitUntilReady()))
  const problem = await evictionProblem(redis)
  if (problem) log.warn(problem)
  const id = randomUUID()
  const publish = async () => {
    const differing = await applied.publish(id, settings)
    if (differing.length > 0) {
      log.warn('workers on this Redis have other settings, and chance decides which of us reads a slice', { differing })
    }
    await quotas(redis, prefix).publish(limits.enabled ? effective : [], headroom, clock.now())
  }
  const maintenance = startMaintenance({ ...shared, schedules, runs, retention: settings.ledger }, publish)
  const answering = answerPreflights({
    preflights: preflights(redis, prefix),
    questions: questionSource(settings.redis_url, prefix, [...providers.keys()]),
    providers,
    transport,
    // The same budget, and more patience: a check has no queue to go back to.
    limiter: limiterThatWaits(Math.max(longestWait, CHECK_PATIENCE_MS)),
    allowed: { limits: effective, headroom: limits.enabled ? headroom : null },
    clock,
    log,
  })
  log.info('worker ready', {
    providers: [...providers.keys()],
    transport: transport.name,
    redis: withoutPassword(settings.redis_url),
    concurrency: worker.concurrency,
  })

  return {
    async close() {
      stopping.abort()
      adaptive.stop()
      for (const one of workers) one.cancelAllJobs(STOP.shutdown)
      await Promise.all([maintenance.stop(), answering.stop(), ...workers.map((one) => one.close())])
      await Promise.all([...queues.values(), runs, ticks].map((one) => one.close()))
      await transport.close()
      // Where Redis is away it is forgotten after minutes.
      if (redis.status === 'ready') await applied.forget(id).catch(() => {})
      redis.disconnect()
    },
  }
}

// A job that was on its way when the worker began to stop, or waited for its turn, comes after all others were cancelled.
function refusing(processor: Processor, stopping: AbortSignal): Processor {
  return async (job, token, signal) => {
    if (stopping.aborted) {
      await job.moveToWait(token)
      throw new WaitingError()
    }
    if (signal?.aborted) throw new Error('lock lost while the job waited for its turn')
    return processor(job, token, signal)
  }
}

const NOT_OF_TASKS: ReadonlySet<string> = new Set([RUNS_QUEUE, SCHEDULES_QUEUE])

/** BullMQ would count all that a job ever meets; the ledger counts those since the last page. */
const STALLS_COUNTED_BY_US = 1_000_000

function workerOptions({ worker }: Settings, isTasks: boolean): Omit<WorkerOptions, 'connection'> {
  return {
    lockDuration: worker.lock_duration_ms,
    stalledInterval: worker.stalled_interval_ms,
    maxStalledCount: isTasks ? STALLS_COUNTED_BY_US : worker.max_stalled,
    maxStartedAttempts: 100_000,
  }
}

function consumer(
  name: string,
  processor: Processor,
  { held, renew }: Leases,
  options: WorkerOptions,
  log: Log,
): Worker {
  const worker = new Worker(name, held(processor), options)
  worker.on('stalled', (jobId) => log.warn('a job lost its worker and goes back to the queue', { queue: name, jobId }))
  worker.on('locksRenewed', ({ jobIds }) => renew(jobIds))
  worker.on('lockRenewalFailed', (jobIds: string[]) => {
    log.warn('locks could not be renewed; the jobs stop here', { queue: name, jobIds })
    for (const jobId of jobIds) worker.cancelJob(jobId, STOP.lockLost)
  })
  return worker
}
