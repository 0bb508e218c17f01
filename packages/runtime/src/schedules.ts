import type { ExtractionRequest, ProviderName } from '@cae/core'
import type { Queue } from 'bullmq'
import { CronExpressionParser } from 'cron-parser'
import type { Redis } from 'ioredis'
import { CREATE_SCHEDULE, SET_SCHEDULE_PAUSED, SET_SCHEDULE_REQUEST } from './ledger-scripts.ts'
import { PAYLOAD_VERSION } from './queues.ts'
import { defineScripts, type Script } from './redis.ts'

/** A cron expression with a request. Times are milliseconds since the epoch. */
export interface Schedule {
  readonly name: string
  /** Five fields, or six with seconds first, or a name such as `@daily`. */
  readonly cron_expression: string
  /** An IANA time zone. */
  readonly timezone: string
  readonly request: ExtractionRequest
  /** The request names nothing that chooses among providers: it is about all that the settings have, whenever it fires. */
  readonly everything: boolean
  readonly paused: boolean
  readonly createdAt: number
  readonly lastRun: string | null
  readonly lastRunAt: number | null
  /** Ticks that made no run because the one before had not ended. */
  readonly skipped: number
}

// A scheduler has no pause: with a start that never comes it stays listed and does not fire.
const NEVER = new Date('2099-01-01T00:00:00Z')
const OVERDUE_MS = 60_000

/** The next fire after a moment; null where it is paused. */
export function nextRun({ cron_expression, timezone, paused }: Schedule, now: number): number | null {
  if (paused) return null
  return CronExpressionParser.parse(cron_expression, { tz: timezone, currentDate: new Date(now) })
    .next()
    .getTime()
}

/** The schedules, in Redis; BullMQ's job schedulers are made from them and never the other way round. */
export class Schedules {
  readonly #redis: Redis
  readonly #prefix: string
  readonly #queue: Queue
  readonly #scripts: Readonly<Record<'create' | 'setPaused' | 'setRequest', Script>>

  constructor(redis: Redis, prefix: string, queue: Queue) {
    this.#redis = redis
    this.#prefix = prefix
    this.#queue = queue
    this.#scripts = defineScripts(redis, prefix, {
      create: CREATE_SCHEDULE,
      setPaused: SET_SCHEDULE_PAUSED,
      setRequest: SET_SCHEDULE_REQUEST,
    })
  }

  /** False where a schedule of that name exists. */
  async create(
    schedule: Pick<Schedule, 'name' | 'cron_expression' | 'timezone' | 'request' | 'everything'>,
    now: number,
  ): Promise<boolean> {
    const { name, cron_expression, timezone } = schedule
    const request = JSON.stringify(schedule.request)
    const created = await this.#scripts.create(
      name,
      now,
      cron_expression,
      timezone,
      request,
      schedule.everything ? 1 : 0,
    )
    if (created !== 1) return false
    await this.#apply((await this.get(name))!)
    return true
  }

  async get(name: string): Promise<Schedule | null> {
    const fields = await this.#redis.hgetall(this.#key(name))
    if (!fields['request'] || !fields['created_at']) return null
    return {
      name,
      cron_expression: fields['cron_expression']!,
      timezone: fields['timezone']!,
      request: JSON.parse(fields['request']) as ExtractionRequest,
      everything: fields['everything'] === '1',
      paused: fields['paused'] === '1',
      createdAt: Number(fields['created_at']),
      lastRun: fields['last_run'] ?? null,
      lastRunAt: fields['last_run_at'] ? Number(fields['last_run_at']) : null,
      skipped: Number(fields['skipped'] ?? 0),
    }
  }

  async list(): Promise<Schedule[]> {
    const names = (await this.#redis.smembers(this.#index)).toSorted()
    const found = await Promise.all(names.map((name) => this.get(name)))
    return found.filter((schedule) => schedule !== null)
  }

  /** False where there is none. */
  async remove(name: string): Promise<boolean> {
    const removed = await this.#redis.unlink(this.#key(name))
    await this.#redis.srem(this.#index, name)
    await this.#queue.removeJobScheduler(name)
    return removed > 0
  }

  /** Null where there is none. */
  async setPaused(name: string, paused: boolean): Promise<Schedule | null> {
    await this.#scripts.setPaused(name, paused ? 1 : 0)
    const schedule = await this.get(name)
    if (schedule) await this.#apply(schedule)
    return schedule
  }

  /** Those of everything are about these providers from now on, where there are any. Gives the names of those that were about others. */
  async takeProviders(providers: readonly ProviderName[]): Promise<string[]> {
    if (providers.length === 0) return []
    const others = (await this.list()).filter(
      ({ everything, request }) => everything && request.providers.toString() !== providers.toString(),
    )
    for (const { name, request } of others)
      await this.#scripts.setRequest(name, JSON.stringify({ ...request, providers }), JSON.stringify(request))
    return others.map(({ name }) => name)
  }

  /** Makes the job schedulers what the schedules say; one whose pending job was lost is made again. Gives how many it mended. */
  async reconcile(now: number): Promise<number> {
    // In this order: a schedule that is made in between is in the second list, or in neither.
    const present = await this.#queue.getJobSchedulers(0, -1, true)
    const wanted = new Map((await this.list()).map((schedule) => [schedule.name, schedule]))
    let mended = 0
    for (const { key, pattern, tz, next } of present) {
      const schedule = wanted.get(key)
      wanted.delete(key)
      if (!schedule) await this.#queue.removeJobScheduler(key)
      else if (await this.#differs(schedule, { pattern, tz, next }, now)) await this.#apply(schedule)
      else continue
      mended++
    }
    for (const schedule of wanted.values()) await this.#apply(schedule)
    return mended + wanted.size
  }

  // An upsert replaces the pending job, so one that changes nothing is left out, and so is one whose pending job is only
  // late, since all workers were away: that job is a tick that must not be lost.
  async #differs(schedule: Schedule, scheduler: { pattern?: string; tz?: string; next?: number }, now: number) {
    const { pattern, tz, next = 0 } = scheduler
    const paused = next >= NEVER.getTime()
    if (pattern !== schedule.cron_expression || tz !== schedule.timezone || paused !== schedule.paused) return true
    return next < now - OVERDUE_MS && !(await this.#queue.getJob(`repeat:${schedule.name}:${next}`))
  }

  async #apply({ name, cron_expression, timezone, paused }: Schedule): Promise<void> {
    await this.#queue.upsertJobScheduler(
      name,
      { pattern: cron_expression, tz: timezone, ...(paused && { startDate: NEVER }) },
      {
        name: 'tick',
        data: { v: PAYLOAD_VERSION, schedule: name },
        opts: {
          removeOnComplete: true,
          removeOnFail: 100,
          attempts: 10,
          backoff: { type: 'exponential', delay: 1000 },
        },
      },
    )
  }

  get #index(): string {
    return `${this.#prefix}:schedule-names`
  }

  #key(name: string): string {
    return `${this.#prefix}:schedule:${name}`
  }
}
