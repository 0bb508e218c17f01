import { ExtractionError } from '@cae/core'
import { NOTHING, type Fingerprint } from './fingerprint.ts'

/** How far a slice has been read: all that a new process needs to go on. */
export interface Position {
  /** Google's token of the next page; empty on the first. */
  readonly token: string
  /** Assets so far of types that the search has not counted. */
  readonly uncounted: number
  /** Of the names whose policy or relationship has found its resource. */
  readonly claimed: Fingerprint
  /** The API refused the slice's expression, so more is listed than is wanted. */
  readonly wide: boolean
  /** The API said that it has resources of none of the slice's types. */
  readonly unlisted: boolean
  /** Policies or relationships were refused for some page, whose names have claimed none of what was given later. */
  readonly lacking: boolean
  /** Null while resources are listed; then how many of the names without a resource have been given. */
  readonly rest: number | null
  /** Assets so far by type, in the order of the slice's counts. */
  readonly listed: readonly number[]
}

export const FIRST: Position = {
  token: '',
  uncounted: 0,
  claimed: NOTHING,
  wide: false,
  unlisted: false,
  lacking: false,
  rest: null,
  listed: [],
}

type Flags = [wide: boolean, unlisted: boolean, lacking: boolean]
type Written = [string, number, Fingerprint, flags: number, number | null, ...(number | null)[]]

// Bits, so that a cursor of an older version, which has the first alone, means what it meant.
const WIDE = 1
const UNLISTED = 2
const LACKING = 4

export function writePosition({ token, uncounted, claimed, wide, unlisted, lacking, rest, listed }: Position): string {
  const flags = (wide ? WIDE : 0) | (unlisted ? UNLISTED : 0) | (lacking ? LACKING : 0)
  return JSON.stringify([token, uncounted, claimed, flags, rest, ...listed])
}

/** Throws `CURSOR_EXPIRED` for a cursor of an older version of ours. */
export function readPosition(cursor: string): Position {
  const [token, uncounted, claimed, flags, rest, ...listed] = parse(cursor)
  const [wide, unlisted, lacking] = [WIDE, UNLISTED, LACKING].map((flag) => (flags & flag) !== 0) as Flags
  return { token, uncounted, claimed, wide, unlisted, lacking, rest, listed: listed.map(Number) }
}

function parse(cursor: string): Written {
  try {
    const written: unknown = JSON.parse(cursor)
    // One of ours held another number before the fingerprint once.
    if (Array.isArray(written) && typeof written[2] === 'string') return written as Written
  } catch {
    // A token as it came from Google, which an older version of ours kept.
  }
  throw new ExtractionError('CURSOR_EXPIRED', 'the cursor is of another version of this program')
}

/** Ends pages that would never end: Google's token alone repeats, since ours holds counts. */
export function loopGuard(): (token: string) => void {
  const seen = new Set<string>()
  return (token) => {
    if (token === '') return
    if (seen.has(token)) {
      throw new ExtractionError('CURSOR_LOOP', 'Cloud Asset Inventory gave a page token that it had given before')
    }
    seen.add(token)
  }
}
