import protobuf from 'protobufjs/minimal.js'
import { CODE, GrpcError } from './grpc.ts'

export interface ListAssetsRequest {
  readonly parent: string
  readonly readTimeMs: number | null
  readonly assetTypes: readonly string[]
  readonly contentType: number
  readonly pageSize: number
  readonly pageToken: string
}

export interface SearchRequest {
  readonly scope: string
  readonly query: string
  readonly assetTypes: readonly string[]
  readonly pageSize: number
  readonly pageToken: string
  readonly orderBy: string
  readonly readMask: readonly string[]
}

type Reader = protobuf.Reader

/**
 * google.cloud.asset.v1.ListAssetsRequest: parent = 1, read_time = 2, asset_types = 3, content_type = 4, page_size = 5,
 * page_token = 6.
 */
export function decodeListAssets(message: Uint8Array): ListAssetsRequest {
  const assetTypes: string[] = []
  const request = {
    parent: '',
    readTimeMs: null as number | null,
    assetTypes,
    contentType: 0,
    pageSize: 0,
    pageToken: '',
  }
  decode('ListAssetsRequest', message, (tag, reader) => {
    if (tag === 10) request.parent = reader.string()
    else if (tag === 18) request.readTimeMs = decodeTimestamp(reader.bytes())
    else if (tag === 26) assetTypes.push(reader.string())
    else if (tag === 32) request.contentType = reader.int32()
    else if (tag === 40) request.pageSize = reader.int32()
    else if (tag === 50) request.pageToken = reader.string()
    else reader.skipType(tag & 7)
  })
  return request
}

/**
 * google.cloud.asset.v1.SearchAllResourcesRequest: scope = 1, query = 2, asset_types = 3, page_size = 4, page_token = 5,
 * order_by = 6, read_mask = 8 of paths = 1.
 */
export function decodeSearch(message: Uint8Array): SearchRequest {
  const assetTypes: string[] = []
  const readMask: string[] = []
  const request = { scope: '', query: '', assetTypes, pageSize: 0, pageToken: '', orderBy: '', readMask }
  decode('SearchAllResourcesRequest', message, (tag, reader) => {
    if (tag === 10) request.scope = reader.string()
    else if (tag === 18) request.query = reader.string()
    else if (tag === 26) assetTypes.push(reader.string())
    else if (tag === 32) request.pageSize = reader.int32()
    else if (tag === 42) request.pageToken = reader.string()
    else if (tag === 50) request.orderBy = reader.string()
    else if (tag === 66) readMask.push(...decodeStrings(reader.bytes()))
    else reader.skipType(tag & 7)
  })
  return request
}

function decode(name: string, message: Uint8Array, read: (tag: number, reader: Reader) => void): void {
  const reader = protobuf.Reader.create(message)
  try {
    while (reader.pos < reader.len) read(reader.uint32(), reader)
  } catch (thrown) {
    throw new GrpcError(CODE.internal, `the request is no ${name}: ${String(thrown)}`)
  }
}

function decodeStrings(bytes: Uint8Array): string[] {
  const reader = protobuf.Reader.create(bytes)
  const strings: string[] = []
  while (reader.pos < reader.len) {
    const tag = reader.uint32()
    if (tag === 10) strings.push(reader.string())
    else reader.skipType(tag & 7)
  }
  return strings
}

function decodeTimestamp(bytes: Uint8Array): number {
  const reader = protobuf.Reader.create(bytes)
  let milliseconds = 0
  while (reader.pos < reader.len) {
    const tag = reader.uint32()
    if (tag === 8) milliseconds += Number(reader.int64()) * 1000
    else if (tag === 16) milliseconds += reader.int32() / 1_000_000
    else reader.skipType(tag & 7)
  }
  return milliseconds
}
