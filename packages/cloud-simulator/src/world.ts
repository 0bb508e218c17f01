import type { Estate } from './estate/estate.ts'
import type { Faults } from './faults.ts'
import type { Quotas } from './quotas.ts'
import type { Requests } from './requests.ts'

/** A Config aggregator, in every region of the management account. */
export interface AwsAggregatorOptions {
  readonly name: string
  /** Which of the estate's accounts it collects from: 0 is the first. */
  readonly accounts: readonly number[]
  /** Which of the estate's regions; all where absent. */
  readonly regions?: readonly string[]
  /** It is over the organization, which is the one source that it tells of in each region; it has nothing of the others. */
  readonly organization?: true
}

/** The roles that the estate's accounts let others assume. */
export interface AwsRoleOptions {
  /** What their trust policies ask for; absent, they ask for none. */
  readonly externalId?: string
  /** How long each session lasts, whatever is asked for. */
  readonly sessionMs?: number
}

/** What the three clouds are made of. */
export interface World {
  readonly estate: Estate
  readonly faults: Faults
  readonly quotas: Quotas
  readonly requests: Requests
  readonly now: () => number
  /** Resolves after the time has passed, or at once when the simulator closes. */
  readonly sleep: (milliseconds: number) => Promise<void>
  readonly latencyMs: number
  /** Beside the one over all accounts. */
  readonly awsAggregators: readonly AwsAggregatorOptions[]
  readonly awsRoles: AwsRoleOptions
  /** How much faster than real the quotas' time runs. */
  readonly timeScale: number
  /** Most resources in a page of Google Cloud or Resource Explorer. */
  readonly mostPerPage: number
}
