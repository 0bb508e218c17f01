import protobuf from 'protobufjs/minimal.js'
import { TYPES } from '../estate/estate.ts'
import { CONTENT, type Content } from './asset-types.ts'
import { policyPart } from './policy.ts'
import { RELATIONS, type RelationRow } from './relationship.ts'
import { textTemplate } from '../estate/hole.ts'
import { emit, field, sharedWriter, structParts, tag, text, type Part } from './protobuf.ts'
import type { Item, ResourceType } from '../estate/resource-type.ts'
import type { Tree } from '../estate/template.ts'

const plans = new Map<Content, readonly Part[]>()
let relationPlans: readonly Part[] | undefined

/** ListAssetsResponse for any content type but RELATIONSHIP. */
export function listAssetsResponse(
  items: readonly Item[],
  content: Content,
  readTimeMs: number,
  nextPageToken: string | null,
): Buffer {
  let assets = plans.get(content)
  if (!assets) plans.set(content, (assets = TYPES.gcp.types.map((type) => asset(type, content))))
  return response(
    items.map((item) => [assets[item.type]!, item] as const),
    readTimeMs,
    nextPageToken,
  )
}

/** ListAssetsResponse for RELATIONSHIP: an asset for each relation. */
export function listRelationsResponse(
  rows: readonly RelationRow[],
  readTimeMs: number,
  nextPageToken: string | null,
): Buffer {
  const parts = (relationPlans ??= RELATIONS.map((_, n) => relation(n)))
  return response(
    rows.map(({ item, relation }) => [parts[relation]!, item] as const),
    readTimeMs,
    nextPageToken,
  )
}

// ListAssetsResponse: read_time = 1, assets = 2, next_page_token = 3.
function response(
  assets: readonly (readonly [Part, Item])[],
  readTimeMs: number,
  nextPageToken: string | null,
): Buffer {
  const writer = sharedWriter
  if (nextPageToken !== null) {
    writer.ascii(nextPageToken)
    writer.varint(nextPageToken.length)
    writer.bytes(tag(3))
  }
  for (let i = assets.length - 1; i >= 0; i--) emit(assets[i]![0], writer, assets[i]![1])
  writer.bytes(timestamp(1, readTimeMs))
  return writer.take()
}

// Asset: name = 1, asset_type = 2, resource = 3, iam_policy = 4, ancestors = 10, update_time = 11.
function asset({ name, columns }: ResourceType, content: Content): Part {
  return field(2, [
    text(1, '{{fullName}}'),
    text(2, name),
    ...(content === CONTENT.resource ? [field(3, resource(columns))] : []),
    ...(content === CONTENT.iamPolicy ? [policyPart(4)] : []),
    ...ancestors(10),
    updateTime,
  ])
}

// related_asset = 15 of asset = 1, asset_type = 2, ancestors = 3, relationship_type = 4.
function relation(n: number): Part {
  const { from, to, type } = RELATIONS[n]!
  return field(2, [
    text(1, '{{fullName}}'),
    text(2, nameOf(from)),
    field(15, [text(1, `{{ref ${to} fullName}}`), text(2, nameOf(to)), ...ancestors(3), text(4, type)]),
    ...ancestors(10),
    updateTime,
  ])
}

function nameOf(alias: string): string {
  return TYPES.gcp.types[TYPES.gcp.byAlias.get(alias)!]!.name
}

function ancestors(number: number): Part[] {
  return [text(number, 'projects/{{number}}'), text(number, 'organizations/{{parent}}')]
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

const CAPTURED = textTemplate('{{millis captured}}')

const updateTime: Part = (writer, item) => writer.bytes(timestamp(11, Number(CAPTURED(item))))

/** google.protobuf.Timestamp: seconds = 1, nanos = 2. */
export function timestamp(number: number, milliseconds: number): Uint8Array {
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
