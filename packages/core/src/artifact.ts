import type { JsonValue } from './json.ts'
import type { JsonText } from './json-text.ts'
import type { ProviderName } from './provider-name.ts'

/** Version of the artifact's shape; it changes only when a consumer must change. */
export const SCHEMA_VERSION = 1

/** One resource of one cloud, in the envelope that every transport delivers. JSON, snake_case. */
export interface Artifact {
  readonly schema_version: typeof SCHEMA_VERSION
  readonly cloud_provider: ProviderName
  /** `{provider}:{service}:{type}` in kebab case, such as `aws:ec2:network-interface`. */
  readonly resource_type: string
  readonly metadata: ArtifactMetadata
  readonly relationships: readonly Relationship[]
  /** What the provider reports, unchanged in meaning; as text where nobody had to look into it. */
  readonly configuration: JsonValue | JsonText
}

export interface ArtifactMetadata {
  /** The same resource has the same id in every run: ARN, lower-cased ARM id, GCP full resource name. */
  readonly resource_id: string
  readonly name: string | null
  /** The provider's own short id, such as `i-0abc`. */
  readonly native_id: string
  /** The provider's own type, such as `AWS::EC2::Instance`. */
  readonly native_type: string
  readonly service: string
  /** The region, or `global`. */
  readonly region: string
  readonly zone: string | null
  readonly account_id?: string
  readonly subscription_id?: string
  readonly resource_group?: string
  /** Such as `my-project`. Absent where the provider gives only the number. */
  readonly project_id?: string
  /** Of Google Cloud, which names a project by it where it does not by its id; digits. */
  readonly project_number?: string
  readonly labels: Readonly<Record<string, string>>
  /** The API that the resource is from, where that is not the provider's inventory: `cloud-control`, `resource-explorer`. */
  readonly source?: string
  /** Parts of the resource that the provider did not give, such as `configuration` or `tags`. Absent: all that it has. */
  readonly withheld?: readonly string[]
  /** ISO 8601, when the resource was made; null where the provider does not say. */
  readonly created_at: string | null
  /** ISO 8601, when the provider last looked at the resource; null where the provider does not say. */
  readonly captured_at: string | null
  /** ISO 8601, the moment of the run that this artifact belongs to. */
  readonly observed_at: string
}

export interface Relationship {
  /** The provider's words where it has some, such as `is attached to volume`. */
  readonly type: string
  readonly target: {
    readonly native_type?: string
    readonly native_id?: string
    /** Present where the provider gives enough to know the target's `resource_id`. */
    readonly resource_id?: string
  }
}
