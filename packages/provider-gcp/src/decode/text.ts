// Names in a Struct repeat in every asset of a type. Finding one again by its bytes costs a quarter of decoding it, and
// gives the same string object, which JavaScript engines look up faster as a property name.
const SIZE = 8192
const MAX_LENGTH = 64
const bytesOf: (Uint8Array | undefined)[] = Array.from({ length: SIZE })
const textOf: string[] = Array.from({ length: SIZE }, () => '')

/** The UTF-8 text at [start, end) of the bytes, where many of its kind are to be expected. */
export function decodeKey(bytes: Uint8Array, start: number, end: number): string {
  const length = end - start
  if (length > MAX_LENGTH) return decodeText(bytes, start, end)
  const slot = hash(bytes, start, end) & (SIZE - 1)
  const known = bytesOf[slot]
  if (known !== undefined && same(known, bytes, start, length)) return textOf[slot]!
  const text = decodeText(bytes, start, end)
  // Not `bytes.slice`, which for a Buffer is a view that would hold the whole page in memory.
  bytesOf[slot] = Uint8Array.prototype.slice.call(bytes, start, end)
  textOf[slot] = text
  return text
}

/** The UTF-8 text at [start, end) of the bytes. */
export function decodeText(bytes: Uint8Array, start: number, end: number): string {
  if (end - start > MAX_LENGTH) return toBuffer(bytes).utf8Slice(start, end)
  for (let i = start; i < end; i++) if (bytes[i]! > 0x7f) return toBuffer(bytes).utf8Slice(start, end)
  // One byte, one character: no need to look for longer sequences.
  return toBuffer(bytes).latin1Slice(start, end)
}

/** What Node's buffers have besides. */
type Slices = { utf8Slice(start: number, end: number): string; latin1Slice(start: number, end: number): string }

/** The same bytes, with the slices that the types of Node leave out. */
export function toBuffer(bytes: Uint8Array): Buffer & Slices {
  const buffer = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return buffer as Buffer & Slices
}

function hash(bytes: Uint8Array, start: number, end: number): number {
  let value = 0x811c9dc5
  for (let i = start; i < end; i++) value = Math.imul(value ^ bytes[i]!, 0x01000193)
  return value ^ (value >>> 15)
}

function same(known: Uint8Array, bytes: Uint8Array, start: number, length: number): boolean {
  if (known.length !== length) return false
  for (let i = 0; i < length; i++) if (known[i] !== bytes[start + i]) return false
  return true
}
