import protobuf from 'protobufjs/minimal.js'
import { decodeKey, decodeText } from './text.ts'

export type Reader = protobuf.Reader

/** A field's tag is its number × 8 + its wire type: 0 is a varint, 1 fixed64, 2 length-delimited. */
export const WIRE_TYPE = 7

export function readerOf(bytes: Uint8Array): Reader {
  return protobuf.Reader.create(bytes)
}

/** ISO 8601. Timestamp { int64 seconds = 1, int32 nanos = 2 } */
export function readTimestamp(reader: Reader): string {
  const end = varint(reader) + reader.pos
  let seconds = 0
  let nanos = 0
  while (reader.pos < end) {
    const tag = varint(reader)
    if (tag === 8) seconds = Number(reader.int64())
    else if (tag === 16) nanos = reader.int32()
    else reader.skipType(tag & WIRE_TYPE)
  }
  return new Date(seconds * 1000 + Math.floor(nanos / 1e6)).toISOString()
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
