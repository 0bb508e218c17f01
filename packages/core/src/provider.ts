import type { Artifact } from './artifact.ts'
import type { Context } from './context.ts'
import type { ErrorCode } from './errors.ts'
import type { Limit } from './limit.ts'
import type { ProviderName } from './provider-name.ts'
import type { Expectation, Slice, Task } from './task.ts'

/** A cloud: it plans slices and opens one to read it page by page. It never loops, waits or retries. */
export interface Provider {
  readonly name: ProviderName
  /** Declared rates as data; the operator can override them. */
  readonly limits: readonly Limit[]
  /** What our identity must be allowed to do, as data: the docs and the preflight are made of it. */
  readonly permissions: readonly Permission[]
  /**
   * Slices at once, or slices that plan further ones when they are read (`Slice.plans`), so that a large organization is
   * planned by many workers. The same target gives the same slices in the same order.
   */
  plan(target: Target, context: Context): Promise<Plan>
  open(task: Task, context: Context): Promise<PageReader>
  /** Tries what a run over the target needs, and changes nothing. Never throws for what the provider refuses: that is a finding. */
  check(target: Target, context: Context): Promise<readonly Finding[]>
}

export interface PageReader {
  /** `null` reads the first page. Throws `ExtractionError`, and nothing else, for what the provider refused. */
  read(cursor: string | null): Promise<Page>
  close(): Promise<void>
}

/** One answer of a cloud API. */
export interface Page {
  /** Whoever takes the page apart empties the list (`takeAll`). */
  readonly artifacts: Artifact[]
  /** Where the next page begins, opaque to us; null on the last page. */
  readonly next: string | null
  /** How many resources the provider says the whole slice has, where it says so. The last one said counts. */
  readonly expected?: Expectation
  /**
   * On the last page and instead of `expected`, of a provider that compares its count part by part: how many resources of
   * it no page held. What is expected is so many more than the engine has read, which alone counts a repeated one once.
   */
  readonly missing?: Expectation
  /** How old what the provider knows may be, in its words, such as `recorded daily` or `snapshot of 2026-01-01T00:00:00Z`. */
  readonly freshness?: string
  /**
   * Slices found on the way. They are added to the run before the page is committed: a planning slice gives all its
   * slices so, and a slice that turns out large gives away parts of itself. The same page gives the same slices.
   */
  readonly plan?: Plan
}

/** A right that the provider needs, and what is lost without it. */
export interface Permission {
  /** As the provider's policy language spells it, such as `config:SelectResourceConfig`. */
  readonly action: string
  /** What it is needed for, in one sentence. */
  readonly purpose: string
  /** Without an optional one a run still reads what the others allow. */
  readonly optional?: boolean
}

/** What the preflight found out about one thing that a run needs, in one scope. */
export interface Finding {
  readonly scope: string
  readonly region: string
  /** What was tried: an action of the declared permissions, `credentials`, or a state such as `recorder`. */
  readonly check: string
  /**
   * Declared actions of which this says whether they are allowed; `check` itself where absent. None where the action could
   * not be tried to the end.
   */
  readonly tried?: readonly string[]
  readonly status: 'ok' | 'missing' | 'warning'
  /** Why not, in the provider's words. */
  readonly message?: string
  /** What to grant or to enable. */
  readonly advice?: string
  /** Calls and resources that a full run over this scope and region takes, as far as the provider tells. */
  readonly estimate?: Estimate
}

export interface Estimate {
  readonly resources?: number
  /** Calls by limit name. */
  readonly calls: Readonly<Record<string, number>>
}

/** The part of a request that names one provider's accounts, regions and services. An absent list means all. */
export interface Target {
  readonly accounts?: readonly string[]
  readonly regions?: readonly string[]
  /** Names from the catalogue, such as `ec2` or `storage`. */
  readonly services?: readonly string[]
  /** Globs over `resource_type`, such as `aws:ec2:*`. A provider narrows what it reads by them where it can. */
  readonly resourceTypes?: readonly string[]
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
