import { ExtractionError, type JsonObject } from '@cae/core'
import type { Freshness } from './plan/recorder.ts'
import type { Selection } from './selection.ts'
import type { ReadCloudControl, ReadExplorer } from './unrecorded/unrecorded-slices.ts'

/** What a slice's `query` may be. Short, since Redis holds one for each slice of a run. */
export type SliceQuery =
  | AggregatorQuery
  | PlanNamed
  | PlanOrganization
  | PlanAccount
  | PlanRegion
  | PlanGlobals
  | ReadRows
  | ReadListed
  | ReadNothing
  | ReadCloudControl
  | (ReadExplorer & Selection)

/** Planning: which accounts the organization has. */
export type PlanOrganization = Selection & { readonly kind: 'plan-organization'; readonly regions?: readonly string[] }

/** Planning: which regions an account has. */
export type PlanAccount = Selection & {
  readonly kind: 'plan-account'
  /** Those that the request asks for. */
  readonly regions?: readonly string[]
}

/** Planning: what one region has. */
export type PlanRegion = Selection & {
  readonly kind: 'plan-region'
  /**
   * Global types that this region is to read where its recorder has them; none where no such type is asked for. Without a
   * list it leaves to another region what Cloud Control and Resource Explorer show in every one.
   */
  readonly globals?: readonly string[]
  /** Regions that are asked next for those that it has not. */
  readonly next?: readonly string[]
  /** Whether global types that no region has are a gap. */
  readonly must?: true
}

/** Planning: the global types that the regions asked before could not give. */
export type PlanGlobals = {
  readonly kind: 'plan-globals'
  readonly globals: readonly string[]
  readonly next: readonly string[]
  readonly must?: true
}

/** Rows of SelectResourceConfig: of these types, or of all but these. */
export type ReadRows = Freshness & {
  readonly kind: 'rows'
  readonly in?: readonly string[]
  readonly except?: readonly string[]
  /** A part of one type: by what the ids begin with, or do not. */
  readonly like?: readonly string[]
  readonly unlike?: readonly string[]
  /** Queries hold fewer of these types than Config has discovered: their count alone is what can be read. */
  readonly short?: true
}

/** One type by ListDiscoveredResources and BatchGetResourceConfig. */
export type ReadListed = Freshness & {
  readonly kind: 'listed'
  readonly type: string
  /** Queries knew so many of them when they were counted: only the others are wanted. */
  readonly beyond?: number
}

/** What is read where an aggregator is, whatever account it is about. */
export type AggregatorQuery = PlanAggregator | PlanCollected | ReadCollected | ReadGlobals | ReadCollectedListing

/** Planning: an account that the request names and only an aggregator can have. */
export type PlanNamed = Selection & { readonly kind: 'plan-named'; readonly regions?: readonly string[] }

/** Planning: which accounts an aggregator has. */
export type PlanAggregator = Selection & {
  readonly kind: 'plan-aggregator'
  readonly aggregator: string
  /** Accounts and regions that the request asks for. */
  readonly accounts?: readonly string[]
  readonly regions?: readonly string[]
}

/** Planning: what an aggregator has of one account. */
export type PlanCollected = Selection & {
  readonly kind: 'plan-collected'
  readonly aggregator: string
  readonly regions?: readonly string[]
}

/** Rows of SelectAggregateResourceConfig, of one account and region: of these types, or of all but these. */
export type ReadCollected = {
  readonly kind: 'collected'
  readonly aggregator: string
  readonly in?: readonly string[]
  readonly except?: readonly string[]
  /** As of `ReadRows`. */
  readonly short?: true
}

/** The same of an account's global types, which each region's recorder may report. `rows`: how many, with those repeated. */
export type ReadGlobals = {
  readonly kind: 'collected-globals'
  readonly aggregator: string
  readonly in: readonly string[]
  readonly rows: number
}

/** One type of an account by ListAggregateDiscoveredResources and BatchGetAggregateResourceConfig. */
export type ReadCollectedListing = {
  readonly kind: 'collected-listing'
  readonly aggregator: string
  readonly type: string
  /** As of `ReadListed`. */
  readonly beyond?: number
}

/** Both counts say that nothing of what was asked for exists. */
export type ReadNothing = { readonly kind: 'nothing' }

const KINDS: ReadonlySet<unknown> = new Set<SliceQuery['kind']>([
  'plan-organization',
  'plan-account',
  'plan-region',
  'plan-globals',
  'rows',
  'listed',
  'nothing',
  'plan-aggregator',
  'plan-named',
  'plan-collected',
  'collected',
  'collected-globals',
  'collected-listing',
  'cloud-control',
  'explorer',
])

/** A slice's query as it comes back from the ledger. Throws `INTERNAL` for one that another version has written. */
export function sliceQuery(query: JsonObject): SliceQuery {
  if (KINDS.has(query['kind'])) return query as SliceQuery
  throw new ExtractionError('INTERNAL', `AWS: no such kind of slice: ${JSON.stringify(query['kind'])}`)
}
