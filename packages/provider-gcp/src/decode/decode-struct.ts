import type { JsonObject, JsonValue } from '@cae/core'
import { readName, readText, varint, WIRE_TYPE, type Reader } from './wire.ts'

/** Struct { map<string, Value> fields = 1 }; an entry is a message of key = 1 and value = 2. */
export function readStruct(reader: Reader): JsonObject {
  const end = varint(reader) + reader.pos
  const object: Record<string, JsonValue> = {}
  while (reader.pos < end) {
    const tag = varint(reader)
    if (tag === 10) readEntry(reader, object)
    else reader.skipType(tag & WIRE_TYPE)
  }
  return object
}

function readEntry(reader: Reader, object: Record<string, JsonValue>): void {
  const end = varint(reader) + reader.pos
  let key = ''
  let value: JsonValue = null
  while (reader.pos < end) {
    const tag = varint(reader)
    if (tag === 10) key = readName(reader)
    else if (tag === 18) value = readValue(reader)
    else reader.skipType(tag & WIRE_TYPE)
  }
  // Assigning to this one would change the object's prototype instead.
  if (key === '__proto__')
    Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true })
  else object[key] = value
}

// Value { oneof: null = 1, number = 2, string = 3, bool = 4, struct = 5, list = 6 }; the last one on the wire counts.
function readValue(reader: Reader): JsonValue {
  const end = varint(reader) + reader.pos
  let value: JsonValue = null
  while (reader.pos < end) {
    const tag = varint(reader)
    if (tag === 26) value = readText(reader)
    else if (tag === 17) value = reader.double()
    else if (tag === 32) value = reader.bool()
    else if (tag === 42) value = readStruct(reader)
    else if (tag === 50) value = readList(reader)
    else if (tag === 8) {
      varint(reader)
      value = null
    } else reader.skipType(tag & WIRE_TYPE)
  }
  return value
}

function readList(reader: Reader): JsonValue {
  const end = varint(reader) + reader.pos
  const list: JsonValue[] = []
  while (reader.pos < end) {
    const tag = varint(reader)
    if (tag === 10) list.push(readValue(reader))
    else reader.skipType(tag & WIRE_TYPE)
  }
  return list
}
