import protobuf from 'protobufjs/minimal.js'
import { TYPES } from './estate.ts'
import { textTemplate } from './hole.ts'
import { emit, field, sharedWriter, structParts, tag, text, type Part } from './protobuf.ts'
import type { Item, ResourceType } from './resource-type.ts'
import type { Tree } from './template.ts'
import { POLICY } from './types/gcp-type.ts'

/** google.cloud.asset.v1.ContentType, as far as the estate has content. */
export const CONTENT = { unspecified: 0, resource: 1, iamPolicy: 2 } as const
export type Content = 0 | 1 | 2

const plans = new Map<Content, readonly Part[]>()

/** ListAssetsResponse: read_time = 1, assets = 2, next_page_token = 3. */
export function listAssetsResponse(
  items: readonly Item[],
  content: Content,
  readTimeMs: number,
  nextPageToken: string | null,
): Buffer {
  let assets = plans.get(content)
  if (!assets) plans.set(content, (assets = TYPES.gcp.types.map((type) => asset(type, content))))
  const writer = sharedWriter
  if (nextPageToken !== null) {
    writer.ascii(nextPageToken)
    writer.varint(nextPageToken.length)
    writer.bytes(tag(3))
  }
  for (let i = items.length - 1; i >= 0; i--) emit(assets[items[i]!.type]!, writer, items[i]!)
  writer.bytes(timestamp(1, readTimeMs))
  return writer.take()
}

// Asset: name = 1, asset_type = 2, resource = 3, iam_policy = 4, ancestors = 10, update_time = 11.
function asset({ name, columns }: ResourceType, content: Content): Part {
  return field(2, [
    text(1, '{{fullName}}'),
    text(2, name),
    ...(content === CONTENT.resource ? [field(3, resource(columns))] : []),
    ...(content === CONTENT.iamPolicy ? [field(4, policy(POLICY))] : []),
    text(10, 'projects/{{number}}'),
    text(10, 'organizations/{{parent}}'),
    updateTime,
  ])
}

// Resource: version = 1, discovery_document_uri = 2, discovery_name = 3, parent = 5, data = 6, location = 8.
function resource(columns: Readonly<Record<string, Tree>>): Part[] {
  const string = (number: number, column: string) => text(number, columns[column] as string)
  return [
    string(1, 'version'),
    string(2, 'discoveryDocumentUri'),
    string(3, 'discoveryName'),
    string(5, 'parent'),
    field(6, structParts(columns['data'] as Readonly<Record<string, Tree>>)),
    string(8, 'location'),
  ]
}

// google.iam.v1.Policy: version = 1, etag = 3, bindings = 4 of role = 1 and members = 2.
function policy({ version, etag, bindings }: typeof POLICY): Part[] {
  return [
    Buffer.concat([tag(1, 0), Buffer.from([version])]),
    text(3, etag),
    ...bindings.map(({ role, members }) => field(4, [text(1, role), ...members.map((member) => text(2, member))])),
  ]
}

const CAPTURED = textTemplate('{{millis captured}}')

const updateTime: Part = (writer, item) => writer.bytes(timestamp(11, Number(CAPTURED(item))))

/** google.protobuf.Timestamp: seconds = 1, nanos = 2. */
function timestamp(number: number, milliseconds: number): Uint8Array {
  return protobuf.Writer.create()
    .uint32((number << 3) | 2)
    .fork()
    .uint32(8)
    .int64(Math.floor(milliseconds / 1000))
    .uint32(16)
    .int32((milliseconds % 1000) * 1_000_000)
    .ldelim()
    .finish()
}
