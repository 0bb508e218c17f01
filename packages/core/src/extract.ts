import type { Artifact } from './artifact.ts'
import { ExtractionError, toExtractionError } from './errors.ts'
import { KnownIds } from './known-ids.ts'
import type { Page, PageReader, Plan } from './provider.ts'
import { fnv1a, type Checkpoint, type Expectation, type Task } from './task.ts'
import { takeAll } from './take-all.ts'
import { batchId, type Batch, type Receipt, type Transport } from './transport.ts'

/** What one page added, for the totals of the run. */
export interface PageRecord {
  /** Bytes that the first transport made durable. */
  readonly bytes: number
  readonly batches: number
  /** `service|region` → artifacts delivered. */
  readonly counts: ReadonlyMap<string, number>
  /** How old what the provider knows may be, where the page says it. */
  readonly freshness?: string
  /** Hashes of the ids that came for the first time, for whoever reads the pages after this one. */
  readonly known?: Float64Array
}

export interface Extraction {
  readonly task: Task
  readonly reader: PageReader
  readonly transports: readonly Transport[]
  readonly batchSize: number
  /** What the records of the pages before said of it, all together. */
  readonly known?: Float64Array
  /** What the request asks for; the rest is read but not delivered. */
  readonly select: (artifact: Artifact) => boolean
  /** Aborted: stop at once. What was delivered and not committed is delivered again. */
  readonly signal: AbortSignal
  /** Aborted: stop after the page at hand is committed. */
  readonly stop?: AbortSignal
  /** Asked before each batch. Throws where another worker may have the task by now. */
  readonly ensureHeld?: () => void
  /** Adds slices that a page has planned to the run; again after a crash, with the same slices. */
  readonly spawn: (plan: Plan) => Promise<void>
  /** Makes the checkpoint durable. Throws `CHECKPOINT_FENCED` where another worker holds the task. */
  readonly commit: (next: Checkpoint, record: PageRecord) => Promise<void>
}

/**
 * The loop: read a page, deliver it, commit the checkpoint, until done or aborted.
 * A batch never spans pages and a page is never half-committed, so memory holds one page, and a page that was
 * delivered but not committed is delivered again under the same batch ids.
 */
export async function extract(start: Checkpoint, extraction: Extraction): Promise<Checkpoint> {
  const { reader, signal, commit } = extraction
  const past: Past = { cursors: new Set(), ids: new KnownIds(extraction.known), empty: 0 }
  let checkpoint = start
  while (!checkpoint.done) {
    signal.throwIfAborted()
    extraction.stop?.throwIfAborted()
    const from = checkpoint
    // Bound, and not an arrow function, whose compiled code would live no longer than the page.
    const { next, record, batches, plan } = await reader
      .read(from.cursor)
      .then(takeApart.bind(undefined, from, past, extraction))
    const bytes = await deliverAll(batches, extraction)
    if (plan) await extraction.spawn(plan)
    await commit(next, { ...record, bytes })
    checkpoint = next
  }
  return checkpoint
}

/** What came before. */
interface Past {
  /** Since this worker has the task. */
  readonly cursors: Set<string>
  readonly ids: KnownIds
  /** Pages in a row that brought nothing. */
  empty: number
}

/**
 * Providers give empty pages with a token, and readers leave out what another slice has: a listing of millions may bring
 * nothing for thousands of pages. So many in a row have no end.
 */
const MOST_EMPTY = 100_000

/**
 * Throws where the pages held fewer resources than the provider said there are. `tolerance`: the share of them that may be
 * missing, 0 to 1; counts of an estate that changes while it is read differ.
 */
export function verifyCount({ read, expected }: Checkpoint, tolerance = 0): void {
  if (expected === null || read >= expected.count * (1 - tolerance)) return
  const { count, source } = expected
  throw new ExtractionError('COUNT_MISMATCH', `read ${read} resources of ${count} that ${source} counts`)
}

// An `async` function that waits keeps all that its variables hold, and what survives is what garbage collection costs. So
// nothing here waits while it holds a page or a batch: a page is gone once it is taken apart, a batch once it is given to
// the transports. Measured: a quarter of all CPU time.
function takeApart(from: Checkpoint, past: Past, { task, batchSize, select }: Extraction, page: Page) {
  refuseLoop(page, from, past)
  const unique = withoutDuplicates(takeAll(page.artifacts))
  const selected = unique.filter(select)
  const batches: Batch[] = []
  for (let start = 0; start < selected.length; start += batchSize) {
    const id = batchId(task.id, from.sequence + batches.length)
    const artifacts = selected.slice(start, start + batchSize)
    batches.push({ id, runId: task.runId, taskId: task.id, artifacts })
  }
  const added: number[] = []
  const read = from.read + countNew(unique, page, from, past, added)
  const next: Checkpoint = {
    cursor: page.next,
    page: from.page + 1,
    sequence: from.sequence + batches.length,
    read,
    artifacts: from.artifacts + selected.length,
    expected: expectationOf(page, read) ?? from.expected,
    done: page.next === null,
  }
  const record = {
    batches: batches.length,
    counts: countBy(selected),
    ...(page.next !== null && { known: Float64Array.from(added) }),
    ...(page.freshness !== undefined && { freshness: page.freshness }),
  }
  return { next, record, batches, plan: page.plan }
}

function expectationOf({ expected, missing }: Page, read: number): Expectation | undefined {
  return missing ? { ...missing, count: read + missing.count } : expected
}

/** Takes the batches out of the list. */
async function deliverAll(batches: Batch[], { transports, signal, ensureHeld }: Extraction): Promise<number> {
  let bytes = 0
  while (batches.length > 0) {
    signal.throwIfAborted()
    ensureHeld?.()
    bytes += await settled(deliver(batches.shift()!, transports, signal), signal)
  }
  return bytes
}

function deliver(batch: Batch, transports: readonly Transport[], signal: AbortSignal): readonly Promise<Receipt>[] {
  return transports.map((transport) => {
    try {
      return transport.deliver(batch, signal)
    } catch (thrown) {
      // One that could not even make bytes of the batch.
      return Promise.reject<Receipt>(thrown)
    }
  })
}

// Every transport gets its say before one's failure is thrown, so that none is left writing behind our back.
async function settled(deliveries: readonly Promise<Receipt>[], signal: AbortSignal): Promise<number> {
  const results = await Promise.allSettled(deliveries)
  const failed = results.find((result) => result.status === 'rejected')
  if (failed) {
    signal.throwIfAborted()
    throw toExtractionError(failed.reason)
  }
  const first = results[0]
  return first?.status === 'fulfilled' ? first.value.bytes : 0
}

function refuseLoop({ next, artifacts, plan }: Page, { cursor }: Checkpoint, past: Past): void {
  if (next === null) return
  past.empty = artifacts.length === 0 && !plan?.slices.length ? past.empty + 1 : 0
  if (past.empty > MOST_EMPTY) {
    throw new ExtractionError('CURSOR_LOOP', `the provider gave more than ${MOST_EMPTY} empty pages in a row`)
  }
  // Hashes, since a provider's cursor may have kilobytes and a slice thousands of pages.
  if (cursor !== null) past.cursors.add(fnv1a(cursor))
  if (past.cursors.has(fnv1a(next))) {
    throw new ExtractionError('CURSOR_LOOP', 'the provider gave a cursor that it had given before')
  }
}

// A resource that comes again on a later page must not stand for one that is missing. It is delivered again all the same:
// that two ids have one hash is unlikely, but no reason to lose a resource.
function countNew(
  artifacts: readonly Artifact[],
  { next }: Page,
  { page }: Checkpoint,
  { ids }: Past,
  added: number[],
): number {
  if (next === null && page === 0) return artifacts.length
  let count = 0
  for (const artifact of artifacts) if (ids.add(identityOf(artifact), added)) count++
  return count
}

function withoutDuplicates(artifacts: readonly Artifact[]): readonly Artifact[] {
  const ids = new Set(artifacts.map(({ metadata }) => metadata.resource_id))
  if (ids.size === artifacts.length) return artifacts
  const left = new Set(artifacts.map(identityOf))
  return artifacts.filter((artifact) => left.delete(identityOf(artifact)))
}

// Google Cloud gives a function of the first generation as two assets of one name, one of each of its types.
function identityOf({ metadata }: Artifact): string {
  return `${metadata.native_type} ${metadata.resource_id}`
}

function countBy(artifacts: readonly Artifact[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const { metadata } of artifacts) {
    const key = `${metadata.service}|${metadata.region}`
    counts.set(key, (counts.get(key) ?? 0) + 1)
  }
  return counts
}
