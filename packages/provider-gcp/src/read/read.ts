import {
  ExtractionError,
  KnownIds,
  type Artifact,
  type Context,
  type Page,
  type PageReader,
  type Task,
} from '@cae/core'
import { isExcepted } from '../asset-types.ts'
import { loadBeside, merge, PAGE_SIZE, withBeside, type BesideContent } from './beside.ts'
import type { AssetApi } from '../client/call.ts'
import { createTally, type Tally } from '../plan/counts.ts'
import { coverageOf, freshnessOf, refusals } from './coverage.ts'
import { FIRST, loopGuard, readPosition, writePosition, type Position } from './cursor.ts'
import { toError } from '../errors.ts'
import { expired, isInvalid, listResources, requestOf, type ResourcePage } from './listing.ts'
import { sliceQueryOf, type SliceQuery } from '../query.ts'
import type { Knowledge, Retained, Touched } from './retained.ts'
import { isProject, type GcpScope } from '../scope.ts'
import { toArtifact, type AssetOrigin } from '../translate/translate.ts'

/** All that reading a slice needs. */
interface Reading {
  readonly api: AssetApi
  readonly context: Context
  readonly task: Task
  readonly scope: GcpScope
  readonly query: SliceQuery
  readonly tally: Tally
  /** Names that this reader has come upon, each page being read once. */
  readonly known: KnownIds
  readonly knowledge: Knowledge
  /** Refused content of which a page has told: the run knows it before that page is committed. */
  readonly told: Set<BesideContent>
  readonly refuseLoop: (token: string) => void
}

/**
 * All assets of a slice at one moment: a page of resources at a time, each resource with its policy and relationships,
 * which are read first and held (docs/decisions/0009); last, those that have a policy and no resource.
 */
export function openSlice(
  api: AssetApi,
  retained: Retained,
  task: Task,
  scope: GcpScope,
  context: Context,
): PageReader {
  const query = sliceQueryOf(task)
  const knowledge = retained.take(task.id)
  const tally = createTally(query.counts ?? {})
  const seen = { known: new KnownIds(), told: new Set<BesideContent>(), refuseLoop: loopGuard() }
  const reading: Reading = { api, context, task, scope, query, tally, knowledge, ...seen }
  let isOver = false
  return {
    read: async (cursor) => {
      try {
        const position = cursor === null ? FIRST : readPosition(cursor)
        const page = await (position.rest === null ? resourcePage(reading, position) : restPage(reading, position))
        isOver = page.next === null
        return page
      } catch (thrown) {
        // What is held came by tokens that may be just as old.
        isOver ||= thrown instanceof ExtractionError && thrown.code === 'CURSOR_EXPIRED'
        // Of an asset that is no such message.
        throw thrown instanceof RangeError ? toError(thrown) : thrown
      }
    },
    close: async () => {
      if (isOver) await knowledge.beside.held.close()
      else await retained.give(task.id, knowledge)
    },
  }
}

async function resourcePage(reading: Reading, position: Position): Promise<Page> {
  const { query, knowledge, tally, known } = reading
  const { held } = knowledge.beside
  const { page, wide, unlisted } = await resourcesAt(reading, position)
  await load(reading, wide)
  delete knowledge.page
  const claims = held.claimsFrom(position.claimed)
  const origin = originOf(reading)
  // Two types may share a name: those of functions do. What stands beside a name is taken once.
  const identities = new Set<string>()
  const taken = new Map<string, ReturnType<typeof claims.take>>()
  const artifacts: Artifact[] = []
  const listed = [...position.listed]
  let { uncounted } = position
  for (const asset of page.assets) {
    const identity = `${asset.assetType} ${asset.name}`
    if (identities.has(identity) || isExcepted(asset.assetType, query)) continue
    identities.add(identity)
    const others = taken.get(asset.name) ?? claims.take(asset.name)
    taken.set(asset.name, others)
    // To wait for what is there costs more than to find it.
    const whole = withBeside(asset, others instanceof Promise ? await others : others)
    // One that comes again on a later page must not stand for one that is missing.
    if (known.add(identity) && !tally.add(listed, asset.assetType)) uncounted++
    const artifact = toArtifact(whole, origin)
    if (isWanted(artifact, origin)) artifacts.push(artifact)
  }
  const lacking = position.lacking || knowledge.beside.refused.size > 0
  const read = { token: page.nextPageToken, uncounted, claimed: claims.fingerprint(), wide, unlisted, lacking, listed }
  const next = { ...position, ...read }
  if (next.token !== '') return toPage(reading, artifacts, next, false)
  const isRest = held.all() !== next.claimed
  return toPage(reading, artifacts, isRest ? { ...next, rest: 0 } : next, !isRest)
}

async function resourcesAt(reading: Reading, position: Position): Promise<ResourcePage> {
  const { query, knowledge, api, context, refuseLoop } = reading
  const known = knowledge.page
  // On the first page it is only the answer that tells whether more is listed than is wanted.
  if (known?.token === position.token && (known.wide === position.wide || position.token === '')) return known
  const answer = await listResources(query, position, api, context)
  refuseLoop(answer.page.nextPageToken)
  knowledge.page = { ...answer, token: position.token }
  return answer
}

function load({ query, knowledge, api, context }: Reading, wide: boolean): Promise<void> {
  const contents = query.content.filter((content): content is BesideContent => content !== 'resource')
  const isInside = ({ assetType }: { readonly assetType: string }) => !isExcepted(assetType, query)
  return loadBeside(knowledge.beside, contents, requestOf(query, wide), isInside, api, context)
}

/** Names that have a policy and no resource. They do not count as listed: a resource that the search knows is missing. */
async function restPage(reading: Reading, position: Position): Promise<Page> {
  const { held } = reading.knowledge.beside
  await load(reading, position.wide)
  if (position.lacking || held.claimed() !== position.claimed) await touchAll(reading, position)
  const names = await held.unclaimed(position.rest!, PAGE_SIZE)
  const rest = position.rest! + names.length
  const origin = originOf(reading)
  const artifacts = names
    .map((assets) => toArtifact(merge(assets), origin))
    .filter((artifact) => isWanted(artifact, origin))
  return toPage(reading, artifacts, { ...position, rest }, rest >= held.unclaimedNames())
}

// Another process has seen the pages before ours, what is given now was refused for some of them, or a name came twice:
// which names have a resource is asked again, once.
async function touchAll({ query, knowledge, tally, api, context }: Reading, position: Position): Promise<void> {
  const { held } = knowledge.beside
  const names = held.all()
  const refuseLoop = loopGuard()
  const request = { ...requestOf(query, position.wide), contentType: 'RESOURCE', pageSize: PAGE_SIZE } as const
  let touched: Touched = { names, token: '', listed: [] }
  if (knowledge.touched?.names === names) touched = knowledge.touched
  while (touched.token !== null) {
    const pageToken = touched.token
    const { places, nextPageToken } = await api.index({ ...request, pageToken }, context).catch((thrown) => {
      throw isInvalid(thrown) && pageToken !== '' ? expired(thrown) : thrown
    })
    refuseLoop(nextPageToken)
    const listed = [...touched.listed]
    for (const { name, assetType } of places) {
      held.touch(name)
      tally.add(listed, assetType)
    }
    touched = { names, token: nextPageToken || null, listed }
    if (touched.token === null) {
      delete knowledge.touched
      refuseFewer(tally, listed, position)
    }
    knowledge.touched = touched
  }
}

// The names of a page that this listing has lost would seem to have no resource, and come again without configuration. Of a
// type that is as many as were counted, the listing before may have given one twice.
function refuseFewer(tally: Tally, again: readonly number[], { listed }: Position): void {
  const short = tally.missing(again, new Set())
  if (!tally.types.some((type, n) => short.has(type) && (again[n] ?? 0) < (listed[n] ?? 0))) return
  throw new ExtractionError('RESPONSE_INVALID', 'ListAssets gave fewer resources of the same moment than before')
}

interface Origin extends AssetOrigin {
  /** Absent: all. */
  readonly regions?: ReadonlySet<string>
}

function originOf({ task, scope, knowledge }: Reading): Origin {
  return {
    ...(isProject(scope) && { project: scope.id }),
    asOf: task.asOf,
    withheld: [...knowledge.beside.refused.keys()],
    ...(scope.regions && { regions: new Set(scope.regions.map((region) => region.toLowerCase())) }),
  }
}

async function toPage(reading: Reading, artifacts: Artifact[], position: Position, isLast: boolean): Promise<Page> {
  const { task, query, knowledge, told, tally, api, context } = reading
  const whole = isLast
    ? await coverageOf(task, query, tally, position, knowledge.beside.held, api, context)
    : { gaps: [] }
  const { gaps: unsupported, ...missing } = whole
  const gaps = [...refusals(task, knowledge.beside, told), ...unsupported]
  const freshness = freshnessOf(query, position, knowledge.beside)
  const next = isLast ? null : writePosition(position)
  return { artifacts, next, freshness, ...missing, ...(gaps.length > 0 && { plan: { slices: [], gaps } }) }
}

function isWanted({ metadata: { region } }: Artifact, { regions }: Origin): boolean {
  return !regions || regions.has(region) || region === 'global'
}
