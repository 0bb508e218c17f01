import type { ResourceType } from '../resource-type.ts'
import { each, oneOf, type Tree } from '../template.ts'
import { TAG_SETS } from '../words.ts'

/** What an AWS type says of itself; the columns that all have alike are added. */
export interface AwsType {
  readonly alias: string
  readonly name: string
  readonly weight: number
  readonly base?: boolean
  readonly global?: boolean
  readonly id: string
  readonly resourceName?: string
  readonly arn: string
  readonly zone?: string
  readonly untagged?: boolean
  /** It has tags, which Config does not record. */
  readonly tagsUnrecorded?: boolean
  readonly parts?: Readonly<Record<string, string>>
  /** Relationship words → alias of the type at the other end. */
  readonly relations?: readonly (readonly [string, string])[]
  readonly configuration: Tree
  readonly supplementary?: Tree
}

/** Alias → the type's name. */
export type AwsTypeNames = ReadonlyMap<string, string>

/** Tags as AWS Config's queries give them. */
export const TAG_LIST = oneOf(
  TAG_SETS.map((set) => set.map(([key, value]) => ({ key, value }))),
  'tags',
)

/** The columns are those of a row of SelectResourceConfig. */
export function awsType(type: AwsType, names: AwsTypeNames): ResourceType {
  const { alias, name, weight, base, global } = type
  return {
    alias,
    name,
    weight,
    ...(base && { base }),
    ...(global && { global }),
    parts: { ...type.parts, id: type.id, name: type.resourceName ?? type.id, arn: type.arn },
    ...(type.tagsUnrecorded && { tags: TAG_LIST }),
    columns: {
      version: '1.3',
      accountId: '{{scope}}',
      configurationItemCaptureTime: '{{time captured}}',
      configurationItemStatus: 'OK',
      configurationStateId: '{{millis captured}}',
      configurationItemMD5Hash: '',
      arn: '{{arn}}',
      resourceType: name,
      resourceId: '{{id}}',
      ...(type.resourceName && { resourceName: '{{name}}' }),
      awsRegion: global ? 'global' : '{{region}}',
      availabilityZone: type.zone ?? (global ? 'Not Applicable' : 'Regional'),
      resourceCreationTime: '{{time created}}',
      tags: type.untagged || type.tagsUnrecorded ? [] : TAG_LIST,
      relatedEvents: [],
      relationships: relationships(type.relations ?? [], names),
      configuration: type.configuration,
      supplementaryConfiguration: type.supplementary ?? {},
    },
  }
}

function relationships(relations: readonly (readonly [string, string])[], names: AwsTypeNames): Tree {
  if (relations.length === 0) return []
  return each(
    relations.map(([relationshipName, alias]) => {
      const needs = alias.split('#')[0]!
      const resourceType = names.get(needs)
      if (resourceType === undefined) throw new Error(`no type has the alias ${needs}`)
      return { needs, tree: { resourceType, resourceId: `{{ref ${alias} id}}`, relationshipName } }
    }),
  )
}
