import type { BaseConfigurationItem, ConfigurationItem } from '@aws-sdk/client-config-service'
import { ExtractionError, type Artifact, type Expectation, type PageReader, type Task } from '@cae/core'
import { beyond, type Beyond, type Queries } from './beyond.ts'
import type { Key } from './key.ts'
import { QUERIED } from '../query/counts.ts'
import { isDeleted, isUnrecorded } from '../translate/item-status.ts'
import { requireAccount } from '../client/require-account.ts'
import { originOf } from './read-rows.ts'
import { tally } from '../query/tally.ts'
import { toArtifact } from '../translate/translate.ts'

/** An operation that lists resources of one type, and one that gives them by key. */
export interface Lister {
  readonly type: string
  readonly freshness: string
  /** What the items do not have. */
  readonly withheld: readonly string[]
  list(token: string | undefined): Promise<{ readonly keys: readonly Key[]; readonly token: string | undefined }>
  /** Where other slices read what queries have of the type. */
  readonly queries?: Queries | undefined
  /** `unprocessed`: keys to be asked for once more. */
  get(keys: readonly Key[]): Promise<Got>
  /** One that `get` leaves unprocessed. */
  getAlone(key: Key): Promise<Alone>
  /** What is known otherwise of what the items do not have. */
  complete(artifacts: readonly Artifact[]): Promise<Artifact[]>
  /** Fewer were read than planning had counted: what the counts say now. `given`: with what queries have. */
  countAgain(given?: boolean): Promise<Expectation>
}

interface Got {
  readonly items: readonly (BaseConfigurationItem | ConfigurationItem)[]
  readonly unprocessed: readonly Key[]
}

/** One resource that was asked for alone: an item with all that there is of it, or why there is none. */
export type Alone =
  | { readonly item: ConfigurationItem }
  /** It is larger than an answer may be. */
  | { readonly oversized: true }
  /** No operation gives it; in the provider's words. */
  | { readonly unread: string }

/**
 * `token`: of the next page of the listing. `keys`: listed before, but not given yet; they have been in `sent` batches.
 * `unread`: how many of this slice no operation gave, and why not the last one. `given`, `learnt`: see `beyond`.
 */
interface Position extends Pick<Beyond, 'given' | 'learnt'> {
  readonly token?: string
  readonly keys?: readonly Key[]
  readonly sent?: number
  readonly unread?: { readonly count: number; readonly why: string }
}

/** Batches that a key goes in before it is asked for alone. */
const MAX_SENT = 3

/**
 * One type by listing and getting. A page is what one page of the listing names, less what was left unprocessed, which is
 * the next page. A resource that is listed and not given has nothing but its identity; where that is because no operation
 * gives it, the slice ends as `RESULT_TRUNCATED` after all others are read.
 */
export function readKeys(lister: Lister, task: Task): PageReader {
  const { freshness } = lister
  const { count, isDoubtful } = tally(task)
  return {
    read: async (cursor) => {
      const position = cursor === null ? {} : (JSON.parse(cursor) as Position)
      if (position.unread && !position.token && !position.keys) throw unreadError(lister, position.unread)
      const { keys, token, artifacts: rows, ...known } = await listPage(lister, position, cursor === null)
      const { sent = 0 } = position
      const { artifacts: got, unprocessed, why } = await getPage(lister, keys, sent, task)
      const artifacts = [...rows, ...got]
      count(cursor, artifacts)
      const unread = why === undefined ? position.unread : { count: (position.unread?.count ?? 0) + 1, why }
      const left = unprocessed.length > 0 && { keys: unprocessed, sent: sent + 1 }
      const page = { artifacts, freshness }
      if (token || left || unread) {
        const next: Position = { ...(token && { token }), ...left, ...(unread && { unread }), ...known }
        return { ...page, next: JSON.stringify(next) }
      }
      if (known.learnt) return { ...page, next: null, missing: { count: known.learnt, source: QUERIED } }
      if (!known.given && !isDoubtful()) return { ...page, next: null }
      return { ...page, next: null, expected: await lister.countAgain(known.given) }
    },
    close: async () => {},
  }
}

/** What a page of the listing names; or what was left of the one before. */
async function listPage(
  lister: Lister,
  position: Position,
  isFirst: boolean,
): Promise<Beyond & Pick<Position, 'token'>> {
  const { keys, token } = position
  if (keys) return { keys, artifacts: [], ...(token && { token }), ...kept(position) }
  const listed = await lister.list(token)
  const next = listed.token ? { token: listed.token } : {}
  if (!lister.queries) return { keys: listed.keys, artifacts: [], ...next }
  const at = { isFirst, isLast: !listed.token, given: position.given }
  return { ...(await beyond(lister.queries, listed.keys, at)), ...next }
}

function kept({ given, learnt }: Pick<Position, 'given' | 'learnt'>): Pick<Position, 'given' | 'learnt'> {
  return { ...(given && { given }), ...(learnt && { learnt }) }
}

function unreadError({ type }: Lister, { count, why }: NonNullable<Position['unread']>): ExtractionError {
  const message = `AWS Config names ${count} resources of ${type} that it gives neither in a batch nor alone; they are delivered by identity alone: ${why}`
  return new ExtractionError('RESULT_TRUNCATED', message)
}

async function getPage(lister: Lister, keys: readonly Key[], sent: number, task: Task) {
  if (keys.length === 0) return { artifacts: [], unprocessed: [] }
  const { type, withheld } = lister
  const { items, unprocessed, why } = await getSome(lister, keys, sent)
  const origin = originOf(task)
  const { account, region } = origin
  for (const { accountId } of items) requireAccount(accountId, account)
  const existing = items.filter((item) => !isDeleted(item))
  const given = new Set(items.map(({ resourceId, awsRegion }) => `${awsRegion ?? region} ${resourceId}`))
  const isGiven = ({ id, region: at = region }: Key) => given.has(`${at} ${id}`) || given.has(`global ${id}`)
  const bare = keys.filter((key) => !isGiven(key) && !unprocessed.includes(key))
  const artifacts = [
    ...existing.map((item) => toArtifact(item, origin, 'relationships' in item && !isUnrecorded(item) ? [] : withheld)),
    ...bare.map(({ id, name = null, region: awsRegion = null }) =>
      toArtifact({ resourceType: type, resourceId: id, resourceName: name, awsRegion }, origin, withheld),
    ),
  ]
  return { artifacts: await lister.complete(artifacts), unprocessed, why }
}

interface GotSome extends Got {
  readonly why?: string
}

/**
 * Some of the keys, or all. Those that a batch leaves unprocessed are sent again, but not for ever: one that never is
 * processed, such as an item that is too large, must not hold up the others.
 */
async function getSome(lister: Lister, keys: readonly Key[], sent: number): Promise<GotSome> {
  if (sent < MAX_SENT) {
    const got = await lister.get(keys)
    if (got.unprocessed.length < keys.length) return got
  }
  const [first, ...unprocessed] = keys
  const alone = await lister.getAlone(first!)
  return {
    items: 'item' in alone ? [alone.item] : [],
    unprocessed,
    ...('unread' in alone && { why: `of ${first!.id}, ${alone.unread}` }),
  }
}
