import { readerOf, readName, readText, readMillis, varint, WIRE_TYPE, type Reader } from './wire.ts'

/** What a search told of one resource, as far as it is counted. */
export interface Found {
  /** Empty where the answer has none. */
  readonly name: string
  readonly assetType: string
  /** Milliseconds, where the type has it. */
  readonly created?: number
}

export interface SearchPage {
  readonly found: Found[]
  /** Empty on the last page. */
  readonly nextPageToken: string
}

/** SearchAllResourcesResponse { results = 1, next_page_token = 2 } */
export function decodeSearch(bytes: Uint8Array): SearchPage {
  const reader = readerOf(bytes)
  const found: Found[] = []
  let nextPageToken = ''
  while (reader.pos < reader.len) {
    const tag = varint(reader)
    if (tag === 10) found.push(readFound(reader))
    else if (tag === 18) nextPageToken = readText(reader)
    else reader.skipType(tag & WIRE_TYPE)
  }
  return { found, nextPageToken }
}

// ResourceSearchResult { name = 1, asset_type = 2, create_time = 11 }, and more that is not asked for.
function readFound(reader: Reader): Found {
  const end = varint(reader) + reader.pos
  let name = ''
  let assetType = ''
  let created: number | undefined
  while (reader.pos < end) {
    const tag = varint(reader)
    if (tag === 10) name = readText(reader)
    else if (tag === 18) assetType = readName(reader)
    else if (tag === 90) created = readMillis(reader)
    else reader.skipType(tag & WIRE_TYPE)
  }
  return created === undefined ? { name, assetType } : { name, assetType, created }
}
