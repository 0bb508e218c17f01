import type { QueryResponse } from '@azure/arm-resourcegraph'
import { ExtractionError, type Context, type Page, type PageReader, type Task } from '@cae/core'
import type { Query } from './call.ts'
import { kqlFor, type Table } from './kql.ts'
import type { Row } from './row.ts'
import { toArtifact } from './translate.ts'

/** The most rows that Resource Graph gives in a page. */
const PAGE_SIZE = 1000

/** One table of one subscription. */
export function openSlice(query: Query, task: Task, context: Context, pageSize = PAGE_SIZE): PageReader {
  const { services, locations } = task.query as { services?: readonly string[]; locations?: readonly string[] }
  const table = task.partition as Table
  const kql = kqlFor({ table, ...(services && { services }), ...(locations && { locations }) })
  const ask = (cursor: string | null) => {
    const paging = {
      top: pageSize,
      resultFormat: 'objectArray',
      ...(cursor !== null && { skipToken: cursor }),
    } as const
    return query({ subscriptions: [task.scope], query: kql, options: paging }, context)
  }
  return {
    read: async (cursor) => {
      const answer = await ask(cursor).catch((thrown: unknown) => {
        throw cursor === null ? thrown : aboutToken(thrown)
      })
      return toPage(answer, cursor, task)
    },
    close: async () => {},
  }
}

// A query that was accepted for the first page can be wrong on a later one only by its token.
function aboutToken(thrown: unknown): unknown {
  if (!(thrown instanceof ExtractionError) || thrown.code !== 'REQUEST_INVALID') return thrown
  return new ExtractionError('CURSOR_EXPIRED', thrown.message, {
    cause: thrown,
    ...(thrown.nativeCode && { nativeCode: thrown.nativeCode }),
  })
}

/** The skip token alone decides whether there is more: `resultTruncated` is not set on every page that has one. */
function toPage(answer: QueryResponse, cursor: string | null, task: Task): Page {
  const { data, count, totalRecords, resultTruncated, skipToken } = answer
  if (!Array.isArray(data) || data.length !== count) {
    throw new ExtractionError('RESPONSE_INVALID', 'Azure: Resource Graph gave another number of rows than it says')
  }
  if (!skipToken && resultTruncated === 'true') {
    throw new ExtractionError('RESULT_TRUNCATED', 'Azure: Resource Graph cut its answer short without a skip token')
  }
  const origin = { subscription: task.scope, asOf: task.asOf }
  return {
    artifacts: (data as readonly Row[]).map((row) => toArtifact(row, origin)),
    next: skipToken || null,
    ...(cursor === null && { expected: { count: totalRecords, source: 'totalRecords' } }),
  }
}
