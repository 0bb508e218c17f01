import type { BaseConfigurationItem } from '@aws-sdk/client-config-service'
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
  get(keys: readonly Key[]): Promise<{
    readonly items: readonly BaseConfigurationItem[]
    readonly unprocessed: readonly Key[]
  }>
  /** What is known otherwise of what the items do not have. */
  complete(artifacts: readonly Artifact[]): Promise<readonly Artifact[]>
  /** Fewer were read than planning had counted: what the counts say now. */
  countAgain(): Promise<Expectation>
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
  const { items, unprocessed } = await lister.get(keys)
  // To ask for all of them again at once would be asked in vain, and would look like a cursor that came back.
  if (unprocessed.length === keys.length) {
    throw new ExtractionError('THROTTLED', `AWS Config processed none of ${keys.length} keys of ${type}`)
  }
  const origin = { account: scope, region, asOf }
  const given = new Set(items.map(({ resourceId, awsRegion }) => `${awsRegion ?? region} ${resourceId}`))
  const isGiven = ({ id, region: at = region }: Key) => given.has(`${at} ${id}`) || given.has(`global ${id}`)
  const bare = keys.filter((key) => !isGiven(key) && !unprocessed.includes(key))
  const artifacts = [
    ...items.map((item) => {
      requireAccount(item.accountId, scope)
      return toArtifact(item, origin, withheld)
    }),
    ...bare.map(({ id, name = null, region: awsRegion = null }) =>
      toArtifact({ resourceType: type, resourceId: id, resourceName: name, awsRegion }, origin, withheld),
    ),
  ]
  return { artifacts: await lister.complete(artifacts), unprocessed }
}
