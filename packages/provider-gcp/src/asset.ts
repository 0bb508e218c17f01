import type { JsonText, JsonValue } from '@cae/core'

/** An asset of Cloud Asset Inventory as plain JSON, names as in the API's JSON form. */
export interface Asset {
  /** Full resource name, such as `//compute.googleapis.com/projects/p/zones/z/instances/i`. */
  readonly name: string
  /** Such as `compute.googleapis.com/Instance`. */
  readonly assetType: string
  readonly resource?: AssetResource
  /** `projects/123`, `folders/45`, `organizations/6`: the nearest first. */
  readonly ancestors: readonly string[]
  /** ISO 8601. */
  readonly updateTime?: string
  /** Content that other content types than RESOURCE bring, under its own name. */
  readonly iamPolicy?: JsonValue
  readonly orgPolicy?: JsonValue
  readonly v2OrgPolicies?: JsonValue
  readonly accessPolicy?: JsonValue
  readonly accessLevel?: JsonValue
  readonly servicePerimeter?: JsonValue
  readonly osInventory?: JsonValue
  /** The one relationship that an asset of content type RELATIONSHIP is about. */
  readonly relatedAsset?: RelatedAsset
  /** All of them, once they are put together by name. */
  readonly relatedAssets?: readonly RelatedAsset[]
}

/** The other end of a relationship. */
export interface RelatedAsset {
  /** Full resource name. */
  readonly asset: string
  readonly assetType: string
  readonly ancestors?: readonly string[]
  /** Such as `COMPUTE_INSTANCE_USE_DISK`. */
  readonly relationshipType: string
}

export interface AssetResource {
  readonly version?: string
  readonly discoveryDocumentUri?: string
  readonly discoveryName?: string
  readonly resourceUrl?: string
  /** Full resource name of what the resource is in. */
  readonly parent?: string
  readonly data?: ResourceData
  /** All of the data as text. `data` has only the fields in `LOOKED_INTO` then. */
  readonly text?: JsonText
  /** A region, a zone, a multi-region or `global`; in upper case for some types. */
  readonly location?: string
}

/** Fields that only seldom have to be parsed may be text. */
export type ResourceData = Readonly<Record<string, JsonValue | JsonText>>

export const CREATION_TIMES = ['creationTimestamp', 'createTime', 'timeCreated', 'creationTime', 'createdTime'] as const

/** Content that other content types than RESOURCE bring; kept under its own name, as a further key of the data. */
export const OTHER_CONTENT = [
  'iamPolicy',
  'orgPolicy',
  'v2OrgPolicies',
  'accessPolicy',
  'accessLevel',
  'servicePerimeter',
  'osInventory',
] as const

/** Fields that may be large, and that are only looked into where others say nothing. */
export const SELDOM_LOOKED_INTO: ReadonlySet<string> = new Set(['settings', 'metadata'])

/** Fields of a resource's data that the translation looks into; of the rest it needs only the text. */
export const LOOKED_INTO: readonly string[] = [
  ...CREATION_TIMES,
  'name',
  'displayName',
  'projectId',
  'labels',
  'resourceLabels',
  'userLabels',
  ...SELDOM_LOOKED_INTO,
  ...OTHER_CONTENT,
]

export interface AssetPage {
  /**
   * Each is decoded when it is reached: a page waits as bytes, which garbage collection need not copy. They are let go of
   * then, so a page is read once; a second time throws.
   */
  readonly assets: Iterable<Asset>
  /** Empty on the last page. */
  readonly nextPageToken: string
}
