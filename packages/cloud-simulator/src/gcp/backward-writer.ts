/**
 * Writes protobuf from the end to the beginning: when a message's length is due, its content stands already, so no
 * second pass measures it. The buffer grows and is used again.
 */
export interface BackwardWriter {
  /** Bytes written so far. */
  length(): number
  bytes(bytes: Uint8Array): void
  /** ASCII only. */
  ascii(text: string): void
  varint(value: number): void
  double(value: number): void
  /** A copy of what was written; the writer is empty again. */
  take(): Buffer
}

const INITIAL = 4 * 1024 * 1024

export function backwardWriter(): BackwardWriter {
  let buffer = Buffer.allocUnsafe(INITIAL)
  let at = buffer.length
  const reserve = (size: number) => {
    if (at >= size) return
    const larger = Buffer.allocUnsafe(buffer.length * 2 + size)
    const used = buffer.length - at
    buffer.copy(larger, larger.length - used, at)
    at = larger.length - used
    buffer = larger
  }
  return {
    length: () => buffer.length - at,
    bytes(bytes) {
      reserve(bytes.length)
      at -= bytes.length
      buffer.set(bytes, at)
    },
    ascii(text) {
      reserve(text.length)
      at -= text.length
      // Short texts are quicker by hand than by a call into the runtime.
      if (text.length > 24) buffer.write(text, at, 'latin1')
      else for (let i = 0; i < text.length; i++) buffer[at + i] = text.charCodeAt(i)
    },
    varint(value) {
      reserve(10)
      let size = 1
      for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) size++
      at -= size
      let rest = value
      for (let i = 0; i < size; i++, rest = Math.floor(rest / 128)) {
        buffer[at + i] = (rest % 128) | (i < size - 1 ? 128 : 0)
      }
    },
    double(value) {
      reserve(8)
      at -= 8
      buffer.writeDoubleLE(value, at)
    },
    take() {
      const copy = Buffer.from(buffer.subarray(at))
      at = buffer.length
      return copy
    },
  }
}
