import type { Context, Estimate } from '@cae/core'
import type { AssetApi } from '../client/call.ts'
import { loopGuard } from '../read/cursor.ts'
import type { GcpContent } from '../options.ts'
import { SEARCH_PAGE, searchRequest } from '../plan/plan-scope.ts'
import { SLICE_ASSETS } from '../plan/partition.ts'
import type { GcpScope } from '../scope.ts'

/** Pages of a search that a check reads: 50,000 resources, in some twenty seconds of the quota. */
const MAX_PAGES = 100
const LIST_PAGE = 1000

/**
 * Of each thousand resources, how many assets each content type lists: a guess, since nothing counts policies. Every
 * seventh or so has a policy of its own, every second a relationship.
 */
const PER_THOUSAND: Readonly<Record<GcpContent, number>> = { resource: 1000, iam_policy: 150, relationship: 500 }

/** Counts the resources of a scope, and the calls that reading them takes; `before`: those that list before it is read. */
export async function estimateOf(
  api: AssetApi,
  { parent }: GcpScope,
  content: readonly GcpContent[],
  before: number,
  context: Context,
): Promise<{ readonly estimate: Estimate; readonly isWhole: boolean }> {
  const refuseLoop = loopGuard()
  const request = searchRequest({ parent })
  let resources = 0
  let pageToken = ''
  for (let page = 0; page < MAX_PAGES; page++) {
    const answer = await api.search({ ...request, pageToken }, context)
    resources += answer.found.length
    pageToken = answer.nextPageToken
    refuseLoop(pageToken)
    if (pageToken === '') break
  }
  const lists = content.reduce((sum, one) => sum + pagesOf(resources, one), before)
  const searches = Math.max(1, Math.ceil(resources / SEARCH_PAGE))
  const calls = {
    'gcp.asset.list.project': lists,
    'gcp.asset.list.organization': lists,
    'gcp.asset.search.project': searches,
    'gcp.asset.search.organization': searches,
  }
  return { estimate: { resources, calls }, isWhole: pageToken === '' }
}

// Each slice wastes half a page at its end.
function pagesOf(resources: number, content: GcpContent): number {
  const slices = Math.max(1, Math.ceil(resources / SLICE_ASSETS))
  return Math.ceil((resources * PER_THOUSAND[content]) / 1000 / LIST_PAGE + slices / 2)
}
