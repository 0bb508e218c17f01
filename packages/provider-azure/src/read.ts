import { ExtractionError, takeAll, type Context, type Gap, type Page, type PageReader, type Task } from '@cae/core'
import type { GraphPage, Query } from './graph.ts'
import { pageKql, type Partition } from './kql.ts'
import type { PageSizes } from './page-sizes.ts'
import { after, partitionAt, readCursor, splitAfter, writeCursor } from './partitions.ts'
import type { Row } from './row.ts'
import { graphScope, type SliceQuery } from './slice.ts'
import { toArtifact } from './translate.ts'

/** How Resource Graph keeps itself current. Source: its documentation, "How Resource Graph is kept current". */
const FRESHNESS = 'notified of changes, with regular full scans'

/** So many partitions are given up before the slice is: one row may be larger than an answer, hardly several. */
const MAX_LOST = 3

/** Rows of one table, each page of them one query of its own, by the hash of their ids: no token goes from page to page. */
export function openRows(query: Query, task: Task, rows: SliceQuery, context: Context, sizes: PageSizes): PageReader {
  return {
    read: async (text) => {
      const cursor = readCursor(text)
      const partition = partitionAt(cursor, rows)
      if (!partition || cursor.lost > MAX_LOST) throw stillTooLarge(task)
      const kql = pageKql(rows, partition)
      const answer = await query<Row>(kql, graphScope(rows), context, { top: sizes.page }).catch(tooLarge)
      if (answer === TOO_LARGE || answer.skipToken) {
        return { artifacts: [], next: writeCursor(splitAfter(cursor, partition, rows)), freshness: FRESHNESS }
      }
      const next = after(cursor, rows)
      return toPage(answer, partition, next && writeCursor(next), rows, task)
    },
    close: async () => {},
  }
}

function toPage(
  answer: GraphPage<Row>,
  { modulus }: Partition,
  next: string | null,
  rows: SliceQuery,
  task: Task,
): Page {
  const origin = originOf(rows, task)
  const gaps = modulus === 1 ? dropped(answer.rows, rows) : []
  return {
    artifacts: takeAll(answer.rows).map((row) => toArtifact(row, origin)),
    next,
    freshness: FRESHNESS,
    ...(task.expected && { expected: task.expected }),
    ...(gaps.length > 0 && { plan: { slices: [], gaps } }),
  }
}

const TOO_LARGE = Symbol('more than 16 MB')

function tooLarge(thrown: unknown): typeof TOO_LARGE {
  if (thrown instanceof ExtractionError && thrown.nativeCode === 'ResponsePayloadTooLarge') return TOO_LARGE
  throw thrown
}

function stillTooLarge({ scope, partition }: Task): ExtractionError {
  const message = `Azure: rows of ${partition} in ${scope} stay larger than an answer may be, however few are asked for`
  return new ExtractionError('RESULT_TRUNCATED', message)
}

function originOf({ subscriptions }: SliceQuery, { asOf }: Task) {
  const [only, another] = subscriptions ?? []
  return { asOf, ...(only !== undefined && another === undefined && { subscription: only }) }
}

/**
 * Subscriptions that had rows when they were counted, and have none on the one page that holds them all: Resource Graph
 * leaves out without a word what we may no longer read. The slice's own count falls short as well; this says of whom.
 */
function dropped(found: readonly Row[], { subscriptions = [], table }: SliceQuery): Gap[] {
  if (subscriptions.length < 2) return []
  const seen = new Set(found.map(({ subscriptionId }) => subscriptionId?.toLowerCase()))
  return subscriptions
    .filter((id) => !seen.has(id))
    .map((scope) => ({
      scope,
      region: 'global',
      partition: table,
      code: 'COUNT_MISMATCH',
      message: 'Azure: the subscription had rows when they were counted and has none now: deleted, or out of our sight',
    }))
}
