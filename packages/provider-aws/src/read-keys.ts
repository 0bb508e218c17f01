import type { BaseConfigurationItem, ConfigurationItem } from '@aws-sdk/client-config-service'
import { ExtractionError, type Artifact, type Expectation, type PageReader, type Task } from '@cae/core'
import { requireAccount } from './require-account.ts'
import { tally } from './tally.ts'
import { toArtifact } from './translate.ts'

/** A resource that a listing names. */
export interface Key {
  readonly id: string
  readonly name?: string
  /** Where the listing is of several. */
  readonly region?: string
}

/** An operation that lists resources of one type, and one that gives them by key. */
export interface Lister {
  readonly type: string
  readonly freshness: string
  /** What the items do not have. */
  readonly withheld: readonly string[]
  list(token: string | undefined): Promise<{ readonly keys: readonly Key[]; readonly token: string | undefined }>
  /** `unprocessed`: keys to be asked for once more. */
  get(keys: readonly Key[]): Promise<Got>
  /** One that `get` leaves unprocessed, with all that there is of it; undefined where it can't be had. */
  getAlone?(key: Key): Promise<ConfigurationItem | undefined>
  /** What is known otherwise of what the items do not have. */
  complete(artifacts: readonly Artifact[]): Promise<Artifact[]>
  /** Fewer were read than planning had counted: what the counts say now. */
  countAgain(): Promise<Expectation>
}

interface Got {
  readonly items: readonly (BaseConfigurationItem | ConfigurationItem)[]
  readonly unprocessed: readonly Key[]
}

/** `token`: of the next page of the listing. `keys`: listed before, but not given yet. */
interface Position {
  readonly token?: string
  readonly keys?: readonly Key[]
}

/**
 * One type by listing and getting. A page is what one page of the listing names, less what was left unprocessed, which is
 * the next page. A resource that is listed and not given has nothing but its identity.
 */
export function readKeys(lister: Lister, task: Task): PageReader {
  const { freshness } = lister
  const { count, isDoubtful } = tally(task)
  return {
    read: async (cursor) => {
      const position = cursor === null ? {} : (JSON.parse(cursor) as Position)
      const { keys, token } = position.keys
        ? { keys: position.keys, token: position.token }
        : await lister.list(position.token)
      const { artifacts, unprocessed } = await getPage(lister, keys, task)
      count(cursor, artifacts)
      const next = nextPosition(token, unprocessed)
      if (next !== null || !isDoubtful()) return { artifacts, next, freshness }
      return { artifacts, next, freshness, expected: await lister.countAgain() }
    },
    close: async () => {},
  }
}

function nextPosition(token: string | undefined, keys: readonly Key[]): string | null {
  if (!token && keys.length === 0) return null
  const position: Position = { ...(token && { token }), ...(keys.length > 0 && { keys }) }
  return JSON.stringify(position)
}

async function getPage(lister: Lister, keys: readonly Key[], { scope, region, asOf }: Task) {
  if (keys.length === 0) return { artifacts: [], unprocessed: [] }
  const { type, withheld } = lister
  const { items, unprocessed } = await getSome(lister, keys)
  const origin = { account: scope, region, asOf }
  const given = new Set(items.map(({ resourceId, awsRegion }) => `${awsRegion ?? region} ${resourceId}`))
  const isGiven = ({ id, region: at = region }: Key) => given.has(`${at} ${id}`) || given.has(`global ${id}`)
  const bare = keys.filter((key) => !isGiven(key) && !unprocessed.includes(key))
  const artifacts = [
    ...items.map((item) => {
      requireAccount(item.accountId, scope)
      return toArtifact(item, origin, 'relationships' in item ? [] : withheld)
    }),
    ...bare.map(({ id, name = null, region: awsRegion = null }) =>
      toArtifact({ resourceType: type, resourceId: id, resourceName: name, awsRegion }, origin, withheld),
    ),
  ]
  return { artifacts: await lister.complete(artifacts), unprocessed }
}

/**
 * Some of the keys, or all. Where none is processed, to ask for all of them again at once would be asked in vain, and would
 * look like a cursor that came back; and one that never is, such as an item that is too large, must not hold up the others.
 */
async function getSome(lister: Lister, keys: readonly Key[]): Promise<Got> {
  const got = await lister.get(keys)
  if (got.unprocessed.length < keys.length) return got
  const [first, ...unprocessed] = keys
  if (!lister.getAlone)
    throw new ExtractionError('THROTTLED', `AWS Config processed none of ${keys.length} keys of ${lister.type}`)
  const item = await lister.getAlone(first!)
  return { items: item ? [item] : [], unprocessed }
}
