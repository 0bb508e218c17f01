import type { ProviderName } from './estate/resource-type.ts'

const ALL = ['aws', 'azure', 'gcp'] as const

/** What can go wrong, and in which clouds. */
export const FAULT_KINDS = {
  /** The answer of a spent quota. */
  throttle: ALL,
  /** HTTP 5xx, UNAVAILABLE. */
  server_error: ALL,
  /** The connection or stream breaks instead of an answer. */
  reset: ALL,
  /** No answer until the client goes away. */
  hang: ALL,
  /** The principal may not read the scope. Azure leaves such subscriptions out and refuses only where none is left. */
  denied: ALL,
  /** AWS: an opt-in region that is off. GCP: the API is not enabled. Azure: the subscription is disabled, and out of sight. */
  region_disabled: ALL,
  /** No configuration recorder, and nothing recorded. */
  recorder_off: ['aws'],
  expired_token: ALL,
  expired_cursor: ALL,
  /** The answer's cursor is the one that the request came with. */
  repeated_cursor: ALL,
  /** A page's items are skipped while the cursor goes on. */
  lost_page: ALL,
  /** Half a page, each item twice. */
  duplicate_items: ALL,
  /** A page begins with what the page before it ended with, and goes on with half of its own. */
  repeated_items: ['gcp'],
  /** The answer would exceed 16 MB. */
  too_large: ['azure'],
  /** Each resource of the subscription has 32 KB more, so that a full page is larger than 16 MB. */
  heavy_rows: ['azure'],
  /** A page holds half of what was asked for, and the next one goes on from there. */
  short_page: ['azure', 'gcp'],
  /** Answers about the last two minutes leave out other resources each time. */
  volatile_window: ['gcp'],
  /** SearchAllResources does not know of one resource in ten yet. */
  search_lag: ['gcp'],
  /** SearchAllResources has some types not at all. */
  unsearchable: ['gcp'],
  /** GCP: ListAssets does not support a type that SearchAllResources finds. AWS Cloud Control: the type can't be listed. */
  unsupported_type: ['aws', 'gcp'],
  /** ListAssets says of every expression that it matches no supported type. */
  types_refused: ['gcp'],
  /** ListAssets takes no expression of more than 300 characters. */
  short_expressions: ['gcp'],
  /** Some resources that have an IAM policy appear with that only. */
  policy_only: ['gcp'],
  /** INVALID_ARGUMENT, without a word on which argument it is. */
  invalid_request: ['gcp'],
  /** The organization has no Security Command Center Premium. */
  relationships_off: ['gcp'],
  /** Credentials that name no quota project, which only calls with one of their own get past. */
  quota_project_missing: ['gcp'],
  /** The caller may not use the quota project. */
  quota_project_denied: ['gcp'],
  // AWS Config's pitfalls. They last, and change what Config has rather than one answer; see aws-pitfalls.ts.
  /** A recorder that is stopped; what it had recorded stays. */
  recorder_stopped: ['aws'],
  /** A recorder that was started minutes ago: it has discovered half of what is there, and counts no more. */
  recorder_fresh: ['aws'],
  /** The recorder fails at what it sees. */
  recorder_failing: ['aws'],
  /** The recorder leaves the type out: it is listed, and given as not recorded, but neither counted nor queried. */
  recorder_partial: ['aws'],
  /** Items of deleted resources are still queried, listed and given, as deleted, but not counted. */
  deleted_items: ['aws'],
  /** The recorder looks once a day. */
  daily_recording: ['aws'],
  /** Every region's recorder includes the account's global types. */
  globals_everywhere: ['aws'],
  /** Queries do not cover the type. */
  sql_uncovered: ['aws'],
  /** Queries have half of the type's resources. */
  sql_short: ['aws'],
  /** GetDiscoveredResourceCounts still counts what is gone. */
  counts_lag: ['aws'],
  /** Items have no ARN. */
  no_arn: ['aws'],
  /** A custom type, whose configuration Config does not give. */
  configuration_null: ['aws'],
  /** Batch gets and histories give configuration with keys in UpperCamelCase, where queries have camelCase. */
  upper_camel: ['aws'],
  /** Tags stand in the supplementary configuration alone. */
  tags_in_supplementary: ['aws'],
  /** Values of the supplementary configuration are JSON in a string in a string. */
  double_encoded: ['aws'],
  /** An aggregator could not collect from the account and region. */
  source_failed: ['aws'],
  /** An aggregator has collected from the account and region, but not lately. */
  source_outdated: ['aws'],
  /** A batch get leaves every other key unprocessed. */
  unprocessed_keys: ['aws'],
  /**
   * A batch get never processes some keys of the type. Asked for one, every other of them is given; of the rest an
   * aggregator says that the item is too large, and GetResourceConfigHistory that it knows of none.
   */
  oversized: ['aws'],
  /** A page without items, and a cursor that goes on. */
  empty_page: ['aws', 'azure'],
  /** AWS Organizations: the account is suspended. */
  account_suspended: ['aws'],
  /** AWS Organizations: the account belongs to no organization. */
  no_organization: ['aws'],
  /** The region is being enabled. */
  region_enabling: ['aws'],
  /** AWS Resource Explorer: the region has no index. */
  index_off: ['aws'],
  /** AWS Resource Explorer: every view leaves something out. */
  view_filtered: ['aws'],
  /** AWS Resource Explorer: it does not support the type. */
  unindexed: ['aws'],
  /** AWS Cloud Control: the list says no more of a resource than its identifier. */
  identifiers_only: ['aws'],
  /** AWS Cloud Control: the list leaves out some properties of each resource. */
  partial_properties: ['aws'],
  /** AWS Cloud Control: the type is listed only for a parent that the caller names. */
  needs_model: ['aws'],
  /** AWS Cloud Control: the type's own handler fails. */
  handler_failed: ['aws'],
  /** AWS Cloud Control: the type's own service refuses us. */
  handler_denied: ['aws'],
  /** Resource Manager lists the subscription as disabled, and Resource Graph shows it like any other. */
  disabled_shown: ['azure'],
  /** Resource Manager does not list the subscription, though Resource Graph may show it. */
  unlisted: ['azure'],
  /** Resource Graph does not show the subscription before the next token is given: it is newer than those there are. */
  new_subscription: ['azure'],
  /** Every other resource of the subscription is out of sight, as where a role on a resource group ended. */
  hidden_rows: ['azure'],
  /** What stands above subscriptions comes with queries that name subscriptions, too, as what is built in may. */
  rows_above: ['azure'],
  /** Resource Graph does not know the table. */
  table_unknown: ['azure'],
  /** A query has one table only. */
  union_refused: ['azure'],
  /** An answer that holds more than half a page is cut there, and has no skip token. */
  no_skip_token: ['azure'],
  /** More subscriptions than one query takes; half of them are left out and a header says so. */
  subscription_limit: ['azure'],
  /** The resource provider Microsoft.ResourceGraph is not registered in the subscription. */
  unregistered: ['azure'],
  /** AWS Cloud Control: the list has the buckets of all regions, of which those of this one can be read. */
  buckets_everywhere: ['aws'],
} as const satisfies Readonly<Record<string, readonly ProviderName[]>>

export type FaultKind = keyof typeof FAULT_KINDS

/** The kinds that a cloud can have. */
export function faultsOf(provider: ProviderName): readonly FaultKind[] {
  const all = Object.entries<readonly ProviderName[]>(FAULT_KINDS)
  return all.filter(([, clouds]) => clouds.includes(provider)).map(([kind]) => kind as FaultKind)
}
