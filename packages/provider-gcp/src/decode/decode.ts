import { releaseBytes } from '@cae/core'
import { LOOKED_INTO, type Asset, type AssetPage, type AssetResource, type RelatedAsset } from '../asset.ts'
import { readPolicy } from './decode-policy.ts'
import { readStruct } from './decode-struct.ts'
import { nameFinder } from './name-finder.ts'
import { readerOf, readName, readText, readTimestamp, varint, WIRE_TYPE, type Reader } from './wire.ts'
import { readStructText } from './struct-text.ts'

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

/**
 * A ListAssetsResponse straight from its bytes into plain JSON; the generated decoder first builds a tree of message
 * objects for every Struct, which costs more than all the rest of reading a page (docs/decisions/0002). Unknown fields are
 * skipped, and so is the content of types that we do not ask for (organization policy, OS inventory, …). Field numbers:
 * google/cloud/asset/v1/asset_service.proto, assets.proto.
 */
export function decodeListAssets(bytes: Uint8Array): AssetPage {
  const reader = readerOf(bytes)
  let nextPageToken = ''
  while (reader.pos < reader.len) {
    const tag = varint(reader)
    if (tag === 26) nextPageToken = readText(reader)
    else reader.skipType(tag & WIRE_TYPE)
  }
  return { assets: readOnce(bytes), nextPageToken }
}

// The promises that a page comes through hold it for longer than it is needed (core's take-all.ts). Of what was decoded
// nothing looks into the bytes, so that they are released with the last asset.
function readOnce(bytes: Uint8Array): Iterable<Asset> {
  let unread: Uint8Array | null = bytes
  return {
    [Symbol.iterator]() {
      if (!unread) throw new Error('the assets of a page are read once')
      const all = unread
      unread = null
      return assetsIn(all)
    },
  }
}

function* assetsIn(bytes: Uint8Array): Generator<Asset> {
  const reader = readerOf(bytes)
  while (reader.pos < reader.len) {
    const tag = varint(reader)
    if (tag === 18) yield readAsset(reader, varint(reader) + reader.pos)
    else reader.skipType(tag & WIRE_TYPE)
  }
  releaseBytes(bytes)
}

/** One Asset message, as `indexAssets` found it. */
export function decodeAsset(bytes: Uint8Array): Asset {
  return readAsset(readerOf(bytes), bytes.length)
}

function readAsset(reader: Reader, end: number): Asset {
  const ancestors: string[] = []
  const asset: Mutable<Asset> = { name: '', assetType: '', ancestors }
  while (reader.pos < end) {
    const tag = varint(reader)
    if (tag === 10) asset.name = readText(reader)
    else if (tag === 18) asset.assetType = readName(reader)
    else if (tag === 26) asset.resource = readResource(reader)
    else if (tag === 34) asset.iamPolicy = readPolicy(reader)
    else if (tag === 82) ancestors.push(readName(reader))
    else if (tag === 90) asset.updateTime = readTimestamp(reader)
    else if (tag === 122) asset.relatedAsset = readRelatedAsset(reader)
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

const lookedInto = nameFinder(LOOKED_INTO)

function readData(reader: Reader, resource: Mutable<AssetResource>): void {
  const struct = readStructText(reader, lookedInto)
  resource.data = struct ? struct.fields : readStruct(reader)
  if (struct) resource.text = struct.text
}

function readRelatedAsset(reader: Reader): RelatedAsset {
  const end = varint(reader) + reader.pos
  const ancestors: string[] = []
  const related: Mutable<RelatedAsset> & { ancestors: string[] } = {
    asset: '',
    assetType: '',
    ancestors,
    relationshipType: '',
  }
  while (reader.pos < end) {
    const tag = varint(reader)
    if (tag === 10) related.asset = readText(reader)
    else if (tag === 18) related.assetType = readName(reader)
    else if (tag === 26) ancestors.push(readName(reader))
    else if (tag === 34) related.relationshipType = readName(reader)
    else reader.skipType(tag & WIRE_TYPE)
  }
  return related
}

/** Where an asset stands in the bytes of its page. */
export interface AssetPlace {
  readonly name: string
  readonly assetType: string
  readonly start: number
  readonly end: number
}

/** A page whose assets are only found, not decoded. */
export interface AssetIndex {
  readonly bytes: Uint8Array
  readonly places: readonly AssetPlace[]
  /** Empty on the last page. */
  readonly nextPageToken: string
}

/** The names in a ListAssetsResponse and where each asset's message is, for content that is held until it is needed. */
export function indexAssets(bytes: Uint8Array): AssetIndex {
  const reader = readerOf(bytes)
  const places: AssetPlace[] = []
  let nextPageToken = ''
  while (reader.pos < reader.len) {
    const tag = varint(reader)
    if (tag === 18) places.push(readPlace(reader))
    else if (tag === 26) nextPageToken = readText(reader)
    else reader.skipType(tag & WIRE_TYPE)
  }
  return { bytes, places, nextPageToken }
}

function readPlace(reader: Reader): AssetPlace {
  const end = varint(reader) + reader.pos
  const start = reader.pos
  let name = ''
  let assetType = ''
  while (reader.pos < end) {
    const tag = varint(reader)
    if (tag === 10) name = readText(reader)
    else if (tag === 18) assetType = readName(reader)
    else reader.skipType(tag & WIRE_TYPE)
  }
  return { name, assetType, start, end }
}
