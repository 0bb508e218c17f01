import Joi from 'joi'
import { combine, fraction, hashText } from './hash.ts'
import { PROVIDERS, type ProviderName } from './resource-type.ts'

export const FAULT_KINDS = [
  /** The answer of a spent quota. */
  'throttle',
  /** HTTP 5xx, UNAVAILABLE. */
  'server_error',
  /** The connection or stream breaks instead of an answer. */
  'reset',
  /** No answer until the client goes away. */
  'hang',
  /** The principal may not read the scope. Azure leaves such subscriptions out and refuses only where none is left. */
  'denied',
  /** AWS: an opt-in region that is off. GCP: the API is not enabled. Azure: the subscription is disabled. */
  'region_disabled',
  /** AWS: no configuration recorder, and nothing recorded. */
  'recorder_off',
  'expired_token',
  'expired_cursor',
  /** The answer's cursor is the one that the request came with. */
  'repeated_cursor',
  /** A page's items are skipped while the cursor goes on. */
  'lost_page',
  /** Half a page, each item twice. */
  'duplicate_items',
  /** Azure: the answer would exceed 16 MB. */
  'too_large',
  // AWS Config's pitfalls. They last, and change what Config has rather than one answer; see aws-pitfalls.ts.
  /** AWS: a recorder that is stopped; what it had recorded stays. */
  'recorder_stopped',
  /** AWS: the recorder leaves the type out: it is listed, but neither counted nor queried nor given. */
  'recorder_partial',
  /** AWS: the recorder looks once a day. */
  'daily_recording',
  /** AWS: every region's recorder includes the account's global types. */
  'globals_everywhere',
  /** AWS: queries do not cover the type. */
  'sql_uncovered',
  /** AWS: queries have half of the type's resources. */
  'sql_short',
  /** AWS: GetDiscoveredResourceCounts still counts what is gone. */
  'counts_lag',
  /** AWS: items have no ARN. */
  'no_arn',
  /** AWS: a custom type, whose configuration Config does not give. */
  'configuration_null',
  /** AWS: tags stand in the supplementary configuration alone. */
  'tags_in_supplementary',
  /** AWS: values of the supplementary configuration are JSON in a string in a string. */
  'double_encoded',
  /** AWS: an aggregator could not collect from the account and region. */
  'source_failed',
  /** AWS: an aggregator has collected from the account and region, but not lately. */
  'source_outdated',
  /** AWS: a batch get leaves every other key unprocessed. */
  'unprocessed_keys',
  /** AWS: a page without items, and a cursor that goes on. */
  'empty_page',
  /** AWS Organizations: the account is suspended. */
  'account_suspended',
  /** AWS Organizations: the account belongs to no organization. */
  'no_organization',
  /** AWS: the region is being enabled. */
  'region_enabling',
  /** AWS Resource Explorer: the region has no index. */
  'index_off',
  /** AWS Resource Explorer: every view leaves something out. */
  'view_filtered',
  /** AWS Cloud Control: the list says no more of a resource than its identifier. */
  'identifiers_only',
  /** AWS Cloud Control: the list leaves out some properties of each resource. */
  'partial_properties',
  /** AWS Cloud Control: the type can't be listed. */
  'unsupported_type',
  /** AWS Cloud Control: the type is listed only for a parent that the caller names. */
  'needs_model',
  /** AWS Cloud Control: the type's own handler fails. */
  'handler_failed',
  /** AWS Cloud Control: the type's own service refuses us. */
  'handler_denied',
  /** Azure: Resource Manager does not list the subscription, though Resource Graph may show it. */
  'unlisted',
  /** Azure: every other resource of the subscription is out of sight, as where a role on a resource group ended. */
  'hidden_rows',
  /** Azure: Resource Graph does not know the table. */
  'table_unknown',
  /** Azure: an answer is cut short and has no skip token. */
  'no_skip_token',
  /** Azure: more subscriptions than one query takes; half of them are left out and a header says so. */
  'subscription_limit',
  /** Azure: the resource provider Microsoft.ResourceGraph is not registered in the subscription. */
  'unregistered',
] as const
export type FaultKind = (typeof FAULT_KINDS)[number]

/** What goes wrong and when. Absent conditions match everything. */
export interface FaultRule {
  readonly provider: ProviderName
  readonly kind: FaultKind
  /** AWS account id, Azure subscription id, GCP project id or whole parent. */
  readonly scope?: string
  readonly region?: string
  /** As counted by the simulator, such as `SelectResourceConfig`, `organizations:ListAccounts`, `Resources`. */
  readonly operation?: string
  /** Azure: a table. AWS: a type, such as `AWS::EC2::VPC`, of Cloud Control and of Config's pitfalls. */
  readonly table?: string
  /** Only the n-th page of a listing, 1 being the first. */
  readonly page?: number
  /** How often it strikes in all; default always. */
  readonly times?: number
  /** 0 to 1, drawn from a seed; default 1. */
  readonly probability?: number
  /** Sleeps for so long after it was set. */
  readonly afterMs?: number
  /** How long the request is held before it strikes. */
  readonly delayMs?: number
}

export const faultRulesSchema = Joi.array().items(
  Joi.object<FaultRule, true>({
    provider: Joi.string()
      .valid(...PROVIDERS)
      .required(),
    kind: Joi.string()
      .valid(...FAULT_KINDS)
      .required(),
    scope: Joi.string(),
    region: Joi.string(),
    operation: Joi.string(),
    table: Joi.string(),
    page: Joi.number().integer().min(1),
    times: Joi.number().integer().min(1),
    probability: Joi.number().min(0).max(1),
    afterMs: Joi.number().min(0),
    delayMs: Joi.number().min(0),
  }),
)

/** What a request is about, as far as rules ask. */
export interface FaultSubject {
  readonly provider: ProviderName
  readonly operation: string
  readonly scopes: readonly string[]
  readonly region?: string
  readonly table?: string
  readonly page: number
  /** Rules that name no operation are about reading resources; they leave sign-in and lists of scopes alone. */
  readonly namedOnly?: boolean
  /** Kinds that are dealt with by `holds`. */
  readonly lasting?: readonly FaultKind[]
}

export interface Strike {
  readonly kind: FaultKind
  readonly delayMs: number
}

export interface Faults {
  set(rules: readonly FaultRule[]): void
  /** The first rule that strikes a request, if any. Counts the strike. */
  strike(subject: FaultSubject): Strike | undefined
  /** Whether a lasting rule of the kind holds for a scope: it changes what is listed rather than one answer. */
  holds(kind: FaultKind, provider: ProviderName, scope: string, region?: string, table?: string): boolean
}

export function createFaults(initial: readonly FaultRule[], seed: number, now: () => number): Faults {
  let rules: { readonly rule: FaultRule; readonly since: number; strikes: number; tries: number }[] = []
  const set = (next: readonly FaultRule[]) => {
    rules = next.map((rule) => ({ rule, since: now(), strikes: 0, tries: 0 }))
  }
  set(initial)
  const awake = ({ rule, since, strikes }: (typeof rules)[number]) =>
    strikes < (rule.times ?? Infinity) && now() - since >= (rule.afterMs ?? 0)
  return {
    set,
    strike(subject) {
      for (const [n, state] of rules.entries()) {
        if (!awake(state) || !matches(state.rule, subject)) continue
        const draw = fraction(combine(hashText(`fault ${seed} ${n}`), state.tries++))
        if (draw >= (state.rule.probability ?? 1)) continue
        state.strikes++
        return { kind: state.rule.kind, delayMs: state.rule.delayMs ?? 0 }
      }
      return undefined
    },
    holds: (kind, provider, scope, region, table) =>
      rules.some(
        (state) =>
          awake(state) &&
          state.rule.kind === kind &&
          state.rule.provider === provider &&
          same(state.rule.scope, scope) &&
          same(state.rule.region, region) &&
          same(state.rule.table, table),
      ),
  }
}

const NEEDS_CURSOR: readonly FaultKind[] = ['expired_cursor', 'repeated_cursor']

function matches(rule: FaultRule, subject: FaultSubject): boolean {
  const { provider, operation, scopes, region, table, page } = subject
  if (page === 1 && NEEDS_CURSOR.includes(rule.kind)) return false
  if ((subject.namedOnly && rule.operation === undefined) || subject.lasting?.includes(rule.kind)) return false
  return (
    rule.provider === provider &&
    same(rule.operation, operation) &&
    same(rule.region, region) &&
    same(rule.table, table) &&
    (rule.page === undefined || rule.page === page) &&
    (rule.scope === undefined || scopes.some((scope) => same(rule.scope, scope)))
  )
}

function same(wanted: string | undefined, actual: string | undefined): boolean {
  return wanted === undefined || wanted.toLowerCase() === actual?.toLowerCase()
}
