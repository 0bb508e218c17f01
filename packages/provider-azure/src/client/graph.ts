import type { QueryRequest, QueryResponse, ResourceGraphClient } from '@azure/arm-resourcegraph'
import { ExtractionError, type Context } from '@cae/core'
import { takeRows } from './answer-text.ts'
import type { Attempt, Call } from './call.ts'
import type { Clients } from './client.ts'

// What Azure's own command line sends in one query; it leaves the others out, with a warning.
export const GROUPS_PER_QUERY = 10

/** Whose rows a query may show. Neither list: the whole tenant, as far as the identity sees it. */
export interface GraphScope {
  readonly subscriptions?: readonly string[]
  readonly managementGroups?: readonly string[]
}

export interface GraphPage<T> {
  readonly rows: T[]
  readonly skipToken: string | undefined
}

export interface GraphPaging {
  readonly top?: number
  readonly skipToken?: string
}

/** Asks Resource Graph one query. Rejects with an `ExtractionError`, or with the signal's reason. */
export type Query = <T>(kql: string, scope: GraphScope, context: Context, paging?: GraphPaging) => Promise<GraphPage<T>>

const MAX_PAGE = 1000

/**
 * Rows below the scope only (`AtScopeAndBelow`, also where that is the default): what is assigned above would come back
 * with every subscription below it, and be counted as often.
 */
const FILTER = 'AtScopeAndBelow'

export function graphQuery(clients: Clients, call: Call): Query {
  return async <T>(
    kql: string,
    scope: GraphScope,
    context: Context,
    { top = MAX_PAGE, skipToken }: GraphPaging = {},
  ) => {
    const request: QueryRequest = {
      query: kql,
      ...(scope.subscriptions && { subscriptions: [...scope.subscriptions] }),
      ...(scope.managementGroups && { managementGroups: [...scope.managementGroups] }),
      options: { top, resultFormat: 'objectArray', authorizationScopeFilter: FILTER, ...(skipToken && { skipToken }) },
    }
    const answer = await call('resources', async (attempt) => ask(await clients.graph(), request, attempt), context)
    return toPage<T>(answer, skipToken !== undefined)
  }
}

async function ask(graph: ResourceGraphClient, query: QueryRequest, attempt: Attempt): Promise<QueryResponse> {
  let rows: unknown[] | undefined
  const answer = await graph.resources(query, {
    ...attempt,
    onResponse: (response) => {
      attempt.onResponse(response)
      rows = takeRows(response.request)
    },
  })
  return rows ? { ...answer, data: rows } : answer
}

/** The native code of a `RESULT_TRUNCATED` that asking for fewer rows helps against. */
export const CUT_SHORT = 'resultTruncated'

/** The skip token alone decides whether there is more: `resultTruncated` is not set on every page that has one. */
function toPage<T>(answer: QueryResponse, isLater: boolean): GraphPage<T> {
  const { data, count, totalRecords, resultTruncated, skipToken } = answer
  if (!Array.isArray(data) || data.length !== count) {
    throw new ExtractionError('RESPONSE_INVALID', 'Azure: Resource Graph gave another number of rows than it says')
  }
  if (!skipToken && resultTruncated === 'true') {
    throw new ExtractionError('RESULT_TRUNCATED', 'Azure: Resource Graph cut its answer short without a skip token', {
      nativeCode: CUT_SHORT,
    })
  }
  // Not `<`, which an answer that does not say how many there are would pass.
  if (!skipToken && !isLater && !(data.length >= totalRecords)) {
    const message = `Azure: Resource Graph gave ${data.length} rows of ${totalRecords}, and no way to the rest`
    throw new ExtractionError('RESPONSE_INVALID', message)
  }
  return { rows: data as T[], skipToken: skipToken || undefined }
}
