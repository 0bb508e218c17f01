import { entries } from '@cae/catalogue'
import { errorRow, ExtractionError, type Context, type Gap, type Plan, type Slice } from '@cae/core'
import type { Call } from './call.ts'
import type { Place } from './client.ts'
import { discoveredCounts, queriedCounts } from './counts.ts'
import { GLOBAL_TYPES } from './global-types.ts'
import { readRecorder } from './recorder.ts'
import { regionSlices, type Survey } from './region-slices.ts'
import { accepts, isNarrow } from './selection.ts'
import type { PlanGlobals, PlanRegion } from './slice-query.ts'

/**
 * What one account and region has, in slices. Global types are read in one region of the account: in the first whose
 * recorder has them, so a region that can't be asked hands them on to the next, and says in a gap why it can't.
 */
export async function planRegion(call: Call, place: Place, query: PlanRegion, context: Context): Promise<Plan> {
  let survey: Survey
  try {
    survey = await surveyRegion(call, place, context)
  } catch (thrown) {
    if (!query.globals || !query.next?.length || !isRefusal(thrown)) throw thrown
    return { slices: handOn(query.globals, query, place), gaps: [gapOf(thrown, place)] }
  }
  const { recorder } = survey
  const here = query.globals?.filter(recorder.records) ?? []
  const isWanted = accepts(query)
  const type = (name: string) => isWanted(name) && (!GLOBAL_TYPES.has(name) || here.includes(name))
  const scope = place.account.account_id
  const slices = regionSlices(survey, { scope, region: place.region, type, whole: !isNarrow(query) })
  const left = query.globals?.filter((name) => !here.includes(name)) ?? []
  const others = { slices: handOn(left, query, place), gaps: unread(left, query, place) }
  const gaps = leftOut((name) => isWanted(name) && !recorder.records(name), place)
  return { slices: [...slices, ...others.slices], gaps: [...gaps, ...others.gaps] }
}

/** The global types that the regions before did not have. A region that can't be asked is a gap of its own already. */
export async function planGlobals(call: Call, place: Place, query: PlanGlobals, context: Context): Promise<Plan> {
  const { globals } = query
  try {
    const recorder = await readRecorder(call, place, context)
    const here = globals.filter(recorder.records)
    const left = globals.filter((name) => !here.includes(name))
    const others = { slices: handOn(left, query, place), gaps: unread(left, query, place) }
    if (here.length === 0) return others
    const [discovered, queried] = await Promise.all([
      discoveredCounts(call, place, context, here),
      queriedCounts(call, place, context, { in: { resourceType: here } }),
    ])
    const scope = place.account.account_id
    const type = (name: string) => here.includes(name)
    const wanted = { scope, region: place.region, type, whole: false }
    return { ...others, slices: [...regionSlices({ recorder, discovered, queried }, wanted), ...others.slices] }
  } catch (thrown) {
    if (!isRefusal(thrown)) throw thrown
    return { slices: handOn(globals, query, place), gaps: unread(globals, query, place) }
  }
}

/** Four questions at once, since a run of one region waits for their answers. */
export async function surveyRegion(call: Call, place: Place, context: Context): Promise<Survey> {
  const [recorder, discovered, queried] = await Promise.all([
    readRecorder(call, place, context),
    discoveredCounts(call, place, context),
    queriedCounts(call, place, context),
  ])
  return { recorder, discovered, queried }
}

type Responsibility = Pick<PlanGlobals, 'must'> & { readonly next?: readonly string[] }

function handOn(globals: readonly string[], { next = [], must }: Responsibility, { account }: Place): Slice[] {
  const [region, ...rest] = next
  if (globals.length === 0 || region === undefined) return []
  const query: PlanGlobals = { kind: 'plan-globals', globals, next: rest, ...(must && { must }) }
  return [{ scope: account.account_id, region, partition: 'plan-globals', query, plans: true }]
}

function unread(globals: readonly string[], { next = [], must }: Responsibility, { account }: Place): Gap[] {
  if (globals.length === 0 || next.length > 0 || !must) return []
  const message = `no region of account ${account.account_id} could be read that records ${globals.join(', ')}; include global resource types in one recorder`
  return [{ scope: account.account_id, region: 'global', partition: 'global-types', code: 'NOT_ENABLED', message }]
}

const MAX_NAMED = 10

function leftOut(isLeftOut: (type: string) => boolean, { account, region }: Place): Gap[] {
  const types = entries('aws')
    .map(({ nativeType }) => nativeType)
    .filter((type) => !GLOBAL_TYPES.has(type) && isLeftOut(type))
  if (types.length === 0) return []
  const named = types.slice(0, MAX_NAMED).join(', ') + (types.length > MAX_NAMED ? ', …' : '')
  const message = `the recorder of ${account.account_id} ${region} leaves out ${types.length} types: ${named}; add them to its recording group`
  return [{ scope: account.account_id, region, partition: 'unrecorded-types', code: 'NOT_ENABLED', message }]
}

function isRefusal(thrown: unknown): thrown is ExtractionError {
  return thrown instanceof ExtractionError && errorRow(thrown.code).action === 'skip'
}

function gapOf({ code, message }: ExtractionError, { account, region }: Place): Gap {
  return { scope: account.account_id, region, partition: 'all', code, message }
}
