import type { Context, ExtractionError, Gap, Page, PageReader, Plan, Task } from '@cae/core'
import type { Call } from '../client/call.ts'
import type { Place } from '../client/client.ts'
import { resourceLister, type ListPage, type ListPosition } from './cloud-control-lister.ts'
import { handlerFailed, refusalOf, requireError } from './cloud-control-refusal.ts'
import { cursorExpired } from '../client/cursor-expired.ts'
import { cloudControlSlice, explorerSlice, INDEXED, label, type ReadCloudControl } from './unrecorded-slices.ts'

interface Position extends ListPosition {
  /** The type, by its number in the query. */
  readonly type: number
  /** Counted resources of types that this slice could not list and does not hold. */
  readonly lost?: number | undefined
}

/**
 * Types one after the other. A type that can't be listed never looks empty: where it is refused it becomes a gap, with a
 * slice of Resource Explorer beside it if there is a view; where its handler fails it gets a slice of its own, which is
 * tried again without holding up the others. A slice of one type ends with the error itself.
 */
export function readCloudControl(
  call: Call,
  place: Place,
  task: Task,
  query: ReadCloudControl,
  context: Context,
): PageReader {
  const list = resourceLister(call, place, task.asOf, context)
  const read = async (at: Position): Promise<Page> => {
    try {
      const { artifacts, ...to } = await list(query.types[at.type]!, at)
      const isLast = to.token === undefined && to.after === undefined
      return pageOf(query, at.lost, isLast ? after(query, at) : { type: at.type, lost: at.lost, ...to }, { artifacts })
    } catch (thrown) {
      const left = leftOut(thrown, query, at)
      return pageOf(query, left.lost, left.next, { artifacts: [], plan: planFor(left, query, place) })
    }
  }
  return {
    read: (cursor) => read(cursor === null ? { type: 0 } : (JSON.parse(cursor) as Position)),
    close: async () => {},
  }
}

function pageOf(
  query: ReadCloudControl,
  lost = 0,
  next: Position | null,
  holds: Pick<ListPage, 'artifacts'> & { readonly plan?: Plan },
): Page {
  const all = query.counts && sum(query.counts)
  return {
    ...holds,
    next: next && JSON.stringify(next),
    ...(all !== undefined && { expected: { count: all - lost, source: INDEXED } }),
  }
}

function after({ types }: ReadCloudControl, { type, lost }: Position): Position | null {
  return type + 1 < types.length ? { type: type + 1, ...(lost && { lost }) } : null
}

interface LeftOut {
  readonly types: readonly string[]
  readonly counts: readonly number[] | undefined
  readonly error: ExtractionError
  /** Whether asking again is of no use. */
  readonly refused: boolean
  readonly lost: number
  readonly next: Position | null
}

/** The types that an error leaves out of the slice; throws it where it is not about types, or about all that there are. */
function leftOut(thrown: unknown, query: ReadCloudControl, at: Position): LeftOut {
  const error = requireError(cursorExpired(thrown, at.token))
  // What is delivered already must not be read by another slice again.
  if (at.token !== undefined || at.after !== undefined) throw error
  const refusal = refusalOf(error)
  if (!refusal && !handlerFailed(error)) throw error
  const end = refusal?.ofAll ? query.types.length : at.type + 1
  const types = query.types.slice(at.type, end)
  const isAll = types.length === query.types.length
  if (isAll && !(refusal && query.index)) throw refusal?.error ?? error
  const counts = query.counts?.slice(at.type, end)
  const lost = (at.lost ?? 0) + (counts ? sum(counts) : 0)
  const next = after(query, { type: end - 1, lost })
  return { types, counts, error: refusal?.error ?? error, refused: refusal !== null, lost, next }
}

function planFor({ types, counts, error, refused }: LeftOut, { index }: ReadCloudControl, place: Place): Plan {
  if (!refused) {
    const slice = { kind: 'cloud-control', types, ...(counts && { counts }), ...(index && { index }) } as const
    return { slices: [cloudControlSlice(place, slice)], gaps: [] }
  }
  const gap: Gap = {
    scope: place.account.account_id,
    region: place.region,
    partition: `unlisted-${label(types)}`,
    code: error.code,
    message: `${error.message}; to see ${named(types)} with configuration, start the AWS Config recorder`,
  }
  if (!index) return { slices: [], gaps: [gap] }
  const slice = explorerSlice(place, { kind: 'explorer', ...index, only: types })
  return { slices: [slice], gaps: [gap] }
}

function named(types: readonly string[]): string {
  return types.length === 1 ? types[0]! : `these ${types.length} types`
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0)
}
