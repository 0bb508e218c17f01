import { ExtractionError, type Context } from '@cae/core'
import type { Asset, RelatedAsset } from '../asset.ts'
import type { AssetApi } from '../client/call.ts'
import { loopGuard } from './cursor.ts'
import type { AssetPlace } from '../decode/decode.ts'
import { isAboutTypes, isRefused } from '../errors.ts'
import { createHeld, type Held } from './held.ts'
import type { GcpContent } from '../options.ts'

export const CONTENT_TYPES = { resource: 'RESOURCE', iam_policy: 'IAM_POLICY', relationship: 'RELATIONSHIP' } as const
export const PAGE_SIZE = 1000

/** What is read beside the resources. */
export type BesideContent = Exclude<GcpContent, 'resource'>

/** IAM policies and relationships of one slice, all of them held until their resources come by. */
export interface Beside {
  readonly held: Held
  /** Content that Google refuses for the whole scope, and why. */
  readonly refused: Map<BesideContent, ExtractionError>
  /** Content that Google says it has for none of the slice's types. */
  readonly none: Set<BesideContent>
  /** By content: the token of the next page, null when all are read. */
  readonly progress: Map<BesideContent, string | null>
}

export function createBeside(): Beside {
  return { held: createHeld(), refused: new Map(), none: new Set(), progress: new Map() }
}

export interface BesideRequest {
  readonly parent: string
  readonly readTime: { readonly seconds: number }
  readonly assetTypes?: string[]
}

/** Reads what is not held yet; after a throttle it goes on where it was. `wanted` leaves out what the slice does not want. */
export async function loadBeside(
  beside: Beside,
  contents: readonly BesideContent[],
  request: BesideRequest,
  wanted: (place: AssetPlace) => boolean,
  api: AssetApi,
  context: Context,
): Promise<void> {
  for (const content of contents) {
    if (!beside.refused.has(content)) await loadContent(beside, content, request, wanted, api, context)
  }
}

async function loadContent(
  { held, refused, none, progress }: Beside,
  content: BesideContent,
  request: BesideRequest,
  wanted: (place: AssetPlace) => boolean,
  api: AssetApi,
  context: Context,
): Promise<void> {
  const refuseLoop = loopGuard()
  let token: string | null = progress.has(content) ? progress.get(content)! : ''
  while (token !== null) {
    const at: string = token
    const page = { ...request, contentType: CONTENT_TYPES[content], pageSize: PAGE_SIZE, pageToken: at }
    try {
      const index = await api.index(page, context)
      refuseLoop(index.nextPageToken)
      await held.add(index, wanted)
      token = index.nextPageToken || null
    } catch (thrown) {
      const refusal = refusalOf(thrown, content, at, request.assetTypes !== undefined)
      if (refusal !== 'unsupported') return void refused.set(content, refusal)
      none.add(content)
      token = null
    }
    progress.set(content, token)
  }
}

/**
 * What an error of a content type means for the slice: the content is refused (and its resources are read all the same), or
 * none of the slice's types has it, which only an error can mean that says so. Throws what concerns the slice as a whole.
 */
function refusalOf(
  thrown: unknown,
  content: BesideContent,
  token: string,
  hasTypes: boolean,
): ExtractionError | 'unsupported' {
  if (!(thrown instanceof ExtractionError)) throw thrown
  const { code, message, nativeCode } = thrown
  if (code === 'REQUEST_INVALID' && token !== '') {
    throw new ExtractionError('CURSOR_EXPIRED', message, { cause: thrown, ...(nativeCode && { nativeCode }) })
  }
  if (hasTypes && isAboutTypes(thrown)) return 'unsupported'
  // A scope that is not there has no resources either.
  if (!isRefused(thrown) || code === 'SCOPE_NOT_FOUND') throw thrown
  if (content === 'relationship') {
    return new ExtractionError('NOT_ENABLED', `relationships need Security Command Center Premium: ${message}`, {
      cause: thrown,
    })
  }
  return thrown
}

/** A resource with what was held under its name. */
export function withBeside(asset: Asset, others: readonly Asset[]): Asset {
  return others.length === 0 ? asset : merge([asset, ...others])
}

/** Assets of one name as one: each brings its own content. What a listing has given twice counts once. */
export function merge(assets: readonly Asset[]): Asset {
  const relations = new Map<string, RelatedAsset>()
  for (const { relatedAsset } of assets) if (relatedAsset) relations.set(relationKey(relatedAsset), relatedAsset)
  const relatedAssets = [...relations.values()]
  const { relatedAsset: _, ...first } = assets[0]!
  const iamPolicy = assets.find((asset) => asset.iamPolicy !== undefined)?.iamPolicy
  return {
    ...first,
    ...(iamPolicy !== undefined && { iamPolicy }),
    ...(relatedAssets.length > 0 && { relatedAssets }),
  }
}

function relationKey({ relationshipType, asset }: RelatedAsset): string {
  return `${relationshipType} ${asset}`
}
