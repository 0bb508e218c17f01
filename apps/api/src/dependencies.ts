import type { Clock, Log } from '@cae/core'
import type { AppliedSettings, Ledger, Preflights, Quotas, Schedules, Settings } from '@cae/runtime'
import type { Queue } from 'bullmq'
import type { Redis } from 'ioredis'

/** What the routes work with. */
export interface Dependencies {
  readonly settings: Settings
  readonly redis: Redis
  readonly ledger: Ledger
  readonly schedules: Schedules
  readonly quotas: Quotas
  readonly applied: AppliedSettings
  readonly preflights: Preflights
  readonly runs: Queue
  /** Every queue, for the dashboard and the metrics. */
  readonly queues: readonly Queue[]
  readonly clock: Clock
  readonly log: Log
}
