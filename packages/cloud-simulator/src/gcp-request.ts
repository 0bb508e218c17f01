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

/**
 * google.cloud.asset.v1.ListAssetsRequest: parent = 1, read_time = 2, asset_types = 3, content_type = 4, page_size = 5,
 * page_token = 6.
 */
export function decodeListAssets(message: Uint8Array): ListAssetsRequest {
  const reader = protobuf.Reader.create(message)
  const assetTypes: string[] = []
  const request = {
    parent: '',
    readTimeMs: null as number | null,
    assetTypes,
    contentType: 0,
    pageSize: 0,
    pageToken: '',
  }
  try {
    while (reader.pos < reader.len) {
      const tag = reader.uint32()
      if (tag === 10) request.parent = reader.string()
      else if (tag === 18) request.readTimeMs = decodeTimestamp(reader.bytes())
      else if (tag === 26) assetTypes.push(reader.string())
      else if (tag === 32) request.contentType = reader.int32()
      else if (tag === 40) request.pageSize = reader.int32()
      else if (tag === 50) request.pageToken = reader.string()
      else reader.skipType(tag & 7)
    }
  } catch (thrown) {
    throw new GrpcError(CODE.internal, `the request is no ListAssetsRequest: ${String(thrown)}`)
  }
  return request
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
