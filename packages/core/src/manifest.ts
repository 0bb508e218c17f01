import type { ErrorCode } from './errors.ts'
import type { ProviderName } from './provider-name.ts'
import type { Outcome } from './task.ts'

/** What a run covered and what it could not see: delivered after its last batch. JSON, snake_case. */
export interface Manifest {
  readonly schema_version: typeof MANIFEST_VERSION
  /** Derived, `{runId}-manifest-{part, six digits}`: a redelivery repeats it. */
  readonly id: string
  readonly run_id: string
  /** A manifest of many slices comes in parts, 1 to `parts`, that differ in `slices` only. */
  readonly part: number
  readonly parts: number
  /** `completed` only where every slice is complete, but for those that are skipped. */
  readonly status: 'completed' | 'partial' | 'failed' | 'cancelled'
  /** ISO 8601. */
  readonly created_at: string
  readonly totals: CoverageTotals
  /** Slices by outcome. */
  readonly outcomes: Readonly<Partial<Record<Outcome, number>>>
  /** Why slices are not complete, grouped and counted. */
  readonly reasons: readonly Reason[]
  readonly slices: readonly SliceCoverage[]
}

/** Version of the manifest's shape; it changes only when a consumer must change. */
export const MANIFEST_VERSION = 1

export interface CoverageTotals {
  readonly slices: number
  readonly artifacts: number
  /** Resources that the providers gave, before the request's filters. */
  readonly extracted: number
  /** Resources that the providers count, in the slices where they do. */
  readonly expected: number
}

export interface Reason {
  /** Null where it is the run's, not a slice's. */
  readonly provider: ProviderName | null
  readonly outcome: Outcome
  readonly code: ErrorCode
  readonly count: number
  /** One of the messages, and the task that it is of. */
  readonly message: string
  readonly example_task_id: string | null
}

/** How one slice ended, and what proves it. */
export interface SliceCoverage {
  readonly task_id: string
  readonly provider: ProviderName
  readonly scope: string
  readonly region: string
  readonly partition: string
  /** Null while the slice is not read to its end. */
  readonly outcome: Outcome | null
  readonly code: ErrorCode | null
  readonly message: string | null
  /** Artifacts delivered. */
  readonly artifacts: number
  readonly coverage: Coverage
}

export interface Coverage {
  /** The provider's own count; null where it has none. */
  readonly expected: number | null
  readonly extracted: number
  /** The provider's answer that `expected` is from; null where there is none. */
  readonly source: string | null
  /** How old what the provider knows may be, in its words; null where it does not say. */
  readonly freshness: string | null
}

export function manifestId(runId: string, part: number): string {
  return `${runId}-manifest-${String(part).padStart(6, '0')}`
}
