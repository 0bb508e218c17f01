import type { Tree } from './template.ts'

export type ProviderName = 'aws' | 'azure' | 'gcp'
export const PROVIDERS: readonly ProviderName[] = ['aws', 'azure', 'gcp']

/** A kind of resource and the template of its payload. */
export interface ResourceType {
  /** Short name by which templates refer to it: `{{ref vpc id}}`. */
  readonly alias: string
  /** The provider's own name, such as `AWS::EC2::Instance`. */
  readonly name: string
  /** Share among its slice's resources, relative to its siblings'. */
  readonly weight: number
  /**
   * Every slice that is large enough has at least one, so that others may refer to it without looking.
   * A base type refers only to base types before it.
   */
  readonly base?: boolean
  /** At most one in a slice. */
  readonly single?: boolean
  /** AWS: exists only in the slice of the home region, under the region `global`. */
  readonly global?: boolean
  /** Azure: the Resource Graph table that holds it. */
  readonly table?: string
  /** Text templates of what others and the payload name: `id`, `name`, `arn`, … */
  readonly parts: Readonly<Record<string, string>>
  /** AWS: tags that Config does not record; other services have them all the same. */
  readonly tags?: Tree
  /** Payload by column. */
  readonly columns: Readonly<Record<string, Tree>>
}

/** The resources of one scope (and region) of a provider. */
export interface EstateSlice {
  readonly provider: ProviderName
  readonly scope: string
  /** AWS: the region; else empty, since the location differs by resource. */
  readonly region: string
  /** Azure: the tenant; GCP: the organization's number; AWS: the management account. */
  readonly parent: string
  readonly salt: number
  readonly total: number
  /** Resources by position of the type. */
  readonly counts: Int32Array
  readonly types: TypeTable
  /** AWS: the account's slice that holds its global resources; else itself. */
  readonly home: EstateSlice | null
}

export interface TypeTable {
  readonly types: readonly ResourceType[]
  readonly byAlias: ReadonlyMap<string, number>
  readonly byName: ReadonlyMap<string, number>
}

/** One resource, before anything of it is written out. */
export interface Item {
  readonly slice: EstateSlice
  readonly type: number
  /** Its number among the slice's resources of the type. */
  readonly k: number
  /** All that is random about it. */
  readonly hash: number
}

export function typeTable(types: readonly ResourceType[]): TypeTable {
  return {
    types,
    byAlias: new Map(types.map(({ alias }, index) => [alias, index])),
    byName: new Map(types.map(({ name }, index) => [name.toLowerCase(), index])),
  }
}
