import type {
  CoverageTotals,
  ErrorCode,
  ExtractionRequest,
  Outcome,
  ProviderName,
  Reason,
  SliceCoverage,
} from '@cae/core'
import type { CheckGroup, QuestionStatus, RunStatus } from '@cae/runtime'

/** What the API answers, as far as the commands show it. */
export interface JobSummary {
  readonly job_id: string
  readonly status: RunStatus
  readonly schedule: string | null
  readonly providers: readonly ProviderName[]
  readonly request: ExtractionRequest
  readonly progress: JobProgress
  readonly totals: { readonly artifacts: number; readonly batches: number; readonly bytes: number }
  readonly outcomes: Outcomes
  readonly created_at: string
  readonly finished_at: string | null
}

export type Outcomes = Readonly<Partial<Record<Outcome, number>>>

export interface JobProgress {
  /** Known so far. */
  readonly slices: number
  readonly ended: number
  /** No further slices will come. */
  readonly planned: boolean
  readonly percent: number
}

export interface JobDetail {
  readonly job_id: string
  readonly status: RunStatus
  readonly schedule: string | null
  readonly request: ExtractionRequest
  readonly progress: JobProgress
  readonly totals: { readonly artifacts: number; readonly batches: number; readonly bytes: number }
  readonly outcomes: Outcomes
  readonly by_provider: Readonly<Partial<Record<ProviderName, ProviderDetail>>>
  readonly resources: readonly ResourceCount[]
  readonly errors: readonly Reason[]
  readonly waiting: readonly WaitDetail[]
  readonly timing: {
    readonly created_at: string
    readonly started_at: string | null
    readonly finished_at: string | null
    readonly duration_seconds: number | null
    readonly artifacts_per_second: number | null
  }
}

/** Why something does not go on, for all of a provider that have the same code. */
export interface WaitDetail {
  /** Null: the manifest. */
  readonly provider: ProviderName | null
  readonly code: ErrorCode
  readonly count: number
  readonly message: string
  /** What to do. */
  readonly advice: string
  /** Null: soon. */
  readonly until: string | null
  /** Null where it is no slice that waits, but planning or the manifest. */
  readonly example_task_id: string | null
}

export interface ProviderDetail {
  /** Known so far. */
  readonly slices: number
  readonly ended: number
  /** Tasks that still plan. */
  readonly planning: number
  readonly read: number
  /** By the provider's own counts, in the slices known so far. */
  readonly expected: number
  readonly artifacts: number
  readonly outcomes: Outcomes
}

export interface ResourceCount {
  readonly provider: ProviderName
  readonly service: string
  readonly region: string
  readonly artifacts: number
}

export interface TaskDetail {
  readonly task_id: string
  readonly provider: ProviderName
  readonly scope: string
  readonly region: string
  readonly partition: string
  readonly status: 'queued' | 'running' | 'ended'
  readonly outcome: Outcome | null
  readonly code: string | null
  readonly message: string | null
  /** It only plans further slices. */
  readonly plans: boolean
  readonly coverage: { readonly expected: number | null; readonly extracted: number }
  readonly artifacts: number
  /** How often a worker took it up. */
  readonly claims: number
}

export interface CoverageDetail {
  readonly job_id: string
  readonly status: RunStatus
  readonly totals: CoverageTotals
  readonly outcomes: Outcomes
  readonly reasons: readonly Reason[]
  readonly slices: readonly SliceCoverage[]
}

export interface ScheduleDetail {
  readonly name: string
  readonly cron_expression: string
  readonly timezone: string
  readonly request: ExtractionRequest
  readonly paused: boolean
  readonly next_run: string | null
  readonly last_run: string | null
  readonly last_job_id: string | null
  /** Runs that were left out, since the one before had not ended. */
  readonly skipped: number
}

export type ServicesDetail = Readonly<Partial<Record<ProviderName, readonly ServiceDetail[]>>>

export interface ServiceDetail {
  readonly name: string
  /** What requests may call it as well. */
  readonly aliases: readonly string[]
  readonly resource_types: readonly string[]
  /** Ours → the cloud's. */
  readonly native_types: Readonly<Record<string, string>>
}

export interface QuotasDetail {
  readonly limits: readonly { readonly name: string }[]
  readonly total: number
  readonly budgets: readonly BudgetDetail[]
}

export interface BudgetDetail {
  readonly limit: string
  readonly scope: Readonly<Record<string, string>>
  readonly rate_per_second: number
  /** Throttles have taken a part of the rate. */
  readonly slowed: boolean
  readonly calls_last_minute: number
  /** What the provider says is left; null where it does not say. */
  readonly remaining: { readonly count: number } | null
  readonly paused_until: string | null
  readonly throttled: number
}

export interface PreflightDetail {
  readonly preflight_id: string
  readonly status: 'running' | 'complete' | 'incomplete'
  /** Null until all is known. */
  readonly ready: boolean | null
  readonly request: ExtractionRequest
  readonly providers: Readonly<Partial<Record<ProviderName, ProviderCheck>>>
  readonly destination: DestinationCheck
  readonly warnings?: readonly FieldMessage[]
}

/** What the API has to say of a field of a request. */
export interface FieldMessage {
  readonly field: string
  readonly message: string
}

export interface ProviderCheck {
  readonly status: QuestionStatus
  readonly message: string | null
  readonly calls: number
  readonly ready: boolean | null
  readonly checks: readonly CheckGroup[]
  readonly untried: readonly string[]
  readonly estimate: CheckEstimate | null
}

export interface DestinationCheck {
  readonly status: QuestionStatus
  readonly message: string | null
  readonly ready: boolean | null
  readonly transport: string | null
  readonly tried: string | null
  readonly code: string | null
  readonly advice: string | null
}

export interface CheckEstimate {
  readonly resources: number | null
  readonly calls: number
  readonly seconds: number | null
  readonly decided_by: string | null
  readonly at_least: boolean
  readonly limits: readonly {
    readonly name: string
    readonly calls: number
    readonly busiest: number
    readonly rate_per_second: number | null
    readonly seconds: number | null
  }[]
}
