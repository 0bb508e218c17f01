import type { Writable } from 'node:stream'
import { ExtractionError, type Transport } from '@cae/core'

export interface ConsoleOptions {
  /** Standard output unless given. It is not ended by `close()`. */
  readonly stream?: Writable
  /** Indented JSON for people instead of JSON Lines for programs. */
  readonly pretty?: boolean
}

/**
 * Batches as JSON Lines on standard output, and the manifest as a line `{"manifest":…}`. A batch is delivered when the
 * stream has handed it to its reader.
 */
export function consoleTransport({ stream = process.stdout, pretty = false }: ConsoleOptions = {}): Transport {
  let closed = false
  stream.on('error', ignore)

  const print = async (lines: readonly unknown[], signal: AbortSignal) => {
    signal.throwIfAborted()
    if (closed) throw new ExtractionError('DELIVERY_FAILED', 'the console transport is closed')
    const bytes = encode(lines, pretty)
    await write(stream, bytes, signal)
    return { bytes: bytes.length }
  }
  return {
    name: 'console',
    deliver: ({ artifacts }, signal) => print(artifacts, signal),
    deliverManifest: (manifest, signal) => print([{ manifest }], signal),
    async close() {
      if (closed) return
      closed = true
      stream.off('error', ignore)
    },
  }
}

// A stream without a listener for its errors ends the process; each delivery reports its own.
function ignore(): void {}

function encode(values: readonly unknown[], pretty: boolean): Buffer {
  const lines = values.map((value) => JSON.stringify(value, null, pretty ? 2 : 0))
  lines.push('')
  return Buffer.from(lines.join('\n'))
}

// One write, so that nothing else comes between the lines of a batch. Its callback comes when the reader has taken
// it, which is the stream's backpressure.
function write(stream: Writable, bytes: Buffer, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason as Error)
    signal.addEventListener('abort', stop, { once: true })
    stream.write(bytes, (error) => {
      signal.removeEventListener('abort', stop)
      if (error) reject(toDeliveryError(error))
      else resolve()
    })
  })
}

function toDeliveryError(error: NodeJS.ErrnoException): ExtractionError {
  const message =
    error.code === 'EPIPE' ? 'the reader of the output has gone' : `cannot write to the output: ${error.message}`
  return new ExtractionError('DELIVERY_FAILED', message, {
    cause: error,
    ...(error.code !== undefined && { nativeCode: error.code }),
  })
}
