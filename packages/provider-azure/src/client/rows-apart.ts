const DATA = Buffer.from('"data":[{')
const CLOSE = Buffer.from('}]')
// Rows begin with these columns, whatever the table, and so does little that is within a row.
const BETWEEN = Buffer.from('},{"id":"')
const FOURTH = Buffer.from('","tenantId":"')

const OPEN_LIST = 0x5b
const CLOSE_LIST = 0x5d

/** A text of this size is an object like others to V8; one of a page is one that is kept until the next full collection. */
const GROUP = 64 * 1024
const MOST_TRIES = 8

/** An answer of Resource Graph in two: its rows, and the answer as text, with none. */
export interface Parts {
  readonly rows: unknown[]
  readonly rest: string
}

/**
 * Parses the rows of an answer, a group of them at a time. Undefined where it is written otherwise than expected: whoever
 * parses it as a whole finds all that is JSON. The bytes are as before when it returns.
 */
export function partsOf(bytes: Buffer): Parts | undefined {
  const name = bytes.indexOf(DATA)
  const end = bytes.lastIndexOf(CLOSE) + 1
  if (name === -1 || end === 0) return undefined
  const first = name + DATA.length - 1
  const rest = bytes.toString('utf8', 0, first) + bytes.toString('utf8', end)
  const rows: unknown[] = []
  let tries = 0
  for (let start = first, from = first + GROUP; start < end;) {
    const between = boundary(bytes, from, end)
    const stop = between === -1 ? end : between + 1
    const group = listOf(bytes, start, stop)
    if (group) {
      for (const row of group) rows.push(row)
      start = stop + 1
      from = start + GROUP
      tries = 0
    } else {
      if (stop === end || ++tries > MOST_TRIES) return undefined
      from = stop
    }
  }
  return isWithoutRows(rest, rows.length) ? { rows, rest } : undefined
}

/** Where a row seems to end behind which one more begins; -1 where none does. */
function boundary(bytes: Buffer, from: number, end: number): number {
  let at = from < end ? bytes.indexOf(BETWEEN, from) : -1
  let fourth = at
  while (at !== -1 && at < end) {
    // Looked for from where it was found last, so that no page is gone through for each of its rows.
    if (fourth <= at) fourth = bytes.indexOf(FOURTH, at)
    if (fourth === -1 || fourth >= end) return -1
    const next = bytes.indexOf(BETWEEN, at + 1)
    if (next === -1 || fourth < next) return at
    at = next
  }
  return -1
}

// What seemed to be between two rows may be within one: then it is no list.
function listOf(bytes: Buffer, start: number, stop: number): unknown[] | undefined {
  const [before, after] = [bytes[start - 1]!, bytes[stop]!]
  bytes[start - 1] = OPEN_LIST
  bytes[stop] = CLOSE_LIST
  try {
    return JSON.parse(bytes.toString('utf8', start - 1, stop + 1)) as unknown[]
  } catch {
    return undefined
  } finally {
    bytes[start - 1] = before
    bytes[stop] = after
  }
}

// Of an answer that holds another list by the name of its rows, that one may have been taken.
function isWithoutRows(rest: string, rows: number): boolean {
  try {
    const { data, count } = JSON.parse(rest) as { readonly data?: unknown; readonly count?: unknown }
    return Array.isArray(data) && data.length === 0 && count === rows
  } catch {
    return false
  }
}
