import protobuf from 'protobufjs/minimal.js'
import { isoText } from './iso-text.ts'
import { decodeKey, decodeText } from './text.ts'

export type Reader = protobuf.Reader

/** A field's tag is its number × 8 + its wire type: 0 is a varint, 1 fixed64, 2 length-delimited. */
export const WIRE_TYPE = 7

export function readerOf(bytes: Uint8Array): Reader {
  return protobuf.Reader.create(bytes)
}

/** Milliseconds. Timestamp { int64 seconds = 1, int32 nanos = 2 } */
export function readMillis(reader: Reader): number {
  const end = varint(reader) + reader.pos
  let seconds = 0
  let nanos = 0
  while (reader.pos < end) {
    const tag = varint(reader)
    if (tag === 8) seconds = readInt64(reader)
    else if (tag === 16) nanos = reader.int32()
    else reader.skipType(tag & WIRE_TYPE)
  }
  return seconds * 1000 + Math.floor(nanos / 1e6)
}

/** ISO 8601. */
export function readTimestamp(reader: Reader): string {
  return isoText(readMillis(reader))
}

// The reader makes an object of its own for each.
const FIVE_BYTES = 5
const LAST_OF_32_BITS = 0x10

function readInt64(reader: Reader): number {
  const { buf, pos } = reader
  let last = pos
  while (buf[last]! >= 0x80) last++
  const fits = last - pos < FIVE_BYTES - 1 || (last - pos === FIVE_BYTES - 1 && buf[last]! < LAST_OF_32_BITS)
  return fits ? reader.uint32() : Number(reader.int64())
}

/** Nearly every tag and length has one byte. */
export function varint(reader: Reader): number {
  const first = reader.buf[reader.pos]!
  if (first >= 0x80 || reader.pos >= reader.len) return reader.uint32()
  reader.pos++
  return first
}

/** A string that is likely to be the only one of its kind. */
export function readText(reader: Reader): string {
  const length = varint(reader)
  const start = reader.pos
  const end = start + length
  if (end > reader.len) throw new RangeError('a string ends after the message')
  reader.pos = end
  return decodeText(reader.buf, start, end)
}

/** A string of which a page holds many copies. */
export function readName(reader: Reader): string {
  const length = varint(reader)
  const start = reader.pos
  const end = start + length
  if (end > reader.len) throw new RangeError('a string ends after the message')
  reader.pos = end
  return decodeKey(reader.buf, start, end)
}
