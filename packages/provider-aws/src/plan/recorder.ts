import {
  DescribeConfigurationRecordersCommand,
  DescribeConfigurationRecorderStatusCommand,
  type ConfigurationRecorder,
  type ConfigurationRecorderStatus,
} from '@aws-sdk/client-config-service'
import { ExtractionError, type Context, type ErrorCode } from '@cae/core'
import type { Call } from '../client/call.ts'
import type { Place } from '../client/client.ts'
import { isIam, REGIONS_WITHOUT_IAM } from './global-types.ts'
import { requireAccount } from '../client/require-account.ts'

/** What the recorder of one account and region does. */
export interface Recorder {
  readonly records: (type: string) => boolean
  readonly isDaily: (type: string) => boolean
  /** ISO 8601: when it was started, where that is so short ago that it may not have seen all. */
  readonly since?: string
  /** Why what it has recorded is not to be relied on. */
  readonly doubt?: { readonly code: ErrorCode; readonly message: string }
}

/** How old items may be, and whether all of them can be there. */
export type Freshness = {
  readonly daily?: true
  readonly since?: string
}

export function freshnessOf({ daily, since }: Freshness): string {
  const often = daily ? 'recorded daily' : 'recorded continuously'
  return since ? `${often}, since ${since} only` : often
}

/** Throws `NOT_ENABLED` where no recorder runs. */
export async function readRecorder(call: Call, place: Place, context: Context): Promise<Recorder> {
  const [status, { ConfigurationRecorders = [] }] = await Promise.all([
    requireRecorder(call, place, context),
    call('DescribeConfigurationRecorders', place, context, (client, options) =>
      client.send(new DescribeConfigurationRecordersCommand({}), options),
    ),
  ])
  // One recorder of the customer's own is all that a region may have.
  return { ...toRecorder(ConfigurationRecorders[0] ?? {}, place.region), ...stateOf(status, place, context) }
}

/**
 * A region without a running recorder answers every query, with nothing. That must never look like an empty region:
 * throws `NOT_ENABLED`.
 */
export async function requireRecorder(
  call: Call,
  place: Place,
  context: Context,
): Promise<ConfigurationRecorderStatus> {
  const { ConfigurationRecordersStatus = [] } = await call(
    'DescribeConfigurationRecorderStatus',
    place,
    context,
    (client, options) => client.send(new DescribeConfigurationRecorderStatusCommand({}), options),
  )
  for (const { arn } of ConfigurationRecordersStatus) requireAccount(arn?.split(':')[4], place.account.account_id)
  const running = ConfigurationRecordersStatus.find(({ recording }) => recording)
  if (running) return running
  throw new ExtractionError('NOT_ENABLED', notRunning(ConfigurationRecordersStatus, place))
}

function notRunning(status: readonly ConfigurationRecorderStatus[], { account, region }: Place): string {
  const where = `in ${account.account_id} ${region}`
  if (status.length === 0) return `AWS Config has no recorder ${where}; create one and start it`
  return `AWS Config has a recorder that is stopped ${where}; start it`
}

// AWS says minutes, of accounts of the usual size.
const SEES_ALL_AFTER_MS = 60 * 60_000

/** A recorder that runs has not seen all where it was started lately, nor where it fails at what it sees. */
export function stateOf(
  { lastStartTime, lastStatus, lastErrorCode = 'no code', lastErrorMessage = 'no reason' }: ConfigurationRecorderStatus,
  { account, region }: Place,
  { clock }: Context,
): Pick<Recorder, 'since' | 'doubt'> {
  const recorder = `the AWS Config recorder of ${account.account_id} ${region}`
  const all = lastStartTime && lastStartTime.getTime() + SEES_ALL_AFTER_MS
  const since = all && clock.now() < all ? lastStartTime.toISOString() : undefined
  // The SDK has it as `Failure`, AWS's own examples as `FAILURE`.
  if (lastStatus?.toLowerCase() === 'failure') {
    const message = `${recorder} fails: ${lastErrorMessage} (${lastErrorCode}); what it has may be old or not all, until that is mended`
    return { ...(since && { since }), doubt: { code: 'UNAVAILABLE', message } }
  }
  if (!since) return {}
  const message = `${recorder} was started at ${since} and may not have seen all; run again after ${new Date(all!).toISOString()}`
  return { since, doubt: { code: 'COUNT_MISMATCH', message } }
}

export function toRecorder({ recordingGroup, recordingMode }: ConfigurationRecorder, region: string): Recorder {
  const group = recordingGroup ?? { allSupported: true }
  const included: ReadonlySet<string> = new Set(group.resourceTypes)
  const excluded: ReadonlySet<string> = new Set(group.exclusionByResourceTypes?.resourceTypes)
  const byExclusion = group.recordingStrategy?.useOnly === 'EXCLUSION_BY_RESOURCE_TYPES'
  const frequencies = new Map<string, string | undefined>(
    recordingMode?.recordingModeOverrides?.flatMap(({ resourceTypes = [], recordingFrequency }) =>
      resourceTypes.map((type) => [type, recordingFrequency] as const),
    ),
  )
  return {
    records: (type) => {
      if (isIam(type) && REGIONS_WITHOUT_IAM.has(region)) return false
      if (byExclusion) return !excluded.has(type)
      if (!group.allSupported) return included.has(type)
      return !isIam(type) || group.includeGlobalResourceTypes === true
    },
    isDaily: (type) => (frequencies.get(type) ?? recordingMode?.recordingFrequency) === 'DAILY',
  }
}
