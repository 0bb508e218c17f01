import Joi from 'joi'
import { FAULT_KINDS, faultsOf, type FaultKind } from './fault-kinds.ts'
import { combine, fraction, hashText } from './estate/hash.ts'
import { PROVIDERS, type ProviderName } from './estate/resource-type.ts'

/** What goes wrong and when. Absent conditions match everything. */
export interface FaultRule {
  readonly provider: ProviderName
  readonly kind: FaultKind
  /** AWS account id, Azure subscription id, GCP project id or whole parent. */
  readonly scope?: string
  readonly region?: string
  /** As counted by the simulator, such as `SelectResourceConfig`, `organizations:ListAccounts`, `Resources`. */
  readonly operation?: string
  /**
   * Azure: a table. AWS: a type, such as `AWS::EC2::VPC`, of Cloud Control and of Config's pitfalls. GCP: a content type,
   * such as `IAM_POLICY`.
   */
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
  /**
   * Azure: when a throttle says to come again, in milliseconds, by Retry-After too. Absent: Resource Graph says by its quota's
   * headers alone what is left of the window, Resource Manager a second.
   */
  readonly retryAfterMs?: number
}

/** A rule, and how often it has changed an answer since it was set. */
export interface FaultCount {
  readonly rule: FaultRule
  readonly met: number
}

export const faultRulesSchema = Joi.array().items(
  Joi.object<FaultRule, true>({
    provider: Joi.string()
      .valid(...PROVIDERS)
      .required(),
    kind: Joi.string()
      .when('provider', {
        switch: PROVIDERS.map((is) => ({ is, then: Joi.valid(...faultsOf(is)) })),
        otherwise: Joi.valid(...Object.keys(FAULT_KINDS)),
      })
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
    retryAfterMs: Joi.number().min(0),
  }),
)

/** What a request is about, as far as rules ask. */
export interface FaultSubject {
  readonly provider: ProviderName
  readonly operation: string
  readonly scopes: readonly string[]
  readonly region?: string
  readonly table?: string
  /** Where it is about several. */
  readonly tables?: readonly string[]
  readonly page: number
  /** Rules that name no operation are about reading resources; they leave sign-in and lists of scopes alone. */
  readonly namedOnly?: boolean
  /** Kinds that are dealt with by `holds`. */
  readonly lasting?: readonly FaultKind[]
}

export interface Strike {
  readonly kind: FaultKind
  readonly delayMs: number
  readonly retryAfterMs?: number
  /** Whether it is of one of these kinds. Counts the rule as met, so that it is asked last, by what then acts on it. */
  hits(...kinds: readonly FaultKind[]): boolean
}

export interface Faults {
  set(rules: readonly FaultRule[]): void
  /** The first rule that strikes a request, if any. Uses up one of its `times`. */
  strike(subject: FaultSubject): Strike | undefined
  /**
   * Whether a lasting rule of the kind holds for a scope, by any of its names: it changes what is listed rather than one
   * answer. Counts the rule as met.
   */
  holds(
    kind: FaultKind,
    provider: ProviderName,
    scope: string | readonly string[],
    region?: string,
    table?: string,
  ): boolean
  /** Ends the rules of a kind. */
  end(kind: FaultKind): void
  counts(): readonly FaultCount[]
}

export function createFaults(initial: readonly FaultRule[], seed: number, now: () => number): Faults {
  let rules: { readonly rule: FaultRule; readonly since: number; strikes: number; tries: number; met: number }[] = []
  const set = (next: readonly FaultRule[]) => {
    rules = next.map((rule) => ({ rule, since: now(), strikes: 0, tries: 0, met: 0 }))
  }
  set(initial)
  const awake = ({ rule, since, strikes }: (typeof rules)[number]) =>
    strikes < (rule.times ?? Number.MAX_VALUE) && now() - since >= (rule.afterMs ?? 0)
  return {
    set,
    strike(subject) {
      for (const [n, state] of rules.entries()) {
        if (!awake(state) || !matches(state.rule, subject)) continue
        const draw = fraction(combine(hashText(`fault ${seed} ${n}`), state.tries++))
        if (draw >= (state.rule.probability ?? 1)) continue
        state.strikes++
        return strikeOf(state)
      }
      return undefined
    },
    holds(kind, provider, scope, region, table) {
      const state = rules.find(
        (one) =>
          awake(one) &&
          one.rule.kind === kind &&
          one.rule.provider === provider &&
          [scope].flat().some((name) => same(one.rule.scope, name)) &&
          same(one.rule.region, region) &&
          same(one.rule.table, table),
      )
      if (state) state.met++
      return state !== undefined
    },
    end(kind) {
      for (const state of rules) if (state.rule.kind === kind) state.strikes = Infinity
    },
    counts: () => rules.map(({ rule, met }) => ({ rule, met })),
  }
}

function strikeOf(state: { readonly rule: FaultRule; met: number }): Strike {
  const { kind, delayMs = 0, retryAfterMs } = state.rule
  return {
    kind,
    delayMs,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
    hits(...kinds) {
      if (!kinds.includes(kind)) return false
      state.met++
      return true
    },
  }
}

const NEEDS_CURSOR: readonly FaultKind[] = ['expired_cursor', 'repeated_cursor', 'repeated_items']

function matches(rule: FaultRule, subject: FaultSubject): boolean {
  const { provider, operation, scopes, region, table, tables, page } = subject
  if (page === 1 && NEEDS_CURSOR.includes(rule.kind)) return false
  if ((subject.namedOnly && rule.operation === undefined) || subject.lasting?.includes(rule.kind)) return false
  return (
    rule.provider === provider &&
    same(rule.operation, operation) &&
    same(rule.region, region) &&
    (tables?.length ? tables.some((one) => same(rule.table, one)) : same(rule.table, table)) &&
    (rule.page === undefined || rule.page === page) &&
    (rule.scope === undefined || scopes.some((scope) => same(rule.scope, scope)))
  )
}

function same(wanted: string | undefined, actual: string | undefined): boolean {
  return wanted === undefined || wanted.toLowerCase() === actual?.toLowerCase()
}
