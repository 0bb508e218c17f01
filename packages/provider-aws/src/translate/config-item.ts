import type { JsonText, JsonValue } from '@cae/core'

/**
 * One resource as AWS Config tells it: a row of SelectResourceConfig, or a configuration item of its other operations.
 * What both have in common is little, so each field says what was seen.
 */
export interface ConfigItem {
  readonly resourceType?: string | null
  readonly resourceId?: string | null
  readonly resourceName?: string | null
  readonly arn?: string | null
  readonly accountId?: string | null
  readonly awsRegion?: string | null
  /** A zone, or words: `Regional`, `Multiple Availability Zones`, `Not Applicable`. */
  readonly availabilityZone?: string | null
  /** ISO 8601 from SelectResourceConfig, else seconds since the epoch, which the SDK makes a Date of. */
  readonly resourceCreationTime?: string | number | Date | null
  readonly configurationItemCaptureTime?: string | number | Date | null
  readonly configurationItemStatus?: string | null
  readonly version?: string | null
  /** An object from SelectResourceConfig; JSON in a string from the others, sometimes encoded twice; null for custom types. */
  readonly configuration?: JsonValue | JsonText
  /** Values are parsed from SelectResourceConfig, JSON in strings from the others, some of it encoded twice. */
  readonly supplementaryConfiguration?: JsonValue
  /** `[{key, value}]` from SelectResourceConfig, an object from the others. */
  readonly tags?: JsonValue
  readonly relationships?: readonly ConfigRelationship[] | null
}

export interface ConfigRelationship {
  readonly resourceType?: string | null
  readonly resourceId?: string | null
  readonly resourceName?: string | null
  readonly relationshipName?: string | null
  /** The same as `relationshipName`, in the items of rule evaluations. */
  readonly name?: string | null
}
