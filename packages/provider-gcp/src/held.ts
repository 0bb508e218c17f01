import type { Asset } from './asset.ts'
import { decodeAsset, type AssetIndex, type AssetPlace } from './decode.ts'
import { NOTHING, nameKey, xor, type Fingerprint } from './fingerprint.ts'
import { createSpool, type Spool } from './spool.ts'

/**
 * Assets of the content types beside RESOURCE, held in their bytes until the resource of the same name comes by. In
 * memory stand five numbers for each and, up to the spool's bound, its bytes.
 */
export interface Held {
  /** All assets of a page, or those that are wanted. */
  add(index: AssetIndex, wanted?: (place: AssetPlace) => boolean): Promise<void>
  /** The assets of a name, which count as claimed from now on. */
  claim(name: string): Promise<readonly Asset[]>
  /** Counts as claimed without being read. */
  touch(name: string): void
  /** Goes on from a fingerprint of claimed names, with those that come by now. */
  claimedBy(fingerprint: Fingerprint): { add(name: string): void; fingerprint(): Fingerprint }
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

const NONE = -1
const BYTES_EACH = 5 * 8 + 48

export function createHeld(spool: Spool = createSpool()): Held {
  // By number of the entry: where its bytes are, and the next entry of the same name.
  const at: number[] = []
  const length: number[] = []
  const nextOfName: number[] = []
  const heads = new Map<number, number>()
  const taken = new Set<number>()
  let all = NOTHING
  let claimed = NOTHING
  let order: readonly number[] | undefined

  const readEntry = async (entry: number) => decodeAsset(await spool.read(at[entry]!, length[entry]!))
  const readName = async (key: number) => {
    const assets: Asset[] = []
    for (let entry = heads.get(key) ?? NONE; entry !== NONE; entry = nextOfName[entry]!) {
      assets.push(await readEntry(entry))
    }
    return assets.toReversed()
  }
  const touch = (name: string) => {
    const key = nameKey(name)
    if (!heads.has(key) || taken.has(key)) return
    taken.add(key)
    claimed = xor(claimed, key)
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
        if (head === undefined) all = xor(all, key)
        nextOfName.push(head ?? NONE)
        heads.set(key, at.length)
        at.push(start + place.start)
        length.push(place.end - place.start)
      }
      order = undefined
    },
    async claim(name) {
      const key = nameKey(name)
      if (!heads.has(key)) return []
      touch(name)
      return (await readName(key)).filter((asset) => asset.name === name)
    },
    touch,
    claimedBy(before) {
      let fingerprint = before
      return {
        add(name) {
          const key = nameKey(name)
          if (heads.has(key)) fingerprint = xor(fingerprint, key)
        },
        fingerprint: () => fingerprint,
      }
    },
    all: () => all,
    claimed: () => claimed,
    unclaimed: (from, limit) =>
      Promise.all(
        unclaimed()
          .slice(from, from + limit)
          .map(readName),
      ),
    unclaimedNames: () => unclaimed().length,
    memory: () => spool.memory() + at.length * BYTES_EACH,
    close: () => spool.close(),
  }
}
