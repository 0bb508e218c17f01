import { ExtractionError, type Transport } from '@cae/core'

/** Counts every batch as delivered and keeps nothing: for benchmarks, and to count an estate. */
export function nullTransport(): Transport {
  let closed = false
  const take = async (_: unknown, signal: AbortSignal) => {
    signal.throwIfAborted()
    if (closed) throw new ExtractionError('DELIVERY_FAILED', 'the null transport is closed')
    return { bytes: 0 }
  }
  return {
    name: 'null',
    deliver: take,
    deliverManifest: take,
    async close() {
      closed = true
    },
  }
}
