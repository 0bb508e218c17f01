import { ExtractionError } from '@cae/core'
import type { Partition } from '../kql.ts'
import type { SliceQuery } from '../slice.ts'

/**
 * Where a slice stands: the number of its next page, and the partitions that turned out too large for one page and were
 * split. Those come last, so that a row that fits into no answer keeps nothing else from being read.
 */
export interface Cursor {
  readonly page: number
  readonly split: readonly Partition[]
  /** Partitions that could not be read, however small. */
  readonly lost: number
}

const FIRST: Cursor = { page: 0, split: [], lost: 0 }

/** How often a partition is halved: of a full page nothing but single rows is left then. */
const MAX_HALVINGS = 12

/** Undefined past the end, where a slice stands that has lost something. */
export function partitionAt({ page, split }: Cursor, rows: SliceQuery): Partition | undefined {
  const { parts = 1, part = 0 } = rows
  return page < pagesOf(rows) ? { modulus: modulusOf(rows), rest: part + parts * page } : split[0]
}

/** Null at the end, once all was read. */
export function after({ page, split, lost }: Cursor, rows: SliceQuery): Cursor | null {
  const next = page < pagesOf(rows) ? { page: page + 1, split, lost } : { page, split: split.slice(1), lost }
  return next.page < pagesOf(rows) || next.split.length > 0 || lost > 0 ? next : null
}

/** The partition at the cursor gives way to its halves; it is lost where it can't be halved any more. */
export function splitAfter(cursor: Cursor, { modulus, rest }: Partition, rows: SliceQuery): Cursor {
  const next = after(cursor, rows) ?? { page: pagesOf(rows), split: [], lost: 0 }
  if (modulus >= modulusOf(rows) * 2 ** MAX_HALVINGS) return { ...next, lost: next.lost + 1 }
  const halves = [rest, rest + modulus].map((half) => ({ modulus: 2 * modulus, rest: half }))
  return { ...next, split: [...halves, ...next.split] }
}

function pagesOf({ pages = 1 }: SliceQuery): number {
  return pages
}

function modulusOf(rows: SliceQuery): number {
  return (rows.parts ?? 1) * pagesOf(rows)
}

/** `7.0 40:3 40:23`: the next page and how many are lost, then what was split. */
export function writeCursor({ page, split, lost }: Cursor): string {
  return [`${page}.${lost}`, ...split.map(({ modulus, rest }) => `${modulus}:${rest}`)].join(' ')
}

export function readCursor(text: string | null): Cursor {
  if (text === null) return FIRST
  if (!/^\d+\.\d+( \d+:\d+)*$/.test(text)) {
    throw new ExtractionError('CURSOR_EXPIRED', 'azure: the cursor is not one of ours')
  }
  const [position = '', ...split] = text.split(' ')
  const [page, lost] = numbers(position, '.')
  return {
    page,
    lost,
    split: split.map((one) => {
      const [modulus, rest] = numbers(one, ':')
      return { modulus, rest }
    }),
  }
}

function numbers(text: string, separator: string): [number, number] {
  const [first, second] = text.split(separator).map(Number)
  return [first ?? 0, second ?? 0]
}
