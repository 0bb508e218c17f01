import { JsonText, type JsonValue } from '@cae/core'
import { SELDOM_LOOKED_INTO, type ResourceData } from '../asset.ts'
import type { NameFinder } from './name-finder.ts'
import { toBuffer } from './text.ts'
import type { Reader } from './wire.ts'

/** A Struct as JSON text, and the fields of it that the translation looks into. */
export interface StructText {
  readonly text: JsonText
  readonly fields: ResourceData
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

// Four bytes at once: looking for what is to be escaped takes half the time of one at a time.
const FOUR_ONES = 0x01010101
const FOUR_SPACES = 0x20202020
const FOUR_QUOTES = 0x22222222
const FOUR_BACKSLASHES = 0x5c5c5c5c
const FOUR_HIGHEST = 0x80808080

const HEX = new TextEncoder().encode('0123456789abcdef')
const TRUE = new TextEncoder().encode('true')
const FALSE = new TextEncoder().encode('false')
const NULL = new TextEncoder().encode('null')

/** A byte of a string becomes at most `\u0000`; all else that is written is shorter than six times its encoding. */
const MOST_PER_BYTE = 6
/** Longer ones are left to `readStruct`, so that one of them does not cost its memory for ever. */
const LONGEST = 1024 * 1024
let out = toBuffer(Buffer.allocUnsafeSlow(64 * 1024))

// The bytes at hand, where the reading is and where it must end. They are variables of the module rather than properties
// of a reader, since they change with every byte.
let from: Uint8Array = out
let fromView = viewOf(from)
let outView = viewOf(out)
let pos = 0
let limit = 0
/** All bytes of strings, or-ed: whether one is beyond ASCII. */
let seen = 0

/**
 * The Struct at the reader's place, straight from protobuf into JSON text. Null, with the reader where it was, for one that
 * is encoded as no encoder does it (a value before its key, two values for one): that is left to `readStruct`.
 */
export function readStructText(reader: Reader, wanted: NameFinder): StructText | null {
  const start = reader.pos
  const length = reader.uint32()
  if (reader.pos + length > reader.len) throw new RangeError('a Struct ends after the message')
  if (length > LONGEST) {
    reader.pos = start
    return null
  }
  const needed = (length + 1) * MOST_PER_BYTE
  if (out.length < needed) {
    out = toBuffer(Buffer.allocUnsafeSlow(needed))
    outView = viewOf(out)
  }
  if (from !== reader.buf) {
    from = reader.buf
    fromView = viewOf(from)
  }
  pos = reader.pos
  limit = pos + length
  seen = 0
  const fields: Record<string, JsonValue | JsonText> = {}
  const end = writeFields(limit, wanted, fields)
  if (end >= 0) {
    reader.pos = pos
    return { text: new JsonText(written(0, end)), fields }
  }
  reader.pos = start
  return null
}

function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength)
}

function written(start: number, end: number): string {
  return (seen & FOUR_HIGHEST) !== 0 ? out.utf8Slice(start, end) : out.latin1Slice(start, end)
}

// Each of these writes at `at` and gives the place behind; -1 where it gave up.

/** The outermost Struct. */
function writeFields(end: number, wanted: NameFinder, fields: Record<string, JsonValue | JsonText>): number {
  let to = 0
  out[to++] = OPEN_OBJECT
  while (pos < end) {
    if (to > 1) out[to++] = COMMA
    const entryEnd = entry()
    if (entryEnd < 0) return -1
    const key = to
    to = writeString(to)
    const name = wanted(out, key + 1, to - 1)
    out[to++] = COLON
    const value = to
    to = writeEntryValue(entryEnd, to)
    if (to < 0) return -1
    if (name !== undefined) fields[name] = valueOf(name, value, to)
  }
  out[to++] = CLOSE_OBJECT
  return pos === end ? to : -1
}

function valueOf(name: string, start: number, end: number): JsonValue | JsonText {
  if (SELDOM_LOOKED_INTO.has(name)) return new JsonText(written(start, end))
  // To parse what is the same between its quotes takes four times as long.
  if (out[start] === QUOTE && !isEscaped(start, end)) return written(start + 1, end - 1)
  return JSON.parse(written(start, end)) as JsonValue
}

function isEscaped(start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (out[i] === BACKSLASH) return true
  return false
}

function writeStruct(end: number, at: number): number {
  let to = at
  out[to++] = OPEN_OBJECT
  while (pos < end) {
    if (to > at + 1) out[to++] = COMMA
    const entryEnd = entry()
    if (entryEnd < 0) return -1
    to = writeString(to)
    out[to++] = COLON
    to = writeEntryValue(entryEnd, to)
    if (to < 0) return -1
  }
  out[to++] = CLOSE_OBJECT
  return pos === end ? to : -1
}

/** Goes to the length of an entry's key; gives where the entry ends, -1 where it has no key first. */
function entry(): number {
  if (from[pos++] !== 10) return -1
  const length = varint()
  const end = pos + length
  return length > 0 && from[pos++] === 10 ? end : -1
}

function writeEntryValue(end: number, at: number): number {
  if (pos === end) return writeWord(NULL, at)
  if (from[pos++] !== 18) return -1
  const to = writeValue(at)
  return pos === end ? to : -1
}

// Value { oneof: null = 1, number = 2, string = 3, bool = 4, struct = 5, list = 6 }
function writeValue(at: number): number {
  const length = varint()
  const end = pos + length
  if (length === 0) return writeWord(NULL, at)
  const to = writeOneOf(from[pos++]!, at)
  return pos === end ? to : -1
}

function writeOneOf(tag: number, at: number): number {
  switch (tag) {
    case 26:
      return writeString(at)
    case 17:
      return writeDouble(at)
    case 32:
      return writeBoolean(from[pos++]!, at)
    case 42: {
      const length = varint()
      return writeStruct(pos + length, at)
    }
    case 50: {
      const length = varint()
      return writeList(pos + length, at)
    }
    case 8:
      return from[pos++] === 0 ? writeWord(NULL, at) : -1
    default:
      return -1
  }
}

function writeList(end: number, at: number): number {
  let to = at
  out[to++] = OPEN_LIST
  while (pos < end) {
    if (to > at + 1) out[to++] = COMMA
    if (from[pos++] !== 10) return -1
    to = writeValue(to)
    if (to < 0) return -1
  }
  out[to++] = CLOSE_LIST
  return pos === end ? to : -1
}

function writeBoolean(byte: number, at: number): number {
  return byte > 1 ? -1 : writeWord(byte === 1 ? TRUE : FALSE, at)
}

const double = new DataView(new ArrayBuffer(8))

function writeDouble(at: number): number {
  for (let i = 0; i < 8; i++) double.setUint8(i, from[pos++]!)
  const value = double.getFloat64(0, true)
  if (!Number.isFinite(value)) return writeWord(NULL, at)
  const digits = String(value)
  for (let i = 0; i < digits.length; i++) out[at + i] = digits.charCodeAt(i)
  return at + digits.length
}

function writeWord(word: Uint8Array, at: number): number {
  for (let i = 0; i < word.length; i++) out[at + i] = word[i]!
  return at + word.length
}

function writeString(at: number): number {
  const length = varint()
  const end = pos + length
  if (end > limit) throw new RangeError('a string ends after its Struct')
  let to = at
  out[to++] = QUOTE
  while (pos + 4 <= end) {
    const word = fromView.getInt32(pos)
    if (isPlain(word)) {
      seen |= word
      outView.setInt32(to, word)
      to += 4
      pos += 4
    } else to = writeBytes(pos + 4, to)
  }
  to = writeBytes(end, to)
  out[to++] = QUOTE
  return to
}

// A bit of a byte's own highest place is left where the byte is none, or is less than what is taken from it.
function isPlain(word: number): boolean {
  const quote = word ^ FOUR_QUOTES
  const backslash = word ^ FOUR_BACKSLASHES
  const found = ((quote - FOUR_ONES) & ~quote) | ((backslash - FOUR_ONES) & ~backslash) | ((word - FOUR_SPACES) & ~word)
  return (found & FOUR_HIGHEST) === 0
}

function writeBytes(end: number, at: number): number {
  let to = at
  while (pos < end) {
    const byte = from[pos++]!
    seen |= byte
    if (byte >= SPACE && byte !== QUOTE && byte !== BACKSLASH) out[to++] = byte
    else to = writeEscaped(byte, to)
  }
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
function varint(): number {
  const first = from[pos++]!
  return first < 0x80 ? first : longVarint(first)
}

function longVarint(first: number): number {
  let value = first & 0x7f
  for (let scale = 0x80; scale <= 0x10000000; scale *= 0x80) {
    const byte = from[pos++]!
    value += (byte & 0x7f) * scale
    if (byte < 0x80) return value
  }
  throw new RangeError('a number is longer than it may be, or the message ends in it')
}
