import {
  errorRow,
  ExtractionError,
  type Checkpoint,
  type ErrorCode,
  type ExtractionRequest,
  type Outcome,
  type PageRecord,
  type ProviderName,
  type Reason,
  type Task,
} from '@cae/core'
import type { Redis } from 'ioredis'
import { LEDGER_SCRIPTS } from './ledger-scripts.ts'
import {
  parseProviderTotals,
  parseTask,
  partsOf,
  specOf,
  taskOf,
  type FinalStatus,
  type RunStatus,
  type RunView,
  type TaskView,
} from './ledger-views.ts'
import { defineScripts, type Script } from './redis.ts'

const SPAWN_CHUNK = 1000
const DELETE_CHUNK = 500

/** What a worker that took a task up may build on. */
export interface Claim {
  /** Fencing token: commits with an older one are refused. */
  readonly token: string
  readonly task: Task
  /** What a client asked of its run. */
  readonly request: ExtractionRequest
  readonly checkpoint: Checkpoint
  /** Hashes of the ids that its pages brought, as their records said. */
  readonly known: Float64Array
  /** Workers that had the task and died, since its last page. */
  readonly lost: number
}

/** Why something does not go on. */
export interface Wait {
  readonly code: ErrorCode
  readonly message: string
  /** When it is tried again, milliseconds since the epoch; null: soon, by the queue's backoff. */
  readonly until: number | null
}

export interface NewRun {
  readonly id: string
  /** Milliseconds since the epoch. */
  readonly createdAt: number
  readonly request: ExtractionRequest
  readonly schedule?: string
}

export interface Ending {
  readonly outcome: Outcome
  readonly code?: ErrorCode
  readonly message?: string
}

/** What one page, or the plan of one provider, has added to a run. By it the ledger knows whether it still has all of it. */
export interface Added {
  /** Of this addition alone. */
  readonly mark: string
  readonly tasks: number
}

const NOTHING_ADDED: Added = { mark: '', tasks: 0 }

/**
 * The truth about runs and tasks, in Redis; the queues are only its delivery. Every change is one atomic script, so
 * that two workers on one task can't count twice or move a checkpoint back.
 */
export class Ledger {
  readonly #redis: Redis
  readonly #prefix: string
  readonly #scripts: Readonly<Record<keyof typeof LEDGER_SCRIPTS, Script>>

  constructor(redis: Redis, prefix: string) {
    this.#redis = redis
    this.#prefix = prefix
    this.#scripts = defineScripts(redis, prefix, LEDGER_SCRIPTS)
  }

  /** `busy`: the schedule's last run has not ended, so nothing was made. */
  async createRun({ id, createdAt, request, schedule = '' }: NewRun): Promise<'created' | 'exists' | 'busy'> {
    const result = await this.#scripts.createRun(id, createdAt, JSON.stringify(request), schedule)
    return result === 1 ? 'created' : result === 0 ? 'exists' : 'busy'
  }

  async run(id: string): Promise<RunView | null> {
    const fields = await this.#redis.hgetall(this.#runKey(id))
    if (!fields['created_at']) return null
    return {
      id,
      status: fields['status'] as RunStatus,
      request: JSON.parse(fields['request']!) as ExtractionRequest,
      schedule: fields['schedule'] || null,
      createdAt: Number(fields['created_at']),
      startedAt: number(fields['started_at']),
      plannedAt: number(fields['planned_at']),
      updatedAt: number(fields['updated_at']),
      finishedAt: number(fields['finished_at']),
      tasks: Number(fields['tasks']),
      ended: Number(fields['ended']),
      providers: parseProviderTotals(fields),
    }
  }

  async status(id: string): Promise<RunStatus | null> {
    return (await this.#redis.hget(this.#runKey(id), 'status')) as RunStatus | null
  }

  /** Newest first. */
  async runIds(limit: number, status?: RunStatus, offset = 0): Promise<string[]> {
    const index = status ? `${this.#prefix}:index:${status}` : `${this.#prefix}:index`
    return this.#redis.zrevrange(index, offset, offset + limit - 1)
  }

  async countRuns(status?: RunStatus): Promise<number> {
    return this.#redis.zcard(status ? `${this.#prefix}:index:${status}` : `${this.#prefix}:index`)
  }

  /** Runs before this moment in a status, oldest first. */
  async runIdsBefore(moment: number, status?: RunStatus): Promise<string[]> {
    return this.#redis.zrangebyscore(`${this.#prefix}:index${status ? `:${status}` : ''}`, '-inf', `(${moment}`)
  }

  /** False where the run has ended already. */
  async startPlanning(id: string, now: number): Promise<boolean> {
    return (await this.#scripts.setRunStatus(id, 'planning', 'started_at', now)) === 1
  }

  /** Throws `CHECKPOINT_FENCED` where the slices of a provider are not in the ledger, or not any more. */
  async finishPlanning(id: string, providers: readonly ProviderName[], now: number): Promise<void> {
    if ((await this.#scripts.finishPlanning(id, now, ...providers)) !== 1) throw forgotten()
  }

  /** False where the run has ended already. */
  async finishRun(id: string, status: FinalStatus, now: number): Promise<boolean> {
    const ended = (await this.#scripts.setRunStatus(id, status, 'finished_at', now)) === 1
    if (ended) await this.#redis.publish(`${this.#prefix}:run-ended`, JSON.stringify({ id, status }))
    return ended
  }

  /**
   * The same task is added once, however often it is planned. Gives the turn of each, 1 for the first of its scope:
   * served by turns, a scope with few slices does not wait for one with thousands. Throws `CHECKPOINT_FENCED` where the run
   * has ended.
   */
  async addTasks(runId: string, provider: ProviderName, tasks: readonly Task[], mark = ''): Promise<number[]> {
    const turns: number[] = []
    for (let start = 0; start < tasks.length; start += SPAWN_CHUNK) {
      const chunk = tasks.slice(start, start + SPAWN_CHUNK)
      const added = await this.#scripts.addTasks(
        runId,
        provider,
        mark,
        ...chunk.flatMap((task) => [
          task.id,
          specOf(task),
          task.scope,
          task.plans ? 1 : '',
          task.expected?.count ?? '',
          task.expected?.source ?? '',
        ]),
      )
      if (added === null) throw new ExtractionError('CHECKPOINT_FENCED', 'the run has ended')
      turns.push(...(added as number[]))
    }
    return turns
  }

  /** Null where the run is gone. `stalls`: how often the queue took this job of the task from a worker that had died. */
  async claim(taskId: string, now: number, stalls = 0): Promise<Claim | 'ended' | null> {
    const { runId } = partsOf(taskId)
    const values = (await this.#scripts.claimTask(runId, taskId, now, stalls)) as (string | number | null)[] | 0 | null
    if (!values) return values === 0 ? 'ended' : null
    const [token, spec, request, createdAt, page, sequence, read, artifacts, expected, source, cursor, done, lost] =
      values.map((value) => (value === null ? '' : String(value))) as [string, string, string, string, ...string[]]
    const expectation = expected ? { count: Number(expected), source: source! } : null
    return {
      token,
      task: taskOf(taskId, Number(createdAt), spec, expectation),
      request: JSON.parse(request) as ExtractionRequest,
      checkpoint: {
        cursor: cursor || null,
        page: Number(page),
        sequence: Number(sequence),
        read: Number(read),
        artifacts: Number(artifacts),
        expected: expectation,
        done: done === '1',
      },
      known: await this.#known(taskId, Number(page)),
      lost: Number(lost),
    }
  }

  // Nobody else adds to it any more: the claim has fenced them.
  async #known(taskId: string, page: number): Promise<Float64Array> {
    const bytes = page > 0 ? await this.#redis.getBuffer(`${this.#prefix}:known:${taskId}`) : null
    return new Float64Array(bytes ? Uint8Array.from(bytes).buffer : [])
  }

  /**
   * Throws `CHECKPOINT_FENCED` where another worker has claimed the task since, or it has ended, or the ledger has forgotten
   * what the page has added.
   */
  async commit(
    task: Task,
    token: string,
    before: number,
    next: Checkpoint,
    record: PageRecord,
    now: number,
    added: Added = NOTHING_ADDED,
  ): Promise<void> {
    const committed = await this.#scripts.commitPage(
      task.runId,
      task.id,
      task.provider,
      token,
      before,
      next.page,
      next.sequence,
      next.read,
      next.artifacts,
      next.expected?.count ?? '',
      next.expected?.source ?? '',
      next.cursor ?? '',
      next.done ? 1 : 0,
      record.bytes,
      record.batches,
      record.freshness ?? '',
      now,
      added.mark,
      added.tasks,
      bytesOf(record.known),
      ...[...record.counts].flat(),
    )
    if (committed !== 1) throw new ExtractionError('CHECKPOINT_FENCED', 'another worker has taken the task over')
  }

  /**
   * False where another worker has claimed the task since, or it has ended, or is to be complete and the ledger does not have
   * its last page. Without a token it is ended whoever holds it.
   */
  async end(task: Task, token: string | null, ending: Ending, now: number): Promise<boolean> {
    const { outcome, code = '', message = '' } = ending
    const ended = await this.#scripts.endTask(
      task.runId,
      task.id,
      task.provider,
      token ?? '',
      outcome,
      code,
      message.slice(0, 1000),
      now,
    )
    return ended === 1
  }

  /** Sets a task to its first page; its counts leave the totals. False where fenced. */
  async restart(task: Task, token: string): Promise<boolean> {
    return (await this.#scripts.restartTask(task.runId, task.id, task.provider, token)) === 1
  }

  async restarts(taskId: string): Promise<number> {
    return Number((await this.#redis.hget(this.#taskKey(taskId), 'restarts')) ?? 0)
  }

  /** Another failure of the task since its last committed page. Gives how many there are; 0 where fenced. */
  async noteFailure(taskId: string, token: string): Promise<number> {
    return (await this.#scripts.noteFailure(taskId, token)) as number
  }

  /**
   * A page of the task was not taken, again. Gives how often since its last committed page, 0 where fenced, and since when.
   * `forgetAfter`: milliseconds without a refusal after which those before do not count; `Infinity` where all do.
   */
  async noteRefusal(
    taskId: string,
    token: string,
    now: number,
    forgetAfter: number,
  ): Promise<{ refusals: number; since: number }> {
    const forget = Number.isFinite(forgetAfter) ? Math.round(forgetAfter) : -1
    const [refusals, since] = (await this.#scripts.noteRefusal(taskId, token, now, forget)) as [number, string]
    return { refusals, since: Number(since) }
  }

  /**
   * The slices of one provider are all added, so that planning that is entered again leaves it out. Throws
   * `CHECKPOINT_FENCED` where the ledger has forgotten some.
   */
  async noteProviderPlanned(runId: string, provider: ProviderName, { mark, tasks }: Added): Promise<void> {
    if ((await this.#scripts.noteProviderPlanned(runId, provider, mark, tasks)) !== 1) throw forgotten()
  }

  async isProviderPlanned(runId: string, provider: ProviderName): Promise<boolean> {
    return (await this.#redis.hexists(this.#runKey(runId), `${provider}:planned`)) === 1
  }

  /** Tasks that had no job have been given one; it is done once a run. */
  async noteOrphansQueued(runId: string): Promise<void> {
    await this.#redis.hset(this.#runKey(runId), 'orphans_queued', 1)
  }

  async isOrphansQueued(runId: string): Promise<boolean> {
    return (await this.#redis.hexists(this.#runKey(runId), 'orphans_queued')) === 1
  }

  /**
   * The provider has throttled the task, again. Gives since when it does without a page in between; null where fenced.
   * `forgetAfter`: milliseconds without a throttle after which those before do not count.
   */
  async noteThrottled(taskId: string, token: string, now: number, forgetAfter: number): Promise<number | null> {
    return number((await this.#scripts.noteThrottled(taskId, token, now, Math.round(forgetAfter))) as string | null)
  }

  /**
   * Of a provider of a run: `throttled`, while it is planned, or `absent`, no worker having it. Gives since when that is so,
   * noted each time it is met; `forgetAfter`: milliseconds without it after which it begins anew.
   */
  async noteProvider(
    runId: string,
    provider: ProviderName,
    what: 'throttled' | 'absent',
    now: number,
    forgetAfter: number,
  ): Promise<number> {
    return Number(await this.#scripts.noteProvider(runId, provider, what, now, Math.round(forgetAfter)))
  }

  /** That is not so any more. */
  async forgetProvider(runId: string, provider: ProviderName, what: 'throttled' | 'absent'): Promise<void> {
    await this.#redis.hdel(this.#runKey(runId), `${provider}:${what}_since`, `${provider}:${what}_at`)
  }

  /** Planning a provider has failed, again. Gives how often in all. */
  async notePlanningFailure(runId: string, provider: ProviderName): Promise<number> {
    return this.#redis.hincrby(this.#runKey(runId), `${provider}:planning_failures`, 1)
  }

  /** In the order they were planned. */
  async taskIds(runId: string, offset: number, limit: number): Promise<string[]> {
    return this.#redis.lrange(`${this.#runKey(runId)}:tasks`, offset, offset + limit - 1)
  }

  /** Of one run. Those that have planned, and did so, are gone. */
  async tasks(ids: readonly string[]): Promise<TaskView[]> {
    if (ids.length === 0) return []
    const { runId } = partsOf(ids[0]!)
    const pipeline = this.#redis.pipeline()
    pipeline.hget(this.#runKey(runId), 'created_at').mget(ids.map((id) => this.#specKey(id)))
    for (const id of ids) pipeline.hgetall(this.#taskKey(id))
    const replies = (await pipeline.exec()) ?? []
    const values = replies.map(([error, value]) => {
      if (error) throw error
      return value
    })
    const [createdAt, specs, ...hashes] = values as [string, (string | null)[], ...Record<string, string>[]]
    return hashes.flatMap((fields, index) => {
      const spec = specs[index]
      return spec ? [parseTask(ids[index]!, Number(createdAt), spec, fields)] : []
    })
  }

  /** The slices of a run that could not be planned, as tasks that have ended. */
  async addGaps(gaps: readonly { task: Task; ending: Ending }[], now: number, mark = ''): Promise<void> {
    for (const { task, ending } of gaps) {
      await this.addTasks(task.runId, task.provider, [task], mark)
      await this.end(task, null, ending, now)
    }
  }

  /** `provider|service|region` → artifacts. */
  async counts(runId: string): Promise<Record<string, number>> {
    const fields = await this.#redis.hgetall(`${this.#runKey(runId)}:counts`)
    return Object.fromEntries(
      Object.entries(fields)
        .map(([key, count]): [string, number] => [key, Number(count)])
        .filter(([, count]) => count > 0),
    )
  }

  /** Problems of a run, grouped: how often, and one of them as an example. */
  async errors(runId: string): Promise<Reason[]> {
    const fields = await this.#redis.hgetall(`${this.#runKey(runId)}:errors`)
    return Object.entries(fields).flatMap(([key, count]) => {
      const [kind, provider, outcome, code] = key.split('|')
      if (kind !== 'count') return []
      const sample = fields[`sample|${provider}|${outcome}|${code}`] ?? ''
      const space = sample.indexOf(' ')
      return [
        {
          provider: (provider || null) as ProviderName | null,
          outcome: outcome as Outcome,
          code: code as ErrorCode,
          count: Number(count),
          message: sample.slice(space + 1),
          example_task_id: sample.slice(0, space) || null,
        },
      ]
    })
  }

  /** A problem of a run that is none of its slices'. */
  async noteRunError(runId: string, code: ErrorCode, message: string): Promise<void> {
    const key = `|${errorRow(code).outcome}|${code}`
    await this.#redis.hset(
      `${this.#runKey(runId)}:errors`,
      `count|${key}`,
      1,
      `sample|${key}`,
      ` ${message.slice(0, 1000)}`,
    )
  }

  /**
   * Why something waits, until its next page is committed or it has ended. `what`: the id of a task, the name of a provider
   * that is being planned, or `manifest`.
   */
  async noteWait(runId: string, what: string, wait: Wait): Promise<void> {
    const { code, message, until } = wait
    await this.#scripts.noteWait(runId, what, JSON.stringify({ code, message: message.slice(0, 1000), until }))
  }

  /** What waits in a run, and why. */
  async waits(runId: string): Promise<ReadonlyMap<string, Wait>> {
    const fields = await this.#redis.hgetall(`${this.#runKey(runId)}:waits`)
    return new Map(Object.entries(fields).map(([what, why]) => [what, JSON.parse(why) as Wait]))
  }

  /** Counters over all runs, for the metrics. */
  async stats(): Promise<Record<string, number>> {
    const fields = await this.#redis.hgetall(`${this.#prefix}:stats`)
    return Object.fromEntries(Object.entries(fields).map(([key, count]) => [key, Number(count)]))
  }

  /** Removes a run and its tasks. */
  async deleteRun(id: string): Promise<void> {
    const run = this.#runKey(id)
    while ((await this.#scripts.deleteTasks(id, DELETE_CHUNK)) !== 0);
    const status = await this.status(id)
    const pipeline = this.#redis.pipeline().zrem(`${this.#prefix}:index`, id)
    if (status) pipeline.zrem(`${this.#prefix}:index:${status}`, id)
    await pipeline
      .unlink(
        run,
        `${run}:tasks`,
        `${run}:planned`,
        `${run}:turns`,
        `${run}:added`,
        `${run}:counts`,
        `${run}:errors`,
        `${run}:waits`,
      )
      .exec()
  }

  #runKey(id: string): string {
    return `${this.#prefix}:run:${id}`
  }

  #specKey(id: string): string {
    return `${this.#prefix}:spec:${id}`
  }

  #taskKey(id: string): string {
    return `${this.#prefix}:task:${id}`
  }
}

function bytesOf({ buffer, byteOffset, byteLength }: Float64Array = new Float64Array()): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength)
}

function forgotten(): ExtractionError {
  return new ExtractionError('CHECKPOINT_FENCED', 'the ledger does not have what was planned')
}

function number(text: string | null | undefined): number | null {
  return text === null || text === undefined || text === '' ? null : Number(text)
}
