import type { FaultRule } from '@cae/cloud-simulator'
import type { Outcome, ProviderName } from '@cae/core'

/** A fault of one cloud and what a run must say of it. */
export interface FaultCase {
  readonly provider: ProviderName
  readonly name: string
  readonly rule: Omit<FaultRule, 'provider'>
  /** Not on one scope only. */
  readonly wide?: boolean
  readonly status: 'completed' | 'partial' | 'failed'
  /** One slice at least ends so. */
  readonly outcome?: Outcome
  /** The rest of the test's name. */
  readonly says: string
}

type Case = Omit<FaultCase, 'provider'>

const heals = (name: string, rule: Case['rule'], says: string): Case => ({ name, rule, status: 'completed', says })
const shows = (name: string, rule: Case['rule'], outcome: Outcome, says: string): Case => ({
  name,
  rule,
  status: 'partial',
  outcome,
  says,
})

/** What goes wrong in every cloud alike. */
const COMMON: readonly Case[] = [
  heals('nothing', { kind: 'throttle', operation: 'none' }, 'all is complete'),
  heals('throttle, twice', { kind: 'throttle', times: 2 }, 'it waits and loses nothing'),
  shows('throttle, always', { kind: 'throttle' }, 'throttled_out', 'the slice ends when patience does'),
  heals('server_error, twice', { kind: 'server_error', times: 2 }, 'it tries again'),
  shows('server_error, always', { kind: 'server_error' }, 'failed', 'the slice fails, the others do not'),
  heals('reset, once', { kind: 'reset', times: 1 }, 'it tries again'),
  heals('hang, once', { kind: 'hang', times: 1 }, 'it gives up waiting and tries again'),
  shows('denied', { kind: 'denied' }, 'denied', 'it is denied, not empty'),
  shows('region_disabled', { kind: 'region_disabled' }, 'not_enabled', 'it is not enabled, not empty'),
  heals('expired_token, once', { kind: 'expired_token', times: 1 }, 'the session is renewed'),
  heals('duplicate_items', { kind: 'duplicate_items', times: 1 }, 'nothing is counted twice'),
]

const PAGED: readonly Case[] = [
  heals('expired_cursor, once', { kind: 'expired_cursor', page: 2, times: 1 }, 'the slice is read again'),
  shows('repeated_cursor', { kind: 'repeated_cursor', page: 2 }, 'partial', 'it does not go on for ever'),
  shows('lost_page', { kind: 'lost_page', page: 2 }, 'partial', 'what is missing is noticed'),
]

const of = (provider: ProviderName, cases: readonly Case[]): FaultCase[] => cases.map((one) => ({ provider, ...one }))

/** Every fault that the simulator knows, in each cloud that can have it. */
export const FAULTS: readonly FaultCase[] = [
  ...of('aws', [
    ...COMMON,
    ...PAGED,
    shows('recorder_off', { kind: 'recorder_off' }, 'not_enabled', 'it is not enabled, not empty'),
  ]),
  ...of('azure', [...COMMON, ...PAGED, shows('too_large', { kind: 'too_large' }, 'partial', 'it is cut, not complete')]),
  ...of('gcp', [...COMMON, ...PAGED]),
]
