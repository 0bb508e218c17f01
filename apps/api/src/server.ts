import type { Log } from '@cae/core'
import {
  appliedSettings,
  evictionProblem,
  Ledger,
  preflights,
  producerConnection,
  QUEUE_NAMES,
  QUEUE_STREAMS,
  quotas,
  RUNS_QUEUE,
  SCHEDULES_QUEUE,
  Schedules,
  systemClock,
  type Settings,
} from '@cae/runtime'
import { Queue } from 'bullmq'
import type { Redis } from 'ioredis'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { isLoopback, refuseOpenDoor } from './access.ts'
import { createApp, createWaitingApp } from './app.ts'
import { answerClientError } from './client-error.ts'
import { configuredProviders } from './configured.ts'

const REQUEST_TIMEOUT_MS = 30_000
// Longer than load balancers and clients keep an idle connection: whoever closes first can't lose a request to the other.
const KEEP_ALIVE_MS = 65_000
const CLOSE_IDLE_EVERY_MS = 100
const WAITING_WARNING_MS = 3000

export interface RunningApi {
  readonly url: string
  /** `/ready` says 503 from now on; all else is served for `api.drain_ms` more, in which load balancers look elsewhere. */
  drain(): Promise<void>
  close(): Promise<void>
}

/**
 * Composition root: listens, and connects Redis and queues; resolves when it can serve. Until then `/health` says that it
 * lives, and all else 503. Throws where the settings would leave the door open.
 */
export async function startApi(settings: Settings, log: Log): Promise<RunningApi> {
  refuseOpenDoor(settings.api)
  const { redis_prefix: prefix } = settings
  const redis = producerConnection(settings.redis_url)
  let app = createWaitingApp(log, systemClock)
  const server = createServer(
    { requestTimeout: REQUEST_TIMEOUT_MS, keepAliveTimeout: KEEP_ALIVE_MS },
    (request, response) => app(request, response),
  )
  server.on('clientError', (error, socket) => answerClientError(error, socket as Socket))
  server.listen(settings.api.port, settings.api.host)
  await once(server, 'listening')
  await untilReady(redis, log)
  const problem = await evictionProblem(redis)
  if (problem) log.warn(problem)
  const queues = QUEUE_NAMES.map((name) => {
    const queue = new Queue(name, { connection: redis, prefix, streams: QUEUE_STREAMS })
    queue.on('error', (error) => log.debug('queue error', { queue: name, error }))
    return queue
  })
  // One that loses Redis before it has looked at it never recovers, and each request of it fails the same way.
  await Promise.all(queues.map((one) => one.waitUntilReady()))
  const queue = (name: string) => queues.find((one) => one.name === name)!
  const ledger = new Ledger(redis, prefix)
  const schedules = new Schedules(redis, prefix, queue(SCHEDULES_QUEUE))
  const changed = await schedules.takeProviders(configuredProviders(settings))
  if (changed.length > 0) log.info('schedules of everything follow the settings', { schedules: changed })
  let draining = false
  app = createApp(
    {
      settings,
      redis,
      ledger,
      schedules,
      quotas: quotas(redis, prefix),
      applied: appliedSettings(redis, prefix),
      preflights: preflights(redis, prefix),
      runs: queue(RUNS_QUEUE),
      queues,
      clock: systemClock,
      log,
    },
    () => draining,
  )

  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : settings.api.port
  const host = settings.api.host.includes(':') ? `[${settings.api.host}]` : settings.api.host
  const url = `http://${host}:${port}`
  log.info('API ready', { url, keys: settings.api.keys.length })

  return {
    url,
    async drain() {
      draining = true
      // No load balancer reaches it there.
      if (!isLoopback(settings.api.host)) await sleep(settings.api.drain_ms)
    },
    async close() {
      draining = true
      server.close()
      // Those whose last request is still under way become idle later.
      const closing = setInterval(() => server.closeIdleConnections(), CLOSE_IDLE_EVERY_MS)
      await once(server, 'close')
      clearInterval(closing)
      await Promise.all(queues.map((one) => one.close()))
      redis.disconnect()
    },
  }
}

// BullMQ's queues want a Redis that answers when they are made.
async function untilReady(redis: Redis, log: Log): Promise<void> {
  let reason: string | undefined
  const remember = ({ message }: Error) => void (reason = message)
  redis.on('error', remember)
  const warning = setInterval(() => log.warn('waiting for Redis', { reason }), WAITING_WARNING_MS)
  try {
    // Not `once` of node:events, which would reject at the first failed attempt.
    if (redis.status !== 'ready') await new Promise<void>((resolve) => redis.once('ready', () => resolve()))
  } finally {
    clearInterval(warning)
    redis.off('error', remember)
  }
}
