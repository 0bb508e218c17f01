import {
  DescribeConfigurationRecordersCommand,
  DescribeConfigurationRecorderStatusCommand,
  type ConfigurationRecorder,
  type ConfigurationRecorderStatus,
} from '@aws-sdk/client-config-service'
import { ExtractionError, type Context } from '@cae/core'
import type { Call } from './call.ts'
import type { Place } from './client.ts'
import { isIam, REGIONS_WITHOUT_IAM } from './global-types.ts'
import { requireAccount } from './require-account.ts'

/** What the recorder of one account and region does. */
export interface Recorder {
  readonly records: (type: string) => boolean
  readonly isDaily: (type: string) => boolean
}

export const FRESHNESS = { continuous: 'recorded continuously', daily: 'recorded daily' } as const

/** Throws `NOT_ENABLED` where no recorder runs. */
export async function readRecorder(call: Call, place: Place, context: Context): Promise<Recorder> {
  const [, { ConfigurationRecorders = [] }] = await Promise.all([
    requireRecorder(call, place, context),
    call('DescribeConfigurationRecorders', place, context, (client, options) =>
      client.send(new DescribeConfigurationRecordersCommand({}), options),
    ),
  ])
  // One recorder of the customer's own is all that a region may have.
  return toRecorder(ConfigurationRecorders[0] ?? {}, place.region)
}

/**
 * A region without a running recorder answers every query, with nothing. That must never look like an empty region:
 * throws `NOT_ENABLED`.
 */
export async function requireRecorder(call: Call, place: Place, context: Context): Promise<void> {
  const { ConfigurationRecordersStatus = [] } = await call(
    'DescribeConfigurationRecorderStatus',
    place,
    context,
    (client, options) => client.send(new DescribeConfigurationRecorderStatusCommand({}), options),
  )
  for (const { arn } of ConfigurationRecordersStatus) requireAccount(arn?.split(':')[4], place.account.account_id)
  if (ConfigurationRecordersStatus.some(({ recording }) => recording)) return
  throw new ExtractionError('NOT_ENABLED', notRunning(ConfigurationRecordersStatus, place))
}

function notRunning(status: readonly ConfigurationRecorderStatus[], { account, region }: Place): string {
  const where = `in ${account.account_id} ${region}`
  if (status.length === 0) return `AWS Config has no recorder ${where}; create one and start it`
  return `AWS Config has a recorder that is stopped ${where}; start it`
}

function toRecorder({ recordingGroup, recordingMode }: ConfigurationRecorder, region: string): Recorder {
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
