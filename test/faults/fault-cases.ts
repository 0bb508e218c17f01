import type { FaultKind, FaultRule } from '@cae/cloud-simulator'
import type { Outcome, ProviderName } from '@cae/core'

/** A fault of one cloud and what a run must say of it. */
export interface FaultCase {
  readonly provider: ProviderName
  readonly name: string
  /** The first names the case. Without a scope of its own, a rule is about one account and region, subscription or project. */
  readonly rules: readonly Omit<FaultRule, 'provider'>[]
  readonly status: 'completed' | 'partial' | 'failed'
  /** One slice at least ends so, and none otherwise but `complete`. */
  readonly outcome?: Outcome
  /** The rest of the test's name. */
  readonly says: string
  readonly more?: More
}

/** How scopes are found: by name, by what is above them, or by an organization of AWS. */
export const SETTINGS = ['named', 'found', 'organization'] as const
export type SettingsName = (typeof SETTINGS)[number]

export interface More {
  readonly settings?: Exclude<SettingsName, 'named'>
  /** Nothing is missing, though the run is `partial`. */
  readonly whole?: true
  /** Only of types whose names begin so may something be missing, in Azure then of all subscriptions. */
  readonly types?: readonly string[]
  /** AWS: it is about an account and not a region of it. 1 is a member of the organization, 0 its management account. */
  readonly account?: 0 | 1
  /** It is about every scope. */
  readonly everywhere?: true
  /** It is about what stands above all scopes. */
  readonly above?: true
  /** Why no run can meet it. */
  readonly unmet?: string
  /** Why some resources are in two batches; `counted`: and count as two artifacts. */
  readonly twice?: { readonly since: string; readonly counted?: true }
  /** The slices that tell it count how many are missing, or more than that. None is counted where it is absent. */
  readonly lack?: 'counted' | { readonly though: string }
}

type Case = Omit<FaultCase, 'provider'>
type Rules = Case['rules']

const healsAll = (name: string, rules: Rules, says: string, more: More = {}): Case => ({
  name,
  rules,
  status: 'completed',
  says,
  more,
})
const heals = (name: string, rule: Rules[number], says: string, more?: More): Case => healsAll(name, [rule], says, more)
const showsAll = (name: string, rules: Rules, outcome: Outcome, says: string, more: More = {}): Case => ({
  name,
  rules,
  status: 'partial',
  outcome,
  says,
  more,
})
const shows = (name: string, rule: Rules[number], outcome: Outcome, says: string, more?: More): Case =>
  showsAll(name, [rule], outcome, says, more)

const WHOLE: More = { whole: true }

/** What goes wrong in every cloud alike. */
const COMMON: readonly Case[] = [
  healsAll('nothing', [], 'all is complete'),
  heals('throttle, twice', { kind: 'throttle', times: 2 }, 'it waits and loses nothing'),
  heals('server_error, twice', { kind: 'server_error', times: 2 }, 'it tries again'),
  heals('reset, once', { kind: 'reset', times: 1 }, 'it tries again'),
  heals('hang, once', { kind: 'hang', times: 1 }, 'it gives up waiting and tries again'),
  shows('denied', { kind: 'denied' }, 'denied', 'it is denied, not empty'),
  shows('region_disabled', { kind: 'region_disabled' }, 'not_enabled', 'it is not enabled, not empty'),
  heals('expired_token, once', { kind: 'expired_token', times: 1 }, 'the session is renewed'),
  heals('duplicate_items', { kind: 'duplicate_items' }, 'nothing is counted twice'),
]

const expired = { kind: 'expired_cursor', page: 2, times: 1 } as const
const COUNTED: More = { lack: 'counted' }

/** Where a slice is of one account or project alone. */
const SCOPED: readonly Case[] = [
  shows('throttle, always', { kind: 'throttle' }, 'throttled_out', 'the slice ends when patience does'),
  shows('server_error, always', { kind: 'server_error' }, 'failed', 'the slice fails, the others do not'),
  shows('repeated_cursor', { kind: 'repeated_cursor', page: 2 }, 'partial', 'it does not go on for ever', COUNTED),
]

const lost = { kind: 'lost_page', page: 2 } as const

const VPC = 'AWS::EC2::VPC'
const off = { kind: 'recorder_off' } as const

const AWS: readonly Case[] = [
  heals('expired_cursor, once', expired, 'the slice is read again', {
    twice: { since: 'the slice is read again from its first page, which new batches hold' },
  }),
  shows('lost_page', lost, 'partial', 'what is missing is noticed', COUNTED),
  heals('recorder_off', off, 'other services read it whole'),
  showsAll('recorder_off, index_off', [off, { kind: 'index_off' }], 'not_enabled', 'what nobody lists is not enabled'),
  heals('recorder_stopped', { kind: 'recorder_stopped' }, 'other services read it whole'),
  shows('recorder_fresh', { kind: 'recorder_fresh' }, 'partial', 'what it may not have seen yet is told'),
  shows('recorder_failing', { kind: 'recorder_failing' }, 'failed', 'what it may not have seen is told', WHOLE),
  heals('recorder_partial', { kind: 'recorder_partial', table: VPC }, 'what it leaves out is read otherwise'),
  heals('deleted_items', { kind: 'deleted_items' }, 'what is deleted is neither delivered nor missed'),
  heals('daily_recording', { kind: 'daily_recording' }, 'it is complete, and says how old it may be'),
  // The home region records them anyway.
  heals('globals_everywhere', { kind: 'globals_everywhere', region: 'eu-west-1' }, 'global types count once'),
  heals('sql_uncovered', { kind: 'sql_uncovered', table: VPC }, 'they are listed and got instead'),
  heals('sql_short', { kind: 'sql_short', table: VPC }, 'they are listed and got instead'),
  shows('counts_lag', { kind: 'counts_lag', table: VPC }, 'partial', 'counts that disagree are told', {
    whole: true,
    lack: { though: 'it is the count that is wrong' },
  }),
  heals('no_arn', { kind: 'no_arn' }, 'they have an identity all the same'),
  heals('configuration_null', { kind: 'configuration_null' }, 'they are delivered, and say what was withheld'),
  heals('tags_in_supplementary', { kind: 'tags_in_supplementary' }, 'nothing is lost'),
  healsAll(
    'upper_camel',
    [{ kind: 'upper_camel' }, { kind: 'sql_uncovered', table: VPC }],
    'they are delivered as they are',
  ),
  heals('double_encoded', { kind: 'double_encoded' }, 'nothing is lost'),
  healsAll(
    'unprocessed_keys',
    [{ kind: 'unprocessed_keys' }, { kind: 'sql_uncovered', table: VPC }],
    'they are asked for again',
  ),
  showsAll(
    'oversized',
    [
      { kind: 'oversized', table: VPC },
      { kind: 'sql_uncovered', table: VPC },
    ],
    'partial',
    'what nothing gives is counted and told, the others are read one by one',
    WHOLE,
  ),
  heals('empty_page', { kind: 'empty_page', operation: 'SelectResourceConfig', times: 3 }, 'it reads on'),
  showsAll('view_filtered', [{ kind: 'view_filtered' }, off], 'not_enabled', 'what nobody lists is not enabled'),
  healsAll('unindexed', [{ kind: 'unindexed', table: VPC }, off], 'other services read what the index can not have'),
  healsAll('identifiers_only', [{ kind: 'identifiers_only' }, off], 'each is asked for'),
  healsAll('partial_properties', [{ kind: 'partial_properties' }, off], 'each is asked for'),
  showsAll(
    'unsupported_type',
    [{ kind: 'unsupported_type', table: VPC }, off],
    'not_enabled',
    'it is seen by identity only',
    WHOLE,
  ),
  showsAll(
    'needs_model',
    [{ kind: 'needs_model', table: VPC }, off],
    'not_enabled',
    'it is seen by identity only',
    WHOLE,
  ),
  showsAll(
    'handler_failed',
    [{ kind: 'handler_failed', table: VPC }, off],
    'failed',
    'the type fails, the others do not',
    { types: [VPC], lack: 'counted' },
  ),
  showsAll(
    'handler_denied',
    [{ kind: 'handler_denied', table: VPC }, off],
    'denied',
    'the type is denied, not empty',
    WHOLE,
  ),
  healsAll('buckets_everywhere', [{ kind: 'buckets_everywhere' }, off], 'each is read in its own region'),
  // Without the home region there would be nothing of IAM either, which is another gap.
  shows(
    'source_failed',
    { kind: 'source_failed', region: 'eu-west-1' },
    'denied',
    'what an aggregator could not collect is told',
    { settings: 'found' },
  ),
  shows('source_outdated', { kind: 'source_outdated' }, 'failed', 'what it collected long ago is told', {
    settings: 'found',
    whole: true,
  }),
  shows('account_suspended', { kind: 'account_suspended' }, 'not_enabled', 'it is not enabled, not empty', {
    settings: 'organization',
    account: 1,
  }),
  shows(
    'region_enabling',
    // The home region is always enabled.
    { kind: 'region_enabling', region: 'eu-west-1' },
    'not_enabled',
    'it is not enabled, not empty',
    { settings: 'organization' },
  ),
  {
    name: 'no_organization',
    rules: [{ kind: 'no_organization' }],
    status: 'failed',
    outcome: 'not_enabled',
    says: 'it is not enabled, not empty',
    more: { settings: 'organization', account: 0, everywhere: true },
  },
]

/** Azure's queries are about many subscriptions: what strikes always strikes those about one table here. */
const table = 'securityresources'
const ofTable: More = { types: ['microsoft.security/'] }
const countedOfTable: More = { ...ofTable, lack: 'counted' }
/** Not known to be a fault of the query, it ends the count of the three tables that are counted together. */
const ofThree: More = {
  types: [
    'microsoft.authorization/policy',
    'microsoft.policyinsights/',
    'microsoft.security/',
    'microsoft.network/networkgroupmemberships',
  ],
}
const noCursor: More = { unmet: 'no page needs a cursor' }

const AZURE: readonly Case[] = [
  ...COMMON.filter(({ name }) => !/^(throttle|duplicate_items)/.test(name)),
  heals('throttle, twice', { kind: 'throttle', times: 2, retryAfterMs: 1000 }, 'it waits and loses nothing'),
  shows(
    'throttle, always',
    { kind: 'throttle', table, retryAfterMs: 1000 },
    'throttled_out',
    'the slice ends when patience does',
    ofThree,
  ),
  shows(
    'server_error, always',
    { kind: 'server_error', table },
    'failed',
    'the slice fails, the others do not',
    ofTable,
  ),
  heals('duplicate_items', { kind: 'duplicate_items', table: 'resources' }, 'nothing is counted twice'),
  // Every page is a query of its own, so that there is no cursor to repeat or to expire.
  heals('expired_cursor', { kind: 'expired_cursor' }, 'it reads on', noCursor),
  heals('repeated_cursor', { kind: 'repeated_cursor' }, 'it reads on', noCursor),
  heals('lost_page, once', { kind: 'lost_page', table, times: 1 }, 'what is missing is noticed and read'),
  shows('lost_page, always', { kind: 'lost_page', table }, 'failed', 'what is missing is noticed', countedOfTable),
  heals('short_page', { kind: 'short_page', table: 'resources' }, 'what overflows is asked again as its halves'),
  heals('no_skip_token', { kind: 'no_skip_token', table: 'resources' }, 'what is cut is asked again as its halves'),
  shows('empty_page', { kind: 'empty_page', table }, 'failed', 'it does not go on for ever', countedOfTable),
  heals('too_large, once', { kind: 'too_large', table: 'resources', times: 1 }, 'it is asked for in halves'),
  shows('too_large, always', { kind: 'too_large', table }, 'failed', 'it is cut, not complete', countedOfTable),
  heals('disabled_shown', { kind: 'disabled_shown' }, 'it is read like any other'),
  shows('unlisted', { kind: 'unlisted' }, 'denied', 'it is read, and what may be out of sight is told', WHOLE),
  shows('new_subscription', { kind: 'new_subscription' }, 'denied', 'it is told, not empty'),
  shows('table_unknown', { kind: 'table_unknown', table }, 'not_enabled', 'it is not enabled, not empty', ofTable),
  heals('unregistered', { kind: 'unregistered' }, 'Resource Graph answers all the same', {
    unmet: 'only the preflight asks',
  }),
  // What stands above subscriptions belongs to no smaller group.
  shows('subscription_limit', { kind: 'subscription_limit' }, 'failed', 'they are asked for in smaller groups', {
    settings: 'found',
    above: true,
  }),
  heals(
    'heavy_rows',
    { kind: 'heavy_rows', table: 'resources' },
    'what does not fit into an answer is asked for in halves',
  ),
  heals('rows_above', { kind: 'rows_above' }, 'what is not of the subscriptions is not read with them'),
  // The last of them: the worker asks for no union again.
  heals('union_refused', { kind: 'union_refused' }, 'the tables are counted one by one'),
]

const GCP: readonly Case[] = [
  heals('expired_cursor, once', expired, 'it is read again'),
  shows('lost_page', lost, 'partial', 'what is missing is noticed', COUNTED),
  heals('short_page', { kind: 'short_page' }, 'it reads on'),
  heals('repeated_items', { kind: 'repeated_items' }, 'what comes again counts once toward completeness', {
    twice: { since: 'what a later page gives again is delivered again', counted: true },
  }),
  heals('volatile_window', { kind: 'volatile_window' }, 'a moment that has settled is read', {
    unmet: 'nothing is read of the last minutes',
  }),
  heals('search_lag', { kind: 'search_lag' }, 'what search does not know yet is listed all the same'),
  heals('unsearchable', { kind: 'unsearchable' }, 'what search does not know is listed all the same'),
  shows(
    'unsupported_type',
    { kind: 'unsupported_type' },
    'not_enabled',
    'the type is not enabled, the others are listed',
    { types: ['pubsub.googleapis.com/Subscription'] },
  ),
  // A search that ends on its way leaves a slice of all types but those that it counted: a long expression.
  healsAll(
    'short_expressions',
    [{ kind: 'short_expressions' }, { kind: 'denied', operation: 'SearchAllResources', page: 2 }],
    'it asks for more than it wants, and leaves that out',
  ),
  heals('policy_only', { kind: 'policy_only' }, 'a policy without its resource is delivered'),
  shows('invalid_request', { kind: 'invalid_request', table: 'IAM_POLICY' }, 'failed', 'policies are a gap', WHOLE),
  shows('quota_project_missing', { kind: 'quota_project_missing' }, 'denied', 'it is denied, not empty'),
  shows('quota_project_denied', { kind: 'quota_project_denied' }, 'denied', 'it is denied, not empty'),
  heals('relationships_off, and nobody named them', { kind: 'relationships_off' }, 'they are skipped, which is no gap'),
  shows('relationships_off', { kind: 'relationships_off' }, 'not_enabled', 'they are not enabled, all else is read', {
    settings: 'found',
    whole: true,
  }),
]

/** A fault that no run of the table can show as it must be shown. */
export interface Elsewhere {
  readonly provider: ProviderName
  readonly kind: FaultKind
  readonly test: string
  readonly why: string
}

export const ELSEWHERE: readonly Elsewhere[] = [
  {
    provider: 'azure',
    kind: 'hidden_rows',
    test: 'packages/provider-azure/test/faults.test.ts',
    why: 'rows end up out of sight once they are counted; of what is so from the beginning, Azure does not say a word (docs/delivery.md)',
  },
  {
    provider: 'gcp',
    kind: 'types_refused',
    test: 'packages/provider-gcp/test/faults.test.ts',
    why: 'projects of this size are read whole, by requests that name no types',
  },
]

const of = (provider: ProviderName, ...cases: readonly (readonly Case[])[]): FaultCase[] =>
  cases.flat().map((one) => ({ provider, ...one }))

export const FAULTS: readonly FaultCase[] = [
  ...of('aws', COMMON, SCOPED, AWS),
  ...of('azure', AZURE),
  ...of('gcp', COMMON, SCOPED, GCP),
]
