import { searchedAs } from '../asset-types.ts'

/** How many resources a search found: host → kind → count, which is shorter than by whole types. */
export type Counts = Readonly<Record<string, Readonly<Record<string, number>>>>

export function totalOf(counts: Counts): number {
  return Object.values(counts).reduce((sum, kinds) => sum + hostTotal(kinds), 0)
}

export function hostTotal(kinds: Readonly<Record<string, number>>): number {
  return Object.values(kinds).reduce((sum, count) => sum + count, 0)
}

/** Splits `compute.googleapis.com/Instance`. */
export function hostAndKind(assetType: string): readonly [host: string, kind: string] {
  const slash = assetType.indexOf('/')
  return [assetType.slice(0, slash), assetType.slice(slash + 1)]
}

/** What was listed beside what a search had counted, by type: other types cannot make up for what is missing of one. */
export interface Tally {
  /** In the order of `listed`. */
  readonly types: readonly string[]
  /** Adds an asset to the listed ones; false where the search has not counted its type. */
  add(listed: number[], assetType: string): boolean
  /** Types of which the search found some and the listing none. */
  absent(listed: readonly number[]): string[]
  /** How many more the search had counted, by type, without those left out. */
  missing(listed: readonly number[], except: ReadonlySet<string>): ReadonlyMap<string, number>
}

export function createTally(counts: Counts): Tally {
  const pairs = Object.entries(counts).flatMap(([host, kinds]) =>
    Object.entries(kinds).map(([kind, count]) => [`${host}/${kind}`, count] as const),
  )
  const types: readonly string[] = pairs.map(([type]) => type)
  const positions = new Map(types.map((type, n) => [type, n]))
  return {
    types,
    add(listed, assetType) {
      const position = positions.get(assetType) ?? positions.get(searchedAs(assetType))
      if (position !== undefined) listed[position] = (listed[position] ?? 0) + 1
      return position !== undefined
    },
    absent: (listed) => types.filter((_, n) => !listed[n]),
    missing: (listed, except) =>
      new Map(
        pairs
          .map(([type, count], n) => [type, count - (listed[n] ?? 0)] as const)
          .filter(([type, count]) => count > 0 && !except.has(type)),
      ),
  }
}
