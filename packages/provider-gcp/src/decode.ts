import type { JsonObject, JsonValue } from '@cae/core'
import protobuf from 'protobufjs/minimal.js'
import { LOOKED_INTO, type Asset, type AssetPage, type AssetResource } from './asset.ts'
import { readStructText } from './struct-text.ts'
import { decodeKey, decodeText } from './text.ts'

type Reader = protobuf.Reader
type Mutable<T> = { -readonly [K in keyof T]: T[K] }

// Tag of a field: number × 8 + wire type. 1 is fixed64, 2 is length-delimited, 0 is varint.
const WIRE_TYPE = 7

/**
 * A ListAssetsResponse with content type RESOURCE, straight from its bytes into plain JSON; the generated decoder first
 * builds a tree of message objects for every Struct, which costs more than all the rest of reading a page
 * (docs/decisions/0002). Unknown fields are skipped, and so is the content of other content types (IAM policy, …), which
 * this one never brings. Field numbers: google/cloud/asset/v1/asset_service.proto, assets.proto, google/protobuf/struct.proto.
 */
export function decodeListAssets(bytes: Uint8Array): AssetPage {
  const reader = protobuf.Reader.create(bytes)
  const page: Mutable<AssetPage> = { assets: [], nextPageToken: '' }
  while (reader.pos < reader.len) {
    const tag = varint(reader)
    if (tag === 18) page.assets.push(readAsset(reader))
    else if (tag === 26) page.nextPageToken = readText(reader)
    else if (tag === 10) page.readTime = readTimestamp(reader)
    else reader.skipType(tag & WIRE_TYPE)
  }
  return page
}

function readAsset(reader: Reader): Asset {
  const end = varint(reader) + reader.pos
  const ancestors: string[] = []
  const asset: Mutable<Asset> = { name: '', assetType: '', ancestors }
  while (reader.pos < end) {
    const tag = varint(reader)
    if (tag === 10) asset.name = readText(reader)
    else if (tag === 18) asset.assetType = readName(reader)
    else if (tag === 26) asset.resource = readResource(reader)
    else if (tag === 82) ancestors.push(readName(reader))
    else if (tag === 90) asset.updateTime = readTimestamp(reader)
    else reader.skipType(tag & WIRE_TYPE)
  }
  return asset
}

function readResource(reader: Reader): AssetResource {
  const end = varint(reader) + reader.pos
  const resource: Mutable<AssetResource> = {}
  while (reader.pos < end) {
    const tag = varint(reader)
    if (tag === 10) resource.version = readName(reader)
    else if (tag === 18) resource.discoveryDocumentUri = readName(reader)
    else if (tag === 26) resource.discoveryName = readName(reader)
    else if (tag === 34) resource.resourceUrl = readText(reader)
    else if (tag === 42) resource.parent = readName(reader)
    else if (tag === 50) readData(reader, resource)
    else if (tag === 66) resource.location = readName(reader)
    else reader.skipType(tag & WIRE_TYPE)
  }
  return resource
}

function readData(reader: Reader, resource: Mutable<AssetResource>): void {
  const struct = readStructText(reader, LOOKED_INTO)
  resource.data = struct ? struct.fields : readStruct(reader)
  if (struct) resource.text = struct.text
}

// Struct { map<string, Value> fields = 1 }; an entry is a message of key = 1 and value = 2.
function readStruct(reader: Reader): JsonObject {
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

// Timestamp { int64 seconds = 1, int32 nanos = 2 }
function readTimestamp(reader: Reader): string {
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

// Nearly every tag and length has one byte.
function varint(reader: Reader): number {
  const first = reader.buf[reader.pos]!
  if (first >= 0x80 || reader.pos >= reader.len) return reader.uint32()
  reader.pos++
  return first
}

// A string that is likely to be the only one of its kind.
function readText(reader: Reader): string {
  const length = varint(reader)
  const start = reader.pos
  const end = start + length
  if (end > reader.len) throw new RangeError('a string ends after the message')
  reader.pos = end
  return decodeText(reader.buf, start, end)
}

// A string of which a page holds many copies.
function readName(reader: Reader): string {
  const length = varint(reader)
  const start = reader.pos
  const end = start + length
  if (end > reader.len) throw new RangeError('a string ends after the message')
  reader.pos = end
  return decodeKey(reader.buf, start, end)
}
