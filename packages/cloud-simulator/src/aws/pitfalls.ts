import { tagsOf } from './rows.ts'
import { upperCamel } from './properties.ts'
import type { FaultKind } from '../fault-kinds.ts'
import { GLOBAL_IN_EVERY_RECORDER } from '../estate/types/aws.ts'
import type { EstateSlice, Item } from '../estate/resource-type.ts'
import { isDeleted } from '../estate/item.ts'
import { runsOf, type Run } from '../estate/selection.ts'
import type { Tree } from '../estate/template.ts'
import type { World } from '../world.ts'

/** Faults that change what Config has and how it shows it, for as long as they are set. */
export const PITFALLS: readonly FaultKind[] = [
  'recorder_stopped',
  'recorder_fresh',
  'recorder_failing',
  'recorder_partial',
  'deleted_items',
  'daily_recording',
  'globals_everywhere',
  'sql_uncovered',
  'sql_short',
  'counts_lag',
  'no_arn',
  'configuration_null',
  'upper_camel',
  'tags_in_supplementary',
  'double_encoded',
  'oversized',
  'source_failed',
  'source_outdated',
]

export type Holds = (kind: FaultKind, type?: string) => boolean

/** Whether a pitfall holds in an account and region, of a type where it is about one. */
export function pitfalls({ faults }: World, { scope, region }: EstateSlice): Holds {
  return (kind, type) => faults.holds(kind, 'aws', scope, region, type)
}

/** What an account and region has, whether its recorder records it or not. */
export function discoveredRuns(world: World, slice: EstateSlice): Run[] {
  const holds = pitfalls(world, slice)
  const own = runsOf([slice], () => true)
  const all = slice.home && holds('globals_everywhere') ? [...own, ...runsOf([slice.home], isGlobal)] : own
  const seen = holds('recorder_fresh') ? all.map((run) => ({ ...run, count: Math.ceil(run.count / 2) })) : all
  return seen.map((run) => (holds('deleted_items', nameOf(run)) ? { ...run, count: run.count + DELETED } : run))
}

function isGlobal({ types }: EstateSlice, type: number): boolean {
  return types.types[type]!.global === true
}

/** Deleted resources of each type. */
const DELETED = 2

/** What its recorder records. */
export function recordedRuns(world: World, slice: EstateSlice): Run[] {
  const holds = pitfalls(world, slice)
  return discoveredRuns(world, slice).filter((run) => !holds('recorder_partial', nameOf(run)))
}

/** What queries find. */
export function queriedRuns(world: World, slice: EstateSlice): Run[] {
  const holds = pitfalls(world, slice)
  return recordedRuns(world, slice)
    .filter((run) => !holds('sql_uncovered', nameOf(run)))
    .map((run) => (holds('sql_short', nameOf(run)) ? { ...run, count: Math.floor(run.count / 2) } : run))
    .filter(({ count }) => count > 0)
}

/** Type → how many of it GetDiscoveredResourceCounts says there are. */
export function discoveredCounts(world: World, slice: EstateSlice): Map<string, number> {
  const holds = pitfalls(world, slice)
  const counts = recordedRuns(world, slice).map((run): [string, number] => {
    const { slice: own, type } = run
    const count = Math.min(run.count, own.counts[type]!)
    const gone = holds('counts_lag', nameOf(run)) ? Math.ceil(count / 50) : 0
    return [nameOf(run), count + gone]
  })
  return new Map(counts)
}

/** Types that the recorder of a region is told to leave out. */
export function excludedTypes(world: World, slice: EstateSlice): string[] {
  const holds = pitfalls(world, slice)
  const left = slice.types.types.map(({ name }) => name).filter((name) => holds('recorder_partial', name))
  const hasGlobals = slice.home === null || holds('globals_everywhere')
  return left.length === 0 || hasGlobals ? left : [...new Set([...left, ...GLOBAL_IN_EVERY_RECORDER])]
}

const OVERSIZED_EVERY = 8

/** Whether a batch get never processes it. */
export function isOversized(world: World, { slice, type, k }: Item): boolean {
  return k % OVERSIZED_EVERY < 2 && pitfalls(world, slice)('oversized', slice.types.types[type]!.name)
}

/** Whether it is not given when asked for alone either. */
export function isNeverGiven(world: World, item: Item): boolean {
  return item.k % 2 === 1 && isOversized(world, item)
}

const SHAPING: readonly FaultKind[] = [
  'no_arn',
  'configuration_null',
  'upper_camel',
  'tags_in_supplementary',
  'double_encoded',
  'recorder_partial',
]

export function isDistorted(world: World, item: Item): boolean {
  const { slice, type } = item
  const holds = pitfalls(world, slice)
  return isDeleted(item) || SHAPING.some((kind) => holds(kind, slice.types.types[type]!.name))
}

type Shape = 'row' | 'item'

/** The JSON of a resource as the pitfalls have it. */
export function distorted(world: World, item: Item, json: string, shape: Shape): string {
  const type = item.slice.types.types[item.type]!.name
  const holds = pitfalls(world, item.slice)
  const resource = JSON.parse(json) as Record<string, unknown>
  const status = isDeleted(item) ? 'ResourceDeleted' : holds('recorder_partial', type) ? 'ResourceNotRecorded' : null
  if (status) return JSON.stringify({ ...identity(resource), configurationItemStatus: status })
  const supplementary = { ...(resource['supplementaryConfiguration'] as Record<string, unknown> | undefined) }
  if (holds('no_arn', type)) delete resource['arn']
  if (holds('configuration_null', type)) resource['configuration'] = shape === 'row' ? null : 'null'
  if (shape === 'item' && holds('upper_camel', type)) {
    const configuration = JSON.parse(resource['configuration'] as string) as Tree
    resource['configuration'] = JSON.stringify(upperCamel(configuration))
  }
  if (holds('tags_in_supplementary', type)) {
    if (shape === 'row') resource['tags'] = []
    supplementary['Tags'] = tagsOf(item)
  }
  if (holds('double_encoded', type)) {
    for (const [name, value] of Object.entries(supplementary)) {
      supplementary[name] = JSON.stringify(shape === 'row' ? JSON.stringify(value) : value)
    }
  }
  return JSON.stringify({ ...resource, supplementaryConfiguration: supplementary })
}

/** What an item has without configuration, tags and relationships. */
function identity(resource: Readonly<Record<string, unknown>>): object {
  const {
    configuration: _,
    supplementaryConfiguration: _more,
    tags: _tags,
    relationships: _related,
    ...rest
  } = resource
  return rest
}

function nameOf({ slice, type }: Run): string {
  return slice.types.types[type]!.name
}
