import {
  ExtractionError,
  type Artifact,
  type Context,
  type Gap,
  type Page,
  type PageReader,
  type Task,
} from '@cae/core'
import type { Asset } from './asset.ts'
import { isExcepted } from './asset-types.ts'
import { CONTENT_TYPES, loadBeside, merge, PAGE_SIZE, withBeside, type Beside, type BesideContent } from './beside.ts'
import type { AssetApi } from './call.ts'
import { createTally } from './counts.ts'
import { FIRST, loopGuard, readPosition, writePosition, type Position } from './cursor.ts'
import { isSupported, listResources, requestOf } from './listing.ts'
import { sliceQueryOf, type SliceQuery } from './query.ts'
import type { Retained } from './retained.ts'
import { isProject, type GcpScope } from './scope.ts'
import { toArtifact } from './translate.ts'

/** Types that the search knows and the listing has none of are asked for by name, up to so many. */
const MAX_PROBES = 10

/**
 * All assets of a slice at one moment: a page of resources at a time, each resource with its policy and relationships,
 * which are read first and held (docs/decisions/0007); last, those that have a policy and no resource.
 */
export function openSlice(
  api: AssetApi,
  retained: Retained,
  task: Task,
  scope: GcpScope,
  context: Context,
): PageReader {
  const query = sliceQueryOf(task)
  const contents = query.content.filter((content): content is BesideContent => content !== 'resource')
  const knowledge = retained.take(task.id)
  const { beside } = knowledge
  const tally = createTally(query.counts ?? {})
  const refuseLoop = loopGuard()
  const isWanted = regionFilter(scope)
  const isInside = ({ assetType }: { readonly assetType: string }) => !isExcepted(assetType, query)
  let isOver = false

  const resourcesAt = async (position: Position) => {
    const key = `${Number(position.wide)} ${position.token}`
    if (knowledge.page?.key === key) return { page: knowledge.page.page, wide: position.wide }
    const { page, wide } = await listResources(query, position, api, context)
    refuseLoop(page.nextPageToken)
    knowledge.page = { key: `${Number(wide)} ${position.token}`, page }
    return { page, wide }
  }
  const load = (wide: boolean) => loadBeside(beside, contents, requestOf(query, wide), isInside, api, context)

  const resourcePage = async (position: Position): Promise<Page> => {
    const { page, wide } = await resourcesAt(position)
    await load(wide)
    const assets = unique(page.assets).filter(isInside)
    const before = beside.held.claimedBy(position.claimed)
    const merged: Asset[] = []
    for (const asset of assets) {
      before.add(asset.name)
      merged.push(await withBeside(asset, beside))
    }
    const next = advance(position, merged, { token: page.nextPageToken, wide, claimed: before.fingerprint() })
    const isLast = page.nextPageToken === ''
    const isRest = isLast && beside.held.all() !== next.claimed
    return toPage(merged, isRest ? { ...next, rest: 0 } : next, isLast && !isRest)
  }

  const restPage = async (position: Position): Promise<Page> => {
    await load(position.wide)
    if (beside.held.claimed() !== position.claimed) await touchAll(position.wide)
    const names = await beside.held.unclaimed(position.rest!, PAGE_SIZE)
    const rest = position.rest! + names.length
    const assets = names.map(merge)
    const isLast = rest >= beside.held.unclaimedNames()
    // They do not count as listed: a resource that the search knows is missing, though its policy is not.
    return toPage(assets, { ...position, rest }, isLast)
  }

  // Another process has seen the pages before ours, or a name came twice: which names have a resource is asked again.
  const touchAll = async (wide: boolean) => {
    const refuseLoopAgain = loopGuard()
    const request = { ...requestOf(query, wide), contentType: 'RESOURCE', pageSize: PAGE_SIZE } as const
    for (let pageToken: string | null = ''; pageToken !== null;) {
      const { places, nextPageToken } = await api.index({ ...request, pageToken }, context)
      refuseLoopAgain(nextPageToken)
      for (const { name } of places) beside.held.touch(name)
      pageToken = nextPageToken || null
    }
  }

  const advance = (position: Position, assets: readonly Asset[], more: Partial<Position>): Position => {
    const listed = [...position.listed]
    const others = assets.filter(({ assetType }) => !tally.add(listed, assetType))
    return { ...position, ...more, listed, uncounted: position.uncounted + others.length }
  }

  const toPage = async (assets: readonly Asset[], position: Position, isLast: boolean): Promise<Page> => {
    const origin = {
      ...(isProject(scope) && { project: scope.id }),
      asOf: task.asOf,
      withheld: [...beside.refused.keys()],
    }
    const artifacts = assets.map((asset) => toArtifact(asset, origin)).filter(isWanted)
    const next = { ...position, given: position.given + artifacts.length }
    const freshness = freshnessOf(query, next)
    if (!isLast) return { artifacts, next: writePosition(next), freshness }
    const { unsupported, missing } = await shortfall(next)
    isOver = true
    const gaps = [...refusals(task, beside), ...unsupported.map((type) => unsupportedGap(task, type))]
    return {
      artifacts,
      next: null,
      freshness,
      ...(query.counts && { expected: { count: next.given + missing, source: 'SearchAllResources' } }),
      ...(gaps.length > 0 && { plan: { slices: [], gaps } }),
    }
  }

  // A type that is not listed at all may be one that cannot be listed, which says nothing about the others.
  const shortfall = async ({ listed }: Position) => {
    const unsupported: string[] = []
    for (const type of tally.absent(listed).slice(0, MAX_PROBES)) {
      if (!(await isSupported(query, type, api, context))) unsupported.push(type)
    }
    return { unsupported, missing: tally.missing(listed, new Set(unsupported)) }
  }

  return {
    read: async (cursor) => {
      try {
        const position = cursor === null ? FIRST : readPosition(cursor)
        return await (position.rest === null ? resourcePage(position) : restPage(position))
      } catch (thrown) {
        // What is held came by tokens that may be just as old.
        isOver ||= thrown instanceof ExtractionError && thrown.code === 'CURSOR_EXPIRED'
        throw thrown
      }
    },
    close: async () => {
      if (isOver) await beside.held.close()
      else await retained.give(task.id, knowledge)
    },
  }
}

function regionFilter({ regions }: GcpScope): (artifact: Artifact) => boolean {
  const wanted = regions && new Set(regions.map((region) => region.toLowerCase()))
  return ({ metadata: { region } }) => !wanted || wanted.has(region) || region === 'global'
}

function unique(assets: readonly Asset[]): readonly Asset[] {
  const names = new Set(assets.map(({ name }) => name))
  return names.size === assets.length ? assets : assets.filter(({ name }) => names.delete(name))
}

function freshnessOf({ readTime, counts, note }: SliceQuery, { uncounted }: Position): string {
  const parts = [`snapshot of ${readTime}`]
  if (note) parts.push(note)
  else if (counts && uncounted > 0) parts.push(`${uncounted} of types that SearchAllResources does not count`)
  return parts.join('; ')
}

// The same for every slice of the scope, so that it is told once.
function refusals({ scope, region }: Task, { refused }: Beside): Gap[] {
  return [...refused].map(([content, { code, message }]) => ({
    scope,
    region,
    partition: content,
    code,
    message: `${CONTENT_TYPES[content]} is not given, resources are: ${message}`,
  }))
}

function unsupportedGap({ scope, region }: Task, assetType: string): Gap {
  return {
    scope,
    region,
    partition: `type ${assetType}`,
    code: 'NOT_ENABLED',
    message: `SearchAllResources finds ${assetType}, which ListAssets does not support`,
  }
}
