import { JsonText, type JsonObject, type JsonValue } from '@cae/core'
import type protobuf from 'protobufjs/minimal.js'
import { decodeKey, decodeText } from './text.ts'

type Reader = protobuf.Reader

/** A Struct as JSON text, and the fields of it that the translation looks into. */
export interface StructText {
  readonly text: JsonText
  readonly fields: JsonObject
}

const QUOTE = 0x22
const COLON = 0x3a
const COMMA = 0x2c
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d
const OPEN_LIST = 0x5b
const CLOSE_LIST = 0x5d
const SPACE = 0x20
const BACKSLASH = 0x5c
const SMALL_U = 0x75

const HEX = new TextEncoder().encode('0123456789abcdef')
const TRUE = new TextEncoder().encode('true')
const FALSE = new TextEncoder().encode('false')
const NULL = new TextEncoder().encode('null')

/** A byte of a string becomes at most `\u0000`; all else that is written is shorter than six times its encoding. */
const MOST_PER_BYTE = 6
/** Longer ones are left to `readStruct`, so that one of them does not cost its memory for ever. */
const LONGEST = 1024 * 1024
let out = Buffer.allocUnsafeSlow(64 * 1024)

/**
 * The Struct at the reader's place, straight from protobuf into JSON text. Null, with the reader where it was, for one that
 * is encoded as no encoder does it (a value before its key, two values for one): that is left to `readStruct`.
 */
export function readStructText(reader: Reader, wanted: ReadonlySet<string>): StructText | null {
  const start = reader.pos
  const length = reader.uint32()
  if (length > LONGEST) {
    reader.pos = start
    return null
  }
  const needed = (length + 1) * MOST_PER_BYTE
  if (out.length < needed) out = Buffer.allocUnsafeSlow(needed)
  const fields: Record<string, JsonValue> = {}
  const end = writeStruct(reader, reader.pos + length, 0, (key, from, to) => {
    if (wanted.has(key)) fields[key] = JSON.parse(decodeText(out, from, to)) as JsonValue
  })
  if (end >= 0) return { text: new JsonText(decodeText(out, 0, end)), fields }
  reader.pos = start
  return null
}

/** What a field was called, and where its value stands in what was written. */
type Note = (key: string, from: number, to: number) => void

// Each of these writes at `at` and gives the place behind; -1 where it gave up.

function writeStruct(reader: Reader, end: number, at: number, note?: Note): number {
  let to = at
  out[to++] = OPEN_OBJECT
  while (reader.pos < end) {
    if (to > at + 1) out[to++] = COMMA
    if (varint(reader) !== 10) return -1
    const entryEnd = varint(reader) + reader.pos
    if (reader.pos === entryEnd || varint(reader) !== 10) return -1
    const key = reader.pos
    to = writeString(reader, to)
    const keyEnd = reader.pos
    out[to++] = COLON
    const value = to
    to = writeEntryValue(reader, entryEnd, to)
    if (to < 0) return -1
    if (note) note(nameAt(reader, key, keyEnd), value, to)
  }
  out[to++] = CLOSE_OBJECT
  return reader.pos === end ? to : -1
}

function nameAt({ buf }: Reader, start: number, end: number): string {
  // A name shorter than 128 bytes has one byte of length before it.
  return end - start > 0x7f ? '' : decodeKey(buf, start + 1, end)
}

function writeEntryValue(reader: Reader, end: number, at: number): number {
  if (reader.pos === end) return writeWord(NULL, at)
  if (varint(reader) !== 18) return -1
  const to = writeValue(reader, at)
  return reader.pos === end ? to : -1
}

// Value { oneof: null = 1, number = 2, string = 3, bool = 4, struct = 5, list = 6 }
function writeValue(reader: Reader, at: number): number {
  const end = varint(reader) + reader.pos
  if (reader.pos === end) return writeWord(NULL, at)
  const to = writeOneOf(reader, varint(reader), at)
  return reader.pos === end ? to : -1
}

function writeOneOf(reader: Reader, tag: number, at: number): number {
  switch (tag) {
    case 26:
      return writeString(reader, at)
    case 17:
      return writeNumber(reader.double(), at)
    case 32:
      return writeWord(reader.bool() ? TRUE : FALSE, at)
    case 42:
      return writeStruct(reader, varint(reader) + reader.pos, at)
    case 50:
      return writeList(reader, varint(reader) + reader.pos, at)
    case 8:
      varint(reader)
      return writeWord(NULL, at)
    default:
      return -1
  }
}

function writeList(reader: Reader, end: number, at: number): number {
  let to = at
  out[to++] = OPEN_LIST
  while (reader.pos < end) {
    if (to > at + 1) out[to++] = COMMA
    if (varint(reader) !== 10) return -1
    to = writeValue(reader, to)
    if (to < 0) return -1
  }
  out[to++] = CLOSE_LIST
  return reader.pos === end ? to : -1
}

function writeNumber(value: number, at: number): number {
  if (!Number.isFinite(value)) return writeWord(NULL, at)
  const digits = String(value)
  for (let i = 0; i < digits.length; i++) out[at + i] = digits.charCodeAt(i)
  return at + digits.length
}

function writeWord(word: Uint8Array, at: number): number {
  for (let i = 0; i < word.length; i++) out[at + i] = word[i]!
  return at + word.length
}

function writeString(reader: Reader, at: number): number {
  const length = varint(reader)
  const { buf } = reader
  const start = reader.pos
  const end = start + length
  if (end > reader.len) throw new RangeError('a string ends after the message')
  reader.pos = end
  let to = at
  out[to++] = QUOTE
  for (let i = start; i < end; i++) {
    const byte = buf[i]!
    if (byte >= SPACE && byte !== QUOTE && byte !== BACKSLASH) out[to++] = byte
    else to = writeEscaped(byte, to)
  }
  out[to++] = QUOTE
  return to
}

function writeEscaped(byte: number, at: number): number {
  out[at] = BACKSLASH
  if (byte >= SPACE) {
    out[at + 1] = byte
    return at + 2
  }
  out[at + 1] = SMALL_U
  out[at + 2] = HEX[0]!
  out[at + 3] = HEX[0]!
  out[at + 4] = HEX[byte >> 4]!
  out[at + 5] = HEX[byte & 15]!
  return at + 6
}

// Nearly every tag and length has one byte.
function varint(reader: Reader): number {
  const first = reader.buf[reader.pos]!
  if (first >= 0x80 || reader.pos >= reader.len) return reader.uint32()
  reader.pos++
  return first
}
