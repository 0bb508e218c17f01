import {
  ExtractionError,
  takeAll,
  type Artifact,
  type Context,
  type Gap,
  type Page,
  type PageReader,
  type Task,
} from '@cae/core'
import { CUT_SHORT, type GraphPage, type Query } from '../client/graph.ts'
import { pageKql } from '../kql.ts'
import type { PageSizes } from '../plan/page-sizes.ts'
import { after, partitionAt, readCursor, splitAfter, writeCursor } from './partitions.ts'
import type { Row } from '../translate/row.ts'
import { graphScope, type SliceQuery } from '../slice.ts'
import { toArtifact, type RowOrigin } from '../translate/translate.ts'

/** How Resource Graph keeps itself current. Source: its documentation, "How Resource Graph is kept current". */
const FRESHNESS = 'notified of changes, with regular full scans'

/** So many partitions are given up before the slice is: one row may be larger than an answer, hardly several. */
const MAX_LOST = 3

/** Rows of one table, each page of them one query of its own, by the hash of their ids: no token goes from page to page. */
export function openRows(query: Query, task: Task, rows: SliceQuery, context: Context, sizes: PageSizes): PageReader {
  const seen = seenIn(rows)
  return {
    read: async (text) => {
      const cursor = readCursor(text)
      const partition = partitionAt(cursor, rows)
      if (!partition || cursor.lost > MAX_LOST) throw stillTooLarge(task)
      if (text === null) seen.begin()
      const kql = pageKql(rows, partition)
      const answer = await query<Row>(kql, graphScope(rows), context, { top: sizes.page }).catch(tooLarge)
      if (answer === TOO_LARGE || answer.skipToken) {
        return { artifacts: [], next: writeCursor(splitAfter(cursor, partition, rows)), freshness: FRESHNESS }
      }
      seen.add(answer)
      const next = after(cursor, rows)
      return toPage(answer, next && writeCursor(next), next ? NOTHING : seen.judged(), rows, task)
    },
    close: async () => {},
  }
}

function toPage(answer: GraphPage<Row>, next: string | null, judged: Judgement, rows: SliceQuery, task: Task): Page {
  const origin = originOf(rows, task)
  const { missing, gaps } = judged
  return {
    artifacts: toArtifacts(takeAll(answer.rows), origin),
    next,
    freshness: FRESHNESS,
    ...(task.expected &&
      (missing > 0 ? { missing: { ...task.expected, count: missing } } : { expected: task.expected })),
    ...(gaps.length > 0 && { plan: { slices: [], gaps } }),
  }
}

// A loop, since what V8 has compiled of a function that lives only for a page is gone with the next full collection
// (docs/decisions/0004).
function toArtifacts(rows: readonly Row[], origin: RowOrigin): Artifact[] {
  const artifacts: Artifact[] = []
  for (const row of rows) artifacts.push(toArtifact(row, origin))
  return artifacts
}

const TOO_LARGE = Symbol('more than 16 MB, or cut short')
const TOO_LARGE_CODES: readonly (string | undefined)[] = ['ResponsePayloadTooLarge', CUT_SHORT]

function tooLarge(thrown: unknown): typeof TOO_LARGE {
  if (thrown instanceof ExtractionError && TOO_LARGE_CODES.includes(thrown.nativeCode)) return TOO_LARGE
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

/** What the subscriptions that share a slice say of it once all was read. */
interface Judgement {
  /** Rows that some of them had when they were counted, and have no more. */
  readonly missing: number
  readonly gaps: readonly Gap[]
}

const NOTHING: Judgement = { missing: 0, gaps: [] }

/**
 * How many rows each of the subscriptions that share a slice had: what is new in one must not stand for what is missing in
 * another. All of them had some when they were counted; one that has none now gets a gap, since Resource Graph leaves out
 * without a word what we may no longer read. Where another reader read the first pages, nobody can say, and the count of
 * all together judges.
 */
function seenIn({ subscriptions = [], counts = [], table }: SliceQuery) {
  let seen: Map<string | undefined, Set<string>> | undefined
  const rowsOf = (id: string) => seen?.get(id)?.size ?? 0
  return {
    begin(): void {
      if (subscriptions.length > 1) seen = new Map(subscriptions.map((id) => [id, new Set()]))
    },
    add({ rows }: GraphPage<Row>): void {
      if (seen)
        for (const { id, subscriptionId } of rows) seen.get(subscriptionId?.toLowerCase())?.add(id?.toLowerCase())
    },
    judged(): Judgement {
      if (!seen) return NOTHING
      const missing = counts.reduce((sum, count, n) => sum + Math.max(0, count - rowsOf(subscriptions[n]!)), 0)
      return { missing, gaps: subscriptions.filter((id) => rowsOf(id) === 0).map((id) => droppedGap(id, table)) }
    },
  }
}

function droppedGap(scope: string, table: string): Gap {
  return {
    scope,
    region: 'global',
    partition: table,
    code: 'COUNT_MISMATCH',
    message: 'Azure: the subscription had rows when they were counted and has none now: deleted, or out of our sight',
  }
}
