import type { Artifact } from './artifact.ts'
import type { Manifest } from './manifest.ts'

/** Artifacts delivered together. */
export interface Batch {
  /** Derived, `{taskId}-{sequence, six digits}`: a redelivery repeats it. */
  readonly id: string
  readonly runId: string
  readonly taskId: string
  readonly artifacts: readonly Artifact[]
}

export interface Receipt {
  /** Bytes made durable, as the transport wrote them. */
  readonly bytes: number
}

/** Where batches go. */
export interface Transport {
  readonly name: string
  /**
   * Resolves when the batch is durable, not before. The same id again replaces what came before.
   * Throws `ExtractionError`: `DELIVERY_FAILED` where trying again may help, `DELIVERY_REJECTED` where it can't.
   */
  deliver(batch: Batch, signal: AbortSignal): Promise<Receipt>
  /** The same for what the run covered, after its last batch. The same id again replaces what came before. */
  deliverManifest(manifest: Manifest, signal: AbortSignal): Promise<Receipt>
  /**
   * Tries the destination and delivers nothing, for a preflight; left out where there is nothing to try. Resolves with what
   * was tried there and what was not, in a sentence without secrets; rejects with what a delivery would fail with.
   */
  check?(signal: AbortSignal): Promise<string>
  close(): Promise<void>
}

export function batchId(taskId: string, sequence: number): string {
  return `${taskId}-${String(sequence).padStart(6, '0')}`
}
