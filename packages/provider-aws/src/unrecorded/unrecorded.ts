import { entries } from '@cae/catalogue'
import type { Context, Gap, JsonObject, PageReader, Plan, Task } from '@cae/core'
import type { Call } from '../client/call.ts'
import type { Place } from '../client/client.ts'
import { CLOUD_CONTROL_TYPES, configName, isListedEverywhere } from './cloud-control-types.ts'
import { readCloudControl } from './cloud-control.ts'
import { findView, readExplorer } from './resource-explorer.ts'
import {
  explorerSlice,
  uncountedSlices,
  type Asked,
  type ReadCloudControl,
  type ReadExplorer,
} from './unrecorded-slices.ts'

export interface UnrecordedOptions {
  /** Types for Cloud Control, by CloudFormation's names; our own list where absent. */
  readonly types?: readonly string[]
  /** Whether a native type is asked for. */
  readonly wants: (nativeType: string) => boolean
}

export interface UnrecordedRequest extends UnrecordedOptions {
  /** Goes into the query of slices that ask `wants` again when they are opened. */
  readonly asked?: Asked
  /** Whether this region is to read what is one for all regions, such as IAM. */
  readonly globals: boolean
}

/**
 * The plan for a region whose recorder is off. Each type is read by one source: those that Cloud Control lists by Cloud
 * Control, for their configuration, the others by Resource Explorer, whose index also tells which types exist and how
 * many of each. Without an index the list of types is all that can be read, and a gap says what that leaves out.
 */
export async function planUnrecorded(
  call: Call,
  place: Place,
  request: UnrecordedRequest,
  context: Context,
): Promise<Plan> {
  const found = await findView(call, place, context)
  const { types = CLOUD_CONTROL_TYPES, wants, globals, asked } = request
  if (found.view !== null) {
    const areas = globals ? [place.region, 'global'] : [place.region]
    const { view } = found
    return { slices: areas.map((area) => explorerSlice(place, { kind: 'explorer', view, area }, asked)), gaps: [] }
  }
  const readable = types.filter((type) => wants(configName(type)) && (globals || !isListedEverywhere(type)))
  return { slices: uncountedSlices(place, readable), gaps: unreadGap(place, readable, request, found.reason) }
}

/** Null where the query is of another kind. */
export function openUnrecorded(
  call: Call,
  place: Place,
  task: Task,
  context: Context,
  { types = CLOUD_CONTROL_TYPES, wants }: UnrecordedOptions,
): PageReader | null {
  const query = task.query as JsonObject & (ReadCloudControl | ReadExplorer)
  if (query.kind === 'cloud-control') return readCloudControl(call, place, task, query, context)
  if (query.kind !== 'explorer') return null
  return readExplorer(call, place, task, query, context, { listed: new Set(types), wants })
}

const MAX_NAMED = 5

function unreadGap(place: Place, readable: readonly string[], request: UnrecordedRequest, reason: string): Gap[] {
  const { wants, globals } = request
  const read = new Set(readable.map(configName))
  const unread = entries('aws')
    .map(({ nativeType }) => nativeType)
    .filter((type) => wants(type) && !read.has(type) && (globals || !isListedEverywhere(type)))
  if (unread.length === 0) return []
  const { account_id } = place.account
  const named = unread.slice(0, MAX_NAMED).join(', ') + (unread.length > MAX_NAMED ? ', …' : '')
  const message = `AWS Config records nothing in ${account_id} ${place.region}, and ${reason}, so ${unread.length} types can't be seen: ${named}; start the AWS Config recorder, or turn on Resource Explorer with a default view without filters`
  return [{ scope: account_id, region: place.region, partition: 'unrecorded', code: 'NOT_ENABLED', message }]
}
