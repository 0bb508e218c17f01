import { PROVIDER_NAMES, type ProviderName } from '@cae/core'
import { UnrecoverableError, type JobsOptions, type ParentOptions } from 'bullmq'
import Joi from 'joi'

export const SCHEDULES_QUEUE = 'schedules'
export const RUNS_QUEUE = 'runs'

export function tasksQueue(provider: ProviderName): string {
  return `tasks.${provider}`
}

/** Tasks that plan have a queue of their own, so that planning and extraction go on side by side. */
export function plansQueue(provider: ProviderName): string {
  return `plans.${provider}`
}

export const QUEUE_NAMES = [
  SCHEDULES_QUEUE,
  RUNS_QUEUE,
  ...PROVIDER_NAMES.map(plansQueue),
  ...PROVIDER_NAMES.map(tasksQueue),
]

/** Payloads carry their version: a worker of another release refuses what it does not know. */
export const PAYLOAD_VERSION = 1

export interface RunPayload {
  readonly v: typeof PAYLOAD_VERSION
  readonly runId: string
}

/** What `QueueEvents` would be told: nobody here listens, and BullMQ keeps 10,000 a queue otherwise. */
export const QUEUE_STREAMS = { events: { maxLen: 100 } }

/** Nothing but the version: the job's id is the task's, the slice is in the ledger, credentials are in the workers' settings. */
export interface TaskPayload {
  readonly v: typeof PAYLOAD_VERSION
}

export interface TickPayload {
  readonly v: typeof PAYLOAD_VERSION
  readonly schedule: string
}

const v = Joi.number().valid(PAYLOAD_VERSION).required()
const id = Joi.string().max(400).required()

const SCHEMAS = {
  run: Joi.object<RunPayload, true>({ v, runId: id }),
  // What was queued before ids were the job's alone still has it.
  task: Joi.object({ v, taskId: Joi.any().strip() }),
  tick: Joi.object<TickPayload, true>({ v, schedule: id }),
}

interface Payloads {
  run: RunPayload
  task: TaskPayload
  tick: TickPayload
}

/** Checks a payload at enqueue and at dequeue; trying an invalid one again is of no use. */
export function validPayload<K extends keyof Payloads>(kind: K, data: unknown): Payloads[K] {
  const { error, value } = SCHEMAS[kind].validate(data)
  if (error) throw new UnrecoverableError(`invalid ${kind} payload: ${error.message}`)
  return value as Payloads[K]
}

const KEEP_FAILED = { age: 7 * 24 * 3600, count: 10_000 }

export function runJobOptions(runId: string): JobsOptions {
  return {
    jobId: runId,
    attempts: 10,
    backoff: { type: 'exponential', delay: 1000, jitter: 0.5 },
    removeOnComplete: { age: 3600, count: 1000 },
    removeOnFail: KEEP_FAILED,
  }
}

/** BullMQ's lowest. */
const LAST_PRIORITY = 2_097_151

/** The only place that makes task options, so that no child can hold up its run by failing. */
export function taskJobOptions(taskId: string, turn: number, parent: ParentOptions): JobsOptions {
  return {
    jobId: taskId,
    // First the first task of every scope, then the second: no scope waits for another's thousands.
    priority: Math.min(turn, LAST_PRIORITY),
    // For what a task's own handling does not see, such as Redis going away under it; its own tries are in the ledger.
    attempts: 100,
    backoff: { type: 'fixed', delay: 1000, jitter: 0.5 },
    ignoreDependencyOnFailure: true,
    // The ledger is the truth; and a child that failed and is added again would never run, and hold up its parent.
    removeOnComplete: true,
    removeOnFail: true,
    parent,
  }
}
