import { OTHER_NAMES } from './names.ts'
import { TYPES } from '../estate/estate.ts'
import { textTemplate, type Text } from '../estate/hole.ts'
import { fromUnique, itemOf } from '../estate/item.ts'
import type { EstateSlice, Item, ResourceType } from '../estate/resource-type.ts'
import { isVariable, jsonTemplate, VARIABLE, type Tree } from '../estate/template.ts'

/** What writes a resource as Cloud Control has it. */
export interface PropertyWriter {
  readonly identifier: Text
  /** JSON of all properties, inside a JSON string. A property without a value is not there, as that of no tags. */
  readonly all: Text
  /** Without the tags and what else a list may leave out. */
  readonly some: Text
  readonly onlyIdentifier: Text
}

const writers = new Map<number, PropertyWriter>()

export function propertyWriter(type: number): PropertyWriter {
  let writer = writers.get(type)
  if (!writer) writers.set(type, (writer = makeWriter(TYPES.aws.types[type]!)))
  return writer
}

/** The tags of a resource, also where Config does not record them. */
export function allTags({ tags, columns }: ResourceType): Tree {
  return tags ?? columns['tags']!
}

function makeWriter(type: ResourceType): PropertyWriter {
  const { alias, columns } = type
  const { identifier = {}, arn, more } = OTHER_NAMES[alias]!
  const configuration = upperCamel(columns['configuration']!) as Readonly<Record<string, Tree>>
  const { Tags: _tags, tags: _lower, ...rest } = configuration
  const some = { ...rest, ...more, ...identifier, ...(arn && { [arn]: '{{arn}}' }) }
  const tags = jsonTemplate(allTags(type))
  const [tagged, untagged] = [jsonInString({ ...some, Tags: upperCamel(allTags(type)) }), jsonInString(some)]
  return {
    identifier: textTemplate(Object.values(identifier).join('|')),
    all: (item) => (tags(item) === '[]' ? untagged(item) : tagged(item)),
    some: untagged,
    onlyIdentifier: jsonInString(identifier),
  }
}

function jsonInString(tree: Tree): Text {
  return jsonTemplate(tree, true)
}

/** CloudFormation's properties are AWS Config's in upper camel case. */
export function upperCamel(tree: Tree): Tree {
  if (tree === null || typeof tree !== 'object') return tree
  if (isVariable(tree)) {
    return { [VARIABLE]: tree[VARIABLE], trees: tree.trees.map(upperCamel), list: tree.list }
  }
  if (Array.isArray(tree)) return tree.map(upperCamel)
  return Object.fromEntries(
    Object.entries(tree as Readonly<Record<string, Tree>>).map(([key, value]) => [
      key.charAt(0).toUpperCase() + key.slice(1),
      upperCamel(value),
    ]),
  )
}

/** The resource of a type that a text names, where `nameOf` gives the same text for it. */
export function findNamed(slice: EstateSlice, type: number, text: string, nameOf: Text): Item | undefined {
  // Every name holds eight digits that say which resource of its type it is.
  for (let i = 0; i + 8 <= text.length; i++) {
    const digits = text.slice(i, i + 8)
    if (!/^[0-9a-f]{8}$/.test(digits)) continue
    const k = fromUnique(slice, type, parseInt(digits, 16))
    if (k >= slice.counts[type]!) continue
    const item = itemOf(slice, type, k)
    if (nameOf(item) === text) return item
  }
  return undefined
}
