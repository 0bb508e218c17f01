import type { Artifact } from './artifact.ts'
import type { Context } from './context.ts'
import type { ErrorCode } from './errors.ts'
import type { Limit } from './limit.ts'
import type { Slice, Task } from './task.ts'

export const PROVIDER_NAMES = ['aws', 'azure', 'gcp'] as const
/** A cloud we extract from. */
export type ProviderName = (typeof PROVIDER_NAMES)[number]

/** A cloud: it plans slices and opens one to read it page by page. It never loops, waits or retries. */
export interface Provider {
  readonly name: ProviderName
  /** Declared rates as data; the operator can override them. */
  readonly limits: readonly Limit[]
  /** The same target gives the same slices in the same order. */
  plan(target: Target, context: Context): Promise<Plan>
  open(task: Task, context: Context): Promise<PageReader>
}

export interface PageReader {
  /** `null` reads the first page. Throws `ExtractionError`, and nothing else, for what the provider refused. */
  read(cursor: string | null): Promise<Page>
  close(): Promise<void>
}

/** One answer of a cloud API. */
export interface Page {
  readonly artifacts: readonly Artifact[]
  /** Where the next page begins, opaque to us; null on the last page. */
  readonly next: string | null
  /** How many resources the provider says the whole slice has, where it says so. */
  readonly expected?: number
}

/** The part of a request that names one provider's accounts, regions and services. An absent list means all. */
export interface Target {
  readonly accounts?: readonly string[]
  readonly regions?: readonly string[]
  /** Names from the catalogue, such as `ec2` or `storage`. */
  readonly services?: readonly string[]
  /** ISO 8601: the moment the run was asked for. One run reads one moment where the provider can. */
  readonly asOf: string
}

export interface Plan {
  readonly slices: readonly Slice[]
  /** What could not be planned and why. A gap is shown as a slice with an outcome, never left out. */
  readonly gaps: readonly Gap[]
}

export interface Gap {
  readonly scope: string
  readonly region: string
  readonly partition: string
  readonly code: ErrorCode
  readonly message: string
}
