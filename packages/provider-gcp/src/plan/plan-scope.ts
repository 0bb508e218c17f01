import { ExtractionError, KnownIds, type Context, type Page, type PageReader, type Slice, type Task } from '@cae/core'
import { assetTypesOf, isKubernetes } from '../asset-types.ts'
import type { AssetApi } from '../client/call.ts'
import { loopGuard } from '../read/cursor.ts'
import type { Found } from '../decode/decode-search.ts'
import { isRefused } from '../errors.ts'
import { expired, isInvalid } from '../read/listing.ts'
import {
  largeSlices,
  otherSlice,
  restSlice,
  SLICE_ASSETS,
  slicesFor,
  smallOf,
  uncountedSlices,
  wholeSlice,
  type Ground,
  type HostCounts,
} from './partition.ts'
import { planQueryOf, type PlanQuery } from '../query.ts'
import { isOrganization } from '../scope.ts'
import { allOf, countAll, NOT_BEGUN, sizeOf, type Progress } from './search-progress.ts'

/** The most that SearchAllResources gives in a page. */
export const SEARCH_PAGE = 500
/** Assets of the first slice of an organization; with each host that is planned, the next has twice as many. */
const FIRST_ASSETS = 2000
/** A call that fails for the moment is tried again for so long; then it is done without. */
const PATIENCE_MS = 15_000

/**
 * Counts a scope by SearchAllResources, which has a quota of its own, and plans slices from the counts as they come, so
 * that extraction starts with the first pages of the search.
 */
export function openPlan(api: AssetApi, task: Task, context: Context): PageReader {
  const ground: Ground = { scope: task.scope, region: task.region, query: planQueryOf(task) }
  const request = searchRequest(ground.query)
  const refuseLoop = loopGuard()
  // What came into being after the moment of the run is not in its snapshot. Of what did so in the same second nobody
  // knows: many types have a time in seconds.
  const readTime = Date.parse(ground.query.readTime)
  const existed = ({ created }: Found) => created === undefined || created < readTime
  // A search is of no moment: while it goes on, its pages may shift.
  const known = new KnownIds()
  const isCounted = (one: Found) => existed(one) && (one.name === '' || known.add(`${one.assetType} ${one.name}`))

  const read = async ({ failing, ...progress }: Progress): Promise<Page> => {
    try {
      const { found, nextPageToken: token } = await api.search({ ...request, pageToken: progress.token }, context)
      refuseLoop(token)
      const counted = countAll(progress, found.filter(isCounted))
      return token === '' ? lastPage(ground, counted) : nextPage(ground, { ...counted, token })
    } catch (thrown) {
      if (isInvalid(thrown) && progress.token !== '') throw expired(thrown)
      if (failing === undefined && isPassing(thrown)) {
        return { artifacts: [], next: JSON.stringify({ ...progress, failing: context.clock.now() }) }
      }
      if (!isDispensable(thrown, failing, context)) throw thrown
      return pageWithout(ground, progress, thrown)
    }
  }
  return {
    read: async (cursor) => read(cursor === null ? NOT_BEGUN : (JSON.parse(cursor) as Progress)),
    close: async () => {},
  }
}

// A mask has the names of the fields themselves: those of JSON are refused, and nothing would be counted.
export function searchRequest({ parent, hosts, except }: Pick<PlanQuery, 'parent' | 'hosts' | 'except'>) {
  const assetTypes = assetTypesOf({ ...(hosts && { only: hosts }), ...(except && { except }) })
  return {
    scope: parent,
    pageSize: SEARCH_PAGE,
    orderBy: 'assetType',
    readMask: { paths: ['name', 'asset_type', 'create_time'] },
    ...(assetTypes && { assetTypes }),
  }
}

function nextPage(ground: Ground, progress: Progress): Page {
  const { complete, planned } = progress
  const soon = [...complete, ...countedOf(progress)].flatMap((host) => largeSlices(ground, host, progress.early))
  const early = [...progress.early, ...soon.map(({ query }) => (query['only'] as string[])[0]!)]
  const [apart, together] = divided(ground, complete)
  if (sizeOf(apart.map(smallOf)) < enough(ground, progress)) return toPage(soon, JSON.stringify({ ...progress, early }))
  const next = { ...progress, early, planned: [...planned, ...apart.map(([host]) => host)], complete: together }
  return toPage([...soon, ...slicesFor(ground, apart, early)], JSON.stringify(next))
}

// A request for Kubernetes alone names it by a pattern, from which single groups cannot be taken out again.
function divided(
  { query }: Ground,
  hosts: readonly HostCounts[],
): readonly [apart: HostCounts[], together: HostCounts[]] {
  const isTogether = ([host]: HostCounts) => query.hosts !== undefined && isKubernetes(host)
  return [hosts.filter((host) => !isTogether(host)), hosts.filter(isTogether)]
}

// So that there is always something to read: until a slice of full size is counted, the listing would have nothing to do for
// ten seconds. Below an organization it would mostly divide what is one slice.
function enough({ query }: Ground, { planned, early }: Progress): number {
  if (!isOrganization(query)) return SLICE_ASSETS
  return Math.min(SLICE_ASSETS, FIRST_ASSETS * 2 ** (planned.length + early.length))
}

// The kind that came last may go on in the next page.
function countedOf({ current }: Progress): HostCounts[] {
  return current ? [[current[0], Object.fromEntries(Object.entries(current[1]).slice(0, -1))]] : []
}

function lastPage(ground: Ground, progress: Progress): Page {
  const hosts = allOf(progress)
  if (progress.planned.length + progress.early.length === 0 && sizeOf(hosts) < SLICE_ASSETS) {
    return toPage([wholeSlice(ground, hosts)], null)
  }
  return toPage(remaining(ground, progress, hosts, [], 'types that SearchAllResources does not count'), null)
}

function pageWithout(ground: Ground, progress: Progress, thrown: ExtractionError): Page {
  const reason = `SearchAllResources was refused with ${thrown.code}`
  const note = `not counted: ${reason}`
  const { complete, planned, early } = progress
  if (complete.length + planned.length + early.length === 0) return toPage(uncountedSlices(ground, note), null)
  const begun = countedOf(progress).filter(([, kinds]) => Object.keys(kinds).length > 0)
  return toPage(remaining(ground, progress, complete, begun, note, `not counted in full: ${reason}`), null)
}

/** Slices for the hosts that are counted, for those that are counted in part, and one for everything else. */
function remaining(
  ground: Ground,
  { planned, early }: Progress,
  hosts: readonly HostCounts[],
  begun: readonly HostCounts[],
  note: string,
  noteOfBegun = note,
): Slice[] {
  const [apart, together] = divided(ground, hosts)
  const [rests, togetherToo] = divided(ground, begun)
  const done = [...planned, ...[...apart, ...rests].map(([host]) => host)]
  const other = otherSlice(ground, done, note, Object.fromEntries([...together, ...togetherToo]))
  return [
    ...slicesFor(ground, apart, early),
    ...rests.map((host) => restSlice(ground, host, early, noteOfBegun)),
    ...(other ? [other] : []),
  ]
}

function toPage(slices: readonly Slice[], next: string | null): Page {
  return { artifacts: [], next, plan: { slices, gaps: [] } }
}

/**
 * Whether planning goes on without what a call has not given: refused for good, or failing for longer than our patience; the
 * listing finds out itself where all is denied. `since`: when it began to fail, in milliseconds.
 */
export function isDispensable(
  thrown: unknown,
  since: number | undefined,
  { clock }: Context,
): thrown is ExtractionError {
  if (!(thrown instanceof ExtractionError)) return false
  if (isRefused(thrown)) return true
  return since !== undefined && isPassing(thrown) && clock.now() - since > PATIENCE_MS
}

/** Whether a call failed in a way that the next one may not. A throttle is no failure: it waits for its turn. */
export function isPassing(thrown: unknown): boolean {
  return thrown instanceof ExtractionError && ['UNAVAILABLE', 'TIMEOUT'].includes(thrown.code)
}
