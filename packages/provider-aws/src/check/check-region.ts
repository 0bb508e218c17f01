import {
  BatchGetResourceConfigCommand,
  DescribeConfigurationRecordersCommand,
  GetResourceConfigHistoryCommand,
  ListDiscoveredResourcesCommand,
} from '@aws-sdk/client-config-service'
import { entries } from '@cae/catalogue'
import { ExtractionError, type Context, type ErrorCode, type Estimate, type Finding } from '@cae/core'
import type { Call } from '../client/call.ts'
import { checkTags, checkUnrecorded } from './check-services.ts'
import type { Place } from '../client/client.ts'
import { discoveredCounts, PAGE_SIZE, queriedCounts } from '../query/counts.ts'
import { isNoRegion, SAMPLE, tried } from './finding.ts'
import { GLOBAL_TYPES, IAM_TYPES } from '../plan/global-types.ts'
import { requireRecorder, stateOf, toRecorder, type Recorder } from '../plan/recorder.ts'
import { regionSlices, surveyed } from '../plan/region-slices.ts'
import type { Selection } from '../selection.ts'
import { accepts, isNarrow } from '../selection.ts'
import { sliceQuery } from '../slice-query.ts'

/** What is wrong with all calls where it is with one. */
const OF_ALL: ReadonlySet<ErrorCode> = new Set(['REGION_DISABLED', 'CREDENTIALS_INVALID', 'CREDENTIALS_UNAVAILABLE'])

/** Every action that a run takes in an account and region, what its recorder does, and what a full run costs there. */
export async function checkRegion(
  call: Call,
  place: Place,
  selection: Selection,
  context: Context,
): Promise<Finding[]> {
  const about = { scope: place.account.account_id, region: place.region }
  const status = await tried(about, 'config:DescribeConfigurationRecorderStatus', () =>
    requireRecorder(call, place, context),
  )
  // Every other action would say the same.
  if (status.error && (OF_ALL.has(status.error.code) || isNoRegion(place.region, status.error))) return [status.finding]
  const [tags, recorders, discovered, queried, listed, given, history] = await Promise.all([
    checkTags(call, place, context),
    tried(about, 'config:DescribeConfigurationRecorders', () => recordersOf(call, place, context)),
    tried(about, 'config:GetDiscoveredResourceCounts', () => discoveredCounts(call, place, context)),
    tried(about, 'config:SelectResourceConfig', () => queriedCounts(call, place, context)),
    tried(about, 'config:ListDiscoveredResources', () => listOne(call, place, context)),
    tried(about, 'config:BatchGetResourceConfig', () => getOne(call, place, context)),
    tried(about, 'config:GetResourceConfigHistory', () => historyOfOne(call, place, context), true),
  ])
  const answers = [status, recorders, discovered, queried, listed, given, history]
  const findings = [...answers.map(({ finding }) => finding), tags]
  if (status.error) {
    const { message } = status.error
    const off = status.error.code === 'NOT_ENABLED'
    const advice =
      'start an AWS Config recorder that records all types; until then Resource Explorer and Cloud Control are read'
    const recorder: Finding = { ...about, check: 'recorder', status: off ? 'missing' : 'warning', message, advice }
    return [...findings, recorder, ...(off ? await checkUnrecorded(call, place, context) : [])]
  }
  if (!recorders.answer) return findings
  const recorder = { ...recorders.answer, ...(status.answer && stateOf(status.answer, place, context)) }
  const state = recorderFinding(about, recorder, selection)
  if (!discovered.answer || !queried.answer) return [...findings, state]
  const survey = { recorder, discovered: discovered.answer, queried: queried.answer }
  return [...findings, { ...state, estimate: estimateOf(survey, about, selection) }]
}

function listOne(call: Call, place: Place, context: Context) {
  return call('ListDiscoveredResources', place, context, (client, options) =>
    client.send(new ListDiscoveredResourcesCommand({ resourceType: SAMPLE.type, limit: 1 }), options),
  )
}

function getOne(call: Call, place: Place, context: Context) {
  const resourceKeys = [{ resourceType: SAMPLE.type, resourceId: SAMPLE.none } as const]
  return call('BatchGetResourceConfig', place, context, (client, options) =>
    client.send(new BatchGetResourceConfigCommand({ resourceKeys }), options),
  )
}

async function historyOfOne(call: Call, place: Place, context: Context) {
  try {
    const input = { resourceType: SAMPLE.type, resourceId: SAMPLE.none, limit: 1 } as const
    await call('GetResourceConfigHistory', place, context, (client, options) =>
      client.send(new GetResourceConfigHistoryCommand(input), options),
    )
  } catch (thrown) {
    // That it knows of no such resource is an answer.
    if (!(thrown instanceof ExtractionError) || thrown.code !== 'SCOPE_NOT_FOUND') throw thrown
  }
}

async function recordersOf(call: Call, place: Place, context: Context): Promise<Recorder> {
  const { ConfigurationRecorders = [] } = await call(
    'DescribeConfigurationRecorders',
    place,
    context,
    (client, options) => client.send(new DescribeConfigurationRecordersCommand({}), options),
  )
  return toRecorder(ConfigurationRecorders[0] ?? {}, place.region)
}

function recorderFinding(about: Pick<Finding, 'scope' | 'region'>, recorder: Recorder, selection: Selection): Finding {
  const isAsked = accepts(selection)
  const types = entries('aws')
    .map(({ nativeType }) => nativeType)
    .filter((type) => isAsked(type) && !GLOBAL_TYPES.has(type))
  const missing = types.filter((type) => !recorder.records(type))
  const daily = types.filter((type) => recorder.isDaily(type))
  const finding = { ...about, check: 'recorder' }
  if (recorder.doubt) {
    const { message } = recorder.doubt
    return { ...finding, status: 'warning', message, advice: 'until then what is read of the region is not complete' }
  }
  if (missing.length > 0) {
    const message = `the recorder leaves out ${missing.length} types, such as ${missing[0]}`
    return { ...finding, status: 'warning', message, advice: 'add them to its recording group' }
  }
  if (daily.length > 0) {
    const message = `the recorder looks once a day at ${daily.length} types, such as ${daily[0]}`
    return { ...finding, status: 'warning', message, advice: 'record continuously what must not be a day old' }
  }
  const globals = IAM_TYPES.every((type) => recorder.records(type)) ? 'with' : 'without'
  return { ...finding, status: 'ok', message: `records all types, ${globals} IAM` }
}

function estimateOf(
  survey: Parameters<typeof regionSlices>[0],
  { scope, region }: Pick<Finding, 'scope' | 'region'>,
  selection: Selection,
): Estimate {
  const isAsked = accepts(selection)
  const type = (name: string) => isAsked(name) && (!GLOBAL_TYPES.has(name) || survey.recorder.records(name))
  const slices = regionSlices(survey, { scope, region, type, whole: !isNarrow(selection) })
  const calls: Record<string, number> = {
    'aws.config.recorder': 1,
    'aws.config.recorder-status': 1,
    'aws.config.counts': 1,
    'aws.config.select': 1,
  }
  const add = (name: string, count: number) => (calls[name] = (calls[name] ?? 0) + count)
  for (const { query, expected } of slices) {
    const pages = Math.max(1, Math.ceil((expected?.count ?? 0) / PAGE_SIZE))
    const { kind } = sliceQuery(query)
    if (kind === 'rows') add('aws.config.select', pages)
    if (kind === 'listed') for (const name of ['aws.config.list', 'aws.config.batch-get']) add(name, pages)
  }
  return { resources: surveyed(survey, type), calls }
}
