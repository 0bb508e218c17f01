import type { JsonObject } from './json.ts'
import type { ProviderName } from './provider-name.ts'
import { unitAt } from './unit-at.ts'

/** The provider's own count of a slice, or of a part of it. */
export interface Expectation {
  readonly count: number
  /** The answer that the count is from, such as `SELECT COUNT(*)` or `GetDiscoveredResourceCounts`. */
  readonly source: string
}

/** What a task covers. */
export interface Slice {
  /** AWS account id, Azure subscription id, GCP project, folder or organization. */
  readonly scope: string
  /** A region, or `global` where the provider does not slice by region. */
  readonly region: string
  /** The provider's own part of scope and region, such as a table or a group of types. */
  readonly partition: string
  /** What the provider needs to open the slice again. Never credentials. */
  readonly query: JsonObject
  /** It holds no resources: reading it plans further slices. */
  readonly plans?: true
  /** The provider's own count, where planning has learnt it; the pages may say a better one. */
  readonly expected?: Expectation
}

/** One slice of a run that one worker extracts. */
export interface Task extends Slice {
  /** Derived: `{runId}-{provider}.{scope}.{region}.{partition}`, safe as a BullMQ job id and as a file name. */
  readonly id: string
  readonly runId: string
  readonly provider: ProviderName
  /** ISO 8601: the moment of the run, stamped on its artifacts as `observed_at`. */
  readonly asOf: string
}

/** How a task ended. */
export const OUTCOMES = [
  'complete',
  'skipped',
  'partial',
  'denied',
  'not_enabled',
  'throttled_out',
  'failed',
  'cancelled',
] as const
export type Outcome = (typeof OUTCOMES)[number]

/** Where a task stands; saved after delivery, never before. */
export interface Checkpoint {
  /** Cursor of the next page; null before the first page. The end has its own flag. */
  readonly cursor: string | null
  /** Pages committed so far. */
  readonly page: number
  /** Number of the next batch. */
  readonly sequence: number
  /** Resources that the provider gave, each counted once. */
  readonly read: number
  /** Artifacts delivered: `read` less what the request's filters left out. */
  readonly artifacts: number
  /** The provider's own count for the slice, once it has said one. */
  readonly expected: Expectation | null
  readonly done: boolean
}

export const START: Checkpoint = Object.freeze({
  cursor: null,
  page: 0,
  sequence: 0,
  read: 0,
  artifacts: 0,
  expected: null,
  done: false,
})

const UNSAFE = /[^A-Za-z0-9_-]+/g
const MAX_PART = 80

/** Same slice, same id: planning twice enqueues once. */
export function toTask(runId: string, provider: ProviderName, asOf: string, slice: Slice): Task {
  const parts = [slice.scope, slice.region, slice.partition].map(safe)
  return { ...slice, id: `${runId}-${provider}.${parts.join('.')}`, runId, provider, asOf }
}

// Two different names must not become one id: a name that had to be changed carries a hash of what it was.
function safe(name: string): string {
  const clean = name.replace(UNSAFE, '_')
  if (clean === name && name.length <= MAX_PART) return name
  return `${clean.slice(0, MAX_PART)}_${fnv1a(name)}`
}

/** 53-bit FNV-1a, for short names that must differ; not for security. */
export function fnv1a(text: string): string {
  return hash53(text).toString(36)
}

/** The same as a number. */
export function hash53(text: string): number {
  const { length } = text
  let high = 0xcbf2
  let low = 0x9ce48422
  for (let i = 0; i < length; i++) {
    low ^= unitAt(text, i)
    const product = Math.imul(low & 0xffff, 0x01b3)
    high = (Math.imul(high, 0x01b3) + (low >>> 16) + (product >>> 8)) & 0x1fffff
    low = (Math.imul(low, 0x01b3) + (high << 8)) >>> 0
  }
  return high * 0x1_0000_0000 + low
}
