import { ExtractionError, type Transport } from '@cae/core'

/** Counts every batch as delivered and keeps nothing: for benchmarks, and to count an estate. */
export function nullTransport(): Transport {
  let closed = false
  return {
    name: 'null',
    async deliver(_batch, signal) {
      signal.throwIfAborted()
      if (closed) throw new ExtractionError('DELIVERY_FAILED', 'the null transport is closed')
      return { bytes: 0 }
    },
    async close() {
      closed = true
    },
  }
}
