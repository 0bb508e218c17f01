import { entries } from '@cae/catalogue'
import { errorRow, ExtractionError, type Context, type Gap, type Plan, type Slice } from '@cae/core'
import type { Call } from '../client/call.ts'
import type { Place } from '../client/client.ts'
import { CLOUD_CONTROL_TYPES, configName, isListedEverywhere } from '../unrecorded/cloud-control-types.ts'
import { discoveredCounts, queriedCounts } from '../query/counts.ts'
import { homeRegion } from '../client/credentials.ts'
import { GLOBAL_TYPES, IAM_TYPES, recordedGlobals } from './global-types.ts'
import { readRecorder, type Recorder } from './recorder.ts'
import { regionSlices, type Survey } from './region-slices.ts'
import { accepts, isNarrow, selectionIn } from '../selection.ts'
import type { PlanGlobals, PlanRegion } from '../slice-query.ts'
import { splitTypes } from './split-types.ts'
import { uncountedSlices } from '../unrecorded/unrecorded-slices.ts'
import { planUnrecorded } from '../unrecorded/unrecorded.ts'

/**
 * What one account and region has, in slices. Global types are read in one region of the account: in the first whose
 * recorder has them, so a region that can't be asked hands them on to the next, and says in a gap why it can't.
 */
export async function planRegion(call: Call, place: Place, query: PlanRegion, context: Context): Promise<Plan> {
  const survey = await surveyRegion(call, place, context).catch((thrown: unknown) => refusalOf(thrown))
  if (!(survey instanceof ExtractionError)) {
    const isAsked = accepts(query)
    const wanted = new Map([...survey.queried].filter(([type]) => isAsked(type) && !GLOBAL_TYPES.has(type)))
    return planRecorded({ ...survey, parts: await splitTypes(call, place, wanted, context) }, place, query)
  }
  if (survey.code === 'NOT_ENABLED') return planOff(call, place, query, context)
  if (!query.next?.length) throw survey
  return { slices: handOn(query.globals ?? [], query, place), gaps: [gapOf(survey, place)] }
}

/** The global types that the regions before did not have. A region that can't be asked is a gap of its own already. */
export async function planGlobals(call: Call, place: Place, query: PlanGlobals, context: Context): Promise<Plan> {
  const { globals } = query
  const recorder = await readRecorder(call, place, context).catch((thrown: unknown) => refusalOf(thrown))
  if (recorder instanceof ExtractionError) return elsewhere(globals, query, place, recorder)
  const recorded = globals.filter((name) => recorder.records(name))
  if (recorded.length === 0) return elsewhere(globals, query, place)
  const counted = [...new Set([...recorded, ...IAM_TYPES])]
  const [discovered, queried] = await Promise.all([
    discoveredCounts(call, place, context, counted),
    queriedCounts(call, place, context, { in: { resourceType: counted } }),
  ])
  const here = haveGlobals(recorded, { discovered, queried })
  const left = globals.filter((name) => !here.includes(name))
  if (here.length === 0) return elsewhere(left, query, place)
  const scope = place.account.account_id
  const wanted = { scope, region: place.region, type: (name: string) => here.includes(name), whole: false }
  const slices = regionSlices({ recorder, discovered, queried }, wanted)
  return joined({ slices, gaps: doubtGaps(recorder, place) }, elsewhere(left, query, place))
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

function planRecorded(survey: Survey, place: Place, query: PlanRegion): Plan {
  const { records } = survey.recorder
  const { globals = [] } = query
  const here = haveGlobals(globals.filter(records), survey)
  const left = globals.filter((name) => !here.includes(name))
  const isAsked = accepts(query)
  const type = (name: string) => isAsked(name) && (!GLOBAL_TYPES.has(name) || here.includes(name))
  const scope = place.account.account_id
  const slices = regionSlices(survey, { scope, region: place.region, type, whole: !isNarrow(query) })
  const others = entries('aws')
    .map(({ nativeType }) => nativeType)
    .filter((name) => isAsked(name) && !GLOBAL_TYPES.has(name))
  const unrecorded = others
    .filter((name) => !records(name))
    .filter((name) => query.globals !== undefined || !isListedEverywhere(name))
  const atHome = recordedAtHome(others.filter(records), survey, place, query)
  const gaps = doubtGaps(survey.recorder, place)
  return joined(
    { slices, gaps },
    leftOut(unrecorded, place),
    leftAtHome(atHome, place, query),
    elsewhere(left, query, place),
  )
}

/**
 * Types that the home region alone records, whatever the recorders of others say, where the region that answers for what is
 * global is another: the home region comes first where it is read at all, so nobody reads them by a recorder.
 */
function recordedAtHome(
  types: readonly string[],
  { discovered, queried }: Survey,
  { region }: Place,
  query: PlanRegion,
) {
  if (!query.must || region === homeRegion({ regions: [region] })) return []
  return types.filter((type) => isListedEverywhere(type) && !discovered.has(type) && !queried.has(type))
}

/** Those that are recorded in fact. In regions that are new to Config a recorder says that it records IAM, and does not. */
function haveGlobals(globals: readonly string[], { discovered, queried }: Pick<Survey, 'discovered' | 'queried'>) {
  return recordedGlobals(globals, (type) => [discovered, queried].some((counts) => (counts.get(type) ?? 0) > 0))
}

/** A region whose recorder is off is read by other services, but for what another region's recorder may have. */
async function planOff(call: Call, place: Place, query: PlanRegion, context: Context): Promise<Plan> {
  const isLast = !query.next?.length
  const here = isLast ? (query.globals ?? []) : []
  const asked = { ...selectionIn(query), except: [...GLOBAL_TYPES].filter((name) => !here.includes(name)) }
  const request = { wants: accepts(asked), asked, globals: query.globals !== undefined }
  const plan = await planUnrecorded(call, place, request, context)
  return isLast ? plan : joined(plan, elsewhere(query.globals ?? [], query, place))
}

type Responsibility = Pick<PlanGlobals, 'must'> & { readonly next?: readonly string[] }

/**
 * Global types that this region does not have: the next region is asked, and where there is none, other services. `refusal`:
 * why nobody knows whether it has them.
 */
function elsewhere(
  globals: readonly string[],
  responsibility: Responsibility,
  place: Place,
  refusal?: ExtractionError,
): Plan {
  const slices = handOn(globals, responsibility, place)
  if (globals.length === 0 || slices.length > 0 || !responsibility.must) return { slices, gaps: [] }
  return unrecordedGlobals(globals, place, refusal)
}

function handOn(globals: readonly string[], { next = [], must }: Responsibility, { account }: Place): Slice[] {
  const [region, ...rest] = next
  if (globals.length === 0 || region === undefined) return []
  const query: PlanGlobals = { kind: 'plan-globals', globals, next: rest, ...(must && { must }) }
  return [{ scope: account.account_id, region, partition: 'plan-globals', query, plans: true }]
}

// Every region lists them, and one that the settings leave out may be closed to us.
function unrecordedGlobals(globals: readonly string[], { account, region }: Place, refusal?: ExtractionError): Plan {
  const { account_id, regions } = account
  const { listed, unlisted } = byCloudControl(globals)
  const home = homeRegion({ regions: [region] })
  const slices = uncountedSlices({ account, region: regions && !regions.includes(home) ? region : home }, listed)
  if (unlisted.length === 0) return { slices, gaps: [] }
  const none = `no region of account ${account_id} could be read that records ${unlisted.join(', ')}`
  const gap = { scope: account_id, region: 'global', partition: 'global-types' }
  if (refusal) return { slices, gaps: [{ ...gap, code: refusal.code, message: `${none}: ${refusal.message}` }] }
  return { slices, gaps: [{ ...gap, code: 'NOT_ENABLED', message: `${none}; include these types in one recorder` }] }
}

/** What the slices of a region hold is not all, though all counts agree. */
function doubtGaps({ doubt }: Recorder, { account, region }: Place): Gap[] {
  return doubt ? [{ scope: account.account_id, region, partition: 'recorder', ...doubt }] : []
}

const MAX_NAMED = 10

/** Types that the recorder is told to leave out. */
function leftOut(types: readonly string[], place: Place): Plan {
  const { account, region } = place
  return byOthers(types, place, { partition: 'unrecorded-types', code: 'NOT_ENABLED' }, (unlisted) => {
    return `the recorder of ${account.account_id} ${region} leaves out ${unlisted}; add them to its recording group`
  })
}

// Whoever names regions leaves out what the home region alone has on purpose, unless the request is about it.
function leftAtHome(types: readonly string[], place: Place, query: PlanRegion): Plan {
  const { account, region } = place
  const home = homeRegion({ regions: [region] })
  const code = isNarrow(query) ? 'NOT_ENABLED' : 'REGIONS_LEFT_OUT'
  return byOthers(types, place, { partition: 'home-region-types', code }, (unlisted) => {
    return `AWS Config records in ${home} alone, which is not read of account ${account.account_id}, ${unlisted}; add ${home} to its regions`
  })
}

/** What no recorder has by Cloud Control, and a gap for what that can't list. */
function byOthers(
  types: readonly string[],
  place: Place,
  gap: Pick<Gap, 'partition' | 'code'>,
  toMessage: (unlisted: string) => string,
): Plan {
  const { account, region } = place
  const { listed, unlisted } = byCloudControl(types)
  const slices = uncountedSlices(place, listed)
  if (unlisted.length === 0) return { slices, gaps: [] }
  const named = unlisted.slice(0, MAX_NAMED).join(', ') + (unlisted.length > MAX_NAMED ? ', …' : '')
  const message = toMessage(`${unlisted.length} types that can't be read otherwise: ${named}`)
  return { slices, gaps: [{ scope: account.account_id, region, ...gap, message }] }
}

/** `listed`: CloudFormation's names of those that Cloud Control lists. */
function byCloudControl(types: readonly string[]) {
  const wanted = new Set(types)
  const listed = CLOUD_CONTROL_TYPES.filter((type) => wanted.has(configName(type)))
  const names = new Set(listed.map(configName))
  return { listed, unlisted: types.filter((type) => !names.has(type)) }
}

function joined(...plans: readonly Plan[]): Plan {
  return { slices: plans.flatMap(({ slices }) => slices), gaps: plans.flatMap(({ gaps }) => gaps) }
}

/** An error that ends a slice and that waiting does not change. Throws any other. */
function refusalOf(thrown: unknown): ExtractionError {
  if (thrown instanceof ExtractionError && errorRow(thrown.code).action === 'skip') return thrown
  throw thrown
}

function gapOf({ code, message }: ExtractionError, { account, region }: Place): Gap {
  return { scope: account.account_id, region, partition: 'all', code, message }
}
