import type { Asset } from '../asset.ts'
import { decodeAsset, type AssetIndex, type AssetPlace } from '../decode/decode.ts'
import { NOTHING, nameKey, trackFrom, type Fingerprint } from './fingerprint.ts'
import { createSpool, type Spool } from './spool.ts'

/**
 * Assets of the content types beside RESOURCE, held in their bytes until the resource of the same name comes by. In
 * memory stand five numbers for each and, up to the spool's bound, its bytes.
 */
export interface Held {
  /** All assets of a page, or those that are wanted. */
  add(index: AssetIndex, wanted?: (place: AssetPlace) => boolean): Promise<void>
  /** Goes on from a fingerprint of claimed names, with those that come by now. */
  claimsFrom(fingerprint: Fingerprint): Claims
  /** Counts as claimed without being read. */
  touch(name: string): void
  /** Of all names. */
  all(): Fingerprint
  /** Of the names that are claimed. */
  claimed(): Fingerprint
  /** Assets that nobody claimed, by name in the order of their names, from the n-th name on. */
  unclaimed(from: number, limit: number): Promise<readonly (readonly Asset[])[]>
  unclaimedNames(): number
  memory(): number
  close(): Promise<void>
}

export interface Claims {
  /** The assets of a name, which count as claimed from now on; to be waited for only where they are on disk. */
  take(name: string): readonly Asset[] | Promise<readonly Asset[]>
  fingerprint(): Fingerprint
}

const NONE = -1
const NO_ASSETS: readonly Asset[] = []
const BYTES_EACH = 5 * 8 + 48

export function createHeld(spool: Spool = createSpool()): Held {
  // By number of the entry: where its bytes are, and the next entry of the same name.
  const at: number[] = []
  const length: number[] = []
  const nextOfName: number[] = []
  const heads = new Map<number, number>()
  const taken = new Set<number>()
  const all = trackFrom(NOTHING)
  const claimed = trackFrom(NOTHING)
  let order: readonly number[] | undefined

  const entriesOf = (head: number): number[] => {
    const entries: number[] = []
    for (let entry = head; entry !== NONE; entry = nextOfName[entry]!) entries.push(entry)
    return entries.toReversed()
  }
  const readAll = (head: number): readonly Asset[] | Promise<readonly Asset[]> => {
    const bytes = entriesOf(head).map((entry) => spool.read(at[entry]!, length[entry]!))
    return bytes.every((one) => one instanceof Uint8Array)
      ? bytes.map(decodeAsset)
      : Promise.all(bytes.map(async (one) => decodeAsset(await one)))
  }
  const claim = (key: number) => {
    if (taken.has(key)) return
    taken.add(key)
    claimed.add(key)
    order = undefined
  }
  // Sorted by key, which is as good an order as any that is the same in every process.
  const unclaimed = () => (order ??= [...heads.keys()].filter((key) => !taken.has(key)).toSorted((a, b) => a - b))
  return {
    async add({ bytes, places }, wanted = () => true) {
      const start = await spool.append(bytes)
      for (const place of places.filter(wanted)) {
        const key = nameKey(place.name)
        const head = heads.get(key)
        if (head === undefined) all.add(key)
        nextOfName.push(head ?? NONE)
        heads.set(key, at.length)
        at.push(start + place.start)
        length.push(place.end - place.start)
      }
      order = undefined
    },
    claimsFrom(before) {
      const tracker = trackFrom(before)
      return {
        take(name) {
          const key = nameKey(name)
          const head = heads.get(key)
          if (head === undefined) return NO_ASSETS
          tracker.add(key)
          claim(key)
          const assets = readAll(head)
          return assets instanceof Promise ? assets.then((read) => named(read, name)) : named(assets, name)
        },
        fingerprint: () => tracker.fingerprint(),
      }
    },
    touch(name) {
      const key = nameKey(name)
      if (heads.has(key)) claim(key)
    },
    all: () => all.fingerprint(),
    claimed: () => claimed.fingerprint(),
    unclaimed: (from, limit) =>
      Promise.all(
        unclaimed()
          .slice(from, from + limit)
          .map(async (key) => readAll(heads.get(key)!)),
      ),
    unclaimedNames: () => unclaimed().length,
    memory: () => spool.memory() + at.length * BYTES_EACH,
    close: () => spool.close(),
  }
}

// Two names may have the same key.
function named(assets: readonly Asset[], name: string): readonly Asset[] {
  return assets.filter((asset) => asset.name === name)
}
