import { ExtractionError, type Artifact, type Context, type Page, type PageReader, type Task } from '@cae/core'
import type { AssetPage } from './asset.ts'
import { assetTypesOf } from './asset-types.ts'
import type { ListAssets } from './call.ts'
import { toArtifact } from './translate.ts'

/** The most assets that ListAssets gives in a page. */
const PAGE_SIZE = 1000

/** All assets of one project at one moment. */
export function openSlice(list: ListAssets, task: Task, context: Context, regions?: readonly string[]): PageReader {
  const { services, readTime } = task.query as { services?: readonly string[]; readTime: string }
  const request = {
    parent: `projects/${task.scope}`,
    contentType: 'RESOURCE',
    pageSize: PAGE_SIZE,
    readTime: { seconds: Math.floor(Date.parse(readTime) / 1000) },
    ...(services && { assetTypes: assetTypesOf(services) }),
  } as const
  const wanted = regions && new Set(regions.map((region) => region.toLowerCase()))
  const isWanted = ({ metadata: { region } }: Artifact) => !wanted || wanted.has(region) || region === 'global'
  return {
    read: async (cursor) => {
      const page = await list({ ...request, ...(cursor !== null && { pageToken: cursor }) }, context).catch(
        (thrown: unknown) => {
          throw cursor === null ? thrown : aboutToken(thrown)
        },
      )
      return toPage(page, task, isWanted)
    },
    close: async () => {},
  }
}

// A request that was accepted for the first page can be wrong on a later one only by its token, which lives 72 hours.
function aboutToken(thrown: unknown): unknown {
  if (!(thrown instanceof ExtractionError) || thrown.code !== 'REQUEST_INVALID') return thrown
  return new ExtractionError('CURSOR_EXPIRED', thrown.message, {
    cause: thrown,
    ...(thrown.nativeCode && { nativeCode: thrown.nativeCode }),
  })
}

function toPage({ assets, nextPageToken }: AssetPage, task: Task, isWanted: (artifact: Artifact) => boolean): Page {
  const origin = { project: task.scope, asOf: task.asOf }
  return {
    artifacts: assets.map((asset) => toArtifact(asset, origin)).filter(isWanted),
    next: nextPageToken || null,
  }
}
