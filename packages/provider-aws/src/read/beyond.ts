import { ExtractionError, type Artifact, type Expectation, type Task } from '@cae/core'
import { expectAgain } from '../query/counts.ts'
import { selectRows, type Condition } from '../query/expression.ts'
import { idExpressions } from '../query/id-expressions.ts'
import { isDeleted } from '../translate/item-status.ts'
import { parseRow } from '../query/parse-row.ts'
import type { Key } from './key.ts'

/** Queries over the resources of a listing, which other slices read as rows. */
export interface Queries {
  /** What they all have, such as their type. */
  readonly within: NonNullable<Condition['in']>
  /** How many of them there were when the slices were planned. */
  readonly planned: number
  count(): Promise<number>
  rows(expression: string): Promise<string[]>
  toArtifacts(rows: string[]): Promise<Artifact[]>
}

/** Where in its listing a page is. */
export interface Progress {
  readonly isFirst: boolean
  readonly isLast: boolean
  /** What queries have is given as well, from the first page on. */
  readonly given?: true | undefined
}

export interface Beyond {
  readonly given?: true
  /** What queries do not have. */
  readonly keys: readonly Key[]
  /** What they have, where it is given. */
  readonly artifacts: readonly Artifact[]
  /** How many they have learnt of since the first page: those are left out here, and maybe in the slices of rows too. */
  readonly learnt?: number
}

/**
 * What a page of a listing names and queries do not have. The slices of rows had what queries knew when the slices were
 * planned, and may have been read before queries learnt of more. So where there is more by now, all that queries have is
 * given here too, as rows. One that they learn of while another goes is not noticed: the count is the same.
 */
export async function beyond(queries: Queries, keys: readonly Key[], at: Progress): Promise<Beyond> {
  const known = await knownKeys(queries, keys)
  const left = keys.filter((key) => !known.has(textOf(key)))
  // Asked for after what was found, so that what it does not count was not found.
  const learnt = at.given || !(at.isFirst || at.isLast) ? 0 : Math.max(0, (await queries.count()) - queries.planned)
  const given = at.given ?? (at.isFirst && learnt > 0)
  if (!given) return { keys: left, artifacts: [], ...(learnt > 0 && { learnt }) }
  const ids = keys.filter((key) => known.has(textOf(key))).map(({ id }) => id)
  return { keys: left, artifacts: await queries.toArtifacts(await ask(queries, ids, selectRows)), given: true }
}

// An item of a resource that exists no more may be of one that exists again.
async function knownKeys(queries: Queries, keys: readonly Key[]): Promise<ReadonlySet<string>> {
  const ids = [...new Set(keys.map(({ id }) => id))]
  const found = await ask(queries, ids).catch(noneWhereRefused)
  const rows = found.map(parseRow).filter((row) => !isDeleted(row))
  const hasRegions = keys.some(({ region }) => region !== undefined)
  return new Set(
    rows.map(({ resourceId, awsRegion }) =>
      textOf({ id: String(resourceId), ...(hasRegions && { region: String(awsRegion) }) }),
    ),
  )
}

// An id that can't stand in a query, such as one with a character that it takes otherwise: what is read twice is not lost.
function noneWhereRefused(thrown: unknown): [] {
  if (thrown instanceof ExtractionError && thrown.code === 'REQUEST_INVALID') return []
  throw thrown
}

async function ask(queries: Queries, ids: readonly string[], select?: (condition: Condition) => string) {
  const answers = await Promise.all(idExpressions(queries.within, ids, select).map((one) => queries.rows(one)))
  return answers.flat()
}

interface Counted {
  /** What `discovered` is from. */
  readonly source: string
  /** How many of them queries had when the slice was planned, and have now, where those are not given here. */
  readonly beyond?: number | undefined
  readonly queried?: number
}

/**
 * What a listing is held to that came out short. Where queries have learnt of some meanwhile, it is not held to fewer for
 * that: they may be in no slice.
 */
export function countBeyond(
  { expected }: Pick<Task, 'expected'>,
  discovered = 0,
  { source, beyond, queried = 0 }: Counted,
): Expectation {
  if (beyond === undefined) return expectAgain(expected, { count: discovered, source })
  return { count: Math.max(0, discovered - Math.min(beyond, queried)), source }
}

/** Ids of some types are unique within a region only. */
export function textOf({ id, region }: Key): string {
  return region === undefined ? id : `${region} ${id}`
}
