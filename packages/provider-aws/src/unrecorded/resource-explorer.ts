import { ExtractionError, type Context, type Page, type PageReader, type Task } from '@cae/core'
import type { Call } from '../client/call.ts'
import type { Place } from '../client/client.ts'
import { configName, isListedEverywhere } from './cloud-control-types.ts'
import { cursorExpired } from '../client/cursor-expired.ts'
import { everyPage } from '../client/every-page.ts'
import { fromExplorer, nativeTypeOf, type Found } from './listed-artifact.ts'
import { countedSlices, uncountedSlices, type ReadExplorer } from './unrecorded-slices.ts'

/** With a page of 1,000 ListResources gives no token, so all after it would be lost. */
const PAGE_SIZE = 500
const LAG = "as Resource Explorer's index has it, which may lag by hours"

/** The view that shows all of a region's index, or why there is none. */
export type ViewSearch = { readonly view: string } | { readonly view: null; readonly reason: string }

/** Asks only for what exists, and tries the view, since one that can't be listed is as none; throws what is not about Resource Explorer, such as a disabled region. */
export async function findView(call: Call, place: Place, context: Context): Promise<ViewSearch> {
  try {
    return await searchView(call, place, context)
  } catch (thrown) {
    if (!(thrown instanceof ExtractionError)) throw thrown
    if (thrown.code === 'SCOPE_NOT_FOUND') return { view: null, reason: 'Resource Explorer has no index there' }
    if (thrown.code === 'ACCESS_DENIED') return { view: null, reason: thrown.message }
    throw thrown
  }
}

async function searchView(call: Call, place: Place, context: Context): Promise<ViewSearch> {
  const { GetDefaultViewCommand, GetIndexCommand, GetViewCommand, ListViewsCommand } =
    await import('@aws-sdk/client-resource-explorer-2')
  const { State } = await call('resource-explorer-2:GetIndex', place, context, (client, options) =>
    client.send(new GetIndexCommand({}), options),
  )
  // An index that is being built does not hold all yet.
  if (State !== 'ACTIVE') return { view: null, reason: `the index of Resource Explorer is ${State}` }
  const showsAll = async (ViewArn: string) => {
    const { View } = await call('resource-explorer-2:GetView', place, context, (client, options) =>
      client.send(new GetViewCommand({ ViewArn }), options),
    )
    return !View?.Filters?.FilterString
  }
  const first = await call('resource-explorer-2:GetDefaultView', place, context, (client, options) =>
    client.send(new GetDefaultViewCommand({}), options),
  )
  if (first.ViewArn && (await showsAll(first.ViewArn))) return tryView(call, place, first.ViewArn, context)
  const views = await everyPage(async (token) => {
    const { Views, NextToken } = await call('resource-explorer-2:ListViews', place, context, (client, options) =>
      client.send(new ListViewsCommand({ NextToken: token }), options),
    )
    return { items: Views, next: NextToken }
  })
  for (const view of views) {
    if (view !== first.ViewArn && (await showsAll(view))) return tryView(call, place, view, context)
  }
  return { view: null, reason: 'Resource Explorer has no view there that shows all' }
}

async function tryView(call: Call, place: Place, view: string, context: Context): Promise<ViewSearch> {
  const { ListResourcesCommand } = await import('@aws-sdk/client-resource-explorer-2')
  await call('resource-explorer-2:ListResources', place, context, (client, options) =>
    client.send(new ListResourcesCommand({ ViewArn: view, MaxResults: 1 }), options),
  )
  return { view }
}

export interface ExplorerRules {
  /** CloudFormation's names of the types that are left to Cloud Control. */
  readonly listed: ReadonlySet<string>
  /** Whether a native type is asked for. */
  readonly wants: (nativeType: string) => boolean
}

interface Position {
  readonly token?: string | undefined
  /** Resources so far of each type that is left to Cloud Control. */
  readonly left: Readonly<Record<string, number>>
}

/**
 * The identities that the index has. Each type is read once: types that Cloud Control lists are counted, and the last
 * page plans slices for those that exist, and for those that the index can't have; resources of the others are given here.
 */
export function readExplorer(
  call: Call,
  place: Place,
  task: Task,
  query: ReadExplorer,
  context: Context,
  rules: ExplorerRules,
): PageReader {
  const { view, area, only } = query
  // A type that every region lists is Cloud Control's only where the index calls it global, lest two slices list it.
  const isOfArea = (type: string) => isListedEverywhere(type) === (area === 'global')
  const isLeft = ({ CfnResourceType = '' }: Found) => rules.listed.has(CfnResourceType) && isOfArea(CfnResourceType)
  const unindexed = async (counts: Readonly<Record<string, number>>) => {
    const unseen = [...rules.listed].filter(
      (type) => isOfArea(type) && !Object.hasOwn(counts, type) && rules.wants(configName(type)),
    )
    if (only || unseen.length === 0) return []
    // Where we may not ask, what the index shows none of may exist, as far as we know.
    const supported = await supportedTypes(call, place, context).catch(noneWhereDenied)
    return unseen.filter((type) => !supported.has(type))
  }
  // The counts make each cursor a new one, so the engine would not notice a token that comes back.
  const seen = new Set<string | undefined>()
  const read = async ({ token, left }: Position): Promise<Page> => {
    const { Resources, NextToken } = await list(call, place, query, context, token)
    seen.add(token)
    if (NextToken && seen.has(NextToken)) {
      throw new ExtractionError('CURSOR_LOOP', 'Resource Explorer gave a token that it had given before')
    }
    const wanted = Resources.filter(
      (found) =>
        isOf(found, place) && (only ? only.includes(found.CfnResourceType ?? '') : rules.wants(nativeTypeOf(found))),
    )
    const counts = only ? {} : counted(left, wanted.filter(isLeft))
    const here = only ? wanted : wanted.filter((found) => !isLeft(found))
    const page = { artifacts: here.map((found) => fromExplorer(found, { place, asOf: task.asOf })), freshness: LAG }
    if (NextToken) return { ...page, next: JSON.stringify({ token: NextToken, left: counts } satisfies Position) }
    const slices = [
      ...countedSlices(place, new Map(Object.entries(counts)), { view, area }),
      ...uncountedSlices(place, await unindexed(counts)),
    ]
    return { ...page, next: null, ...(slices.length > 0 && { plan: { slices, gaps: [] } }) }
  }
  return {
    read: (cursor) => read(cursor === null ? { left: {} } : (JSON.parse(cursor) as Position)),
    close: async () => {},
  }
}

// An organization's view shows other accounts too.
function isOf({ OwningAccountId }: Found, { account }: Place): boolean {
  return !OwningAccountId || OwningAccountId === account.account_id
}

function counted(left: Position['left'], found: readonly Found[]): Record<string, number> {
  const counts = { ...left }
  for (const { CfnResourceType = '' } of found) counts[CfnResourceType] = (counts[CfnResourceType] ?? 0) + 1
  return counts
}

/** Types that the index can have, by CloudFormation's names. */
export async function supportedTypes(call: Call, place: Place, context: Context): Promise<ReadonlySet<string>> {
  const { ListSupportedResourceTypesCommand } = await import('@aws-sdk/client-resource-explorer-2')
  const types = await everyPage(async (token) => {
    const operation = 'resource-explorer-2:ListSupportedResourceTypes'
    const { ResourceTypes, NextToken } = await call(operation, place, context, (client, options) =>
      client.send(new ListSupportedResourceTypesCommand({ MaxResults: PAGE_SIZE, NextToken: token }), options),
    )
    return { items: ResourceTypes, next: NextToken }
  })
  return new Set(types.flatMap(({ CFNResourceTypes = [] }) => CFNResourceTypes))
}

function noneWhereDenied(thrown: unknown): ReadonlySet<string> {
  if (thrown instanceof ExtractionError && thrown.code === 'ACCESS_DENIED') return new Set()
  throw thrown
}

async function list(call: Call, place: Place, { view, area }: ReadExplorer, context: Context, token?: string) {
  const { ListResourcesCommand } = await import('@aws-sdk/client-resource-explorer-2')
  const input = {
    ViewArn: view,
    MaxResults: PAGE_SIZE,
    NextToken: token,
    Filters: { FilterString: `region:${area}` },
  }
  const { Resources, NextToken } = await call('resource-explorer-2:ListResources', place, context, (client, options) =>
    client.send(new ListResourcesCommand(input), options),
  ).catch((thrown: unknown) => {
    throw cursorExpired(thrown, token)
  })
  if (!Resources) throw new ExtractionError('RESPONSE_INVALID', 'Resource Explorer answered without Resources')
  // What comes twice must not be counted twice.
  return { Resources: [...new Map(Resources.map((found) => [found.Arn, found])).values()], NextToken }
}
