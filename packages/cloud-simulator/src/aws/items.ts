import { tagsOf } from './rows.ts'
import { TYPES } from '../estate/estate.ts'
import { textTemplate, type Text } from '../estate/hole.ts'
import { fromUnique, itemOf } from '../estate/item.ts'
import type { Item, ResourceType } from '../estate/resource-type.ts'
import type { Run } from '../estate/selection.ts'
import { jsonTemplate, type Tree } from '../estate/template.ts'

const ID = textTemplate('{{id}}')

/** The resource that a key names, or none. */
export function findItem(runs: readonly Run[], { resourceType, resourceId }: ResourceKey): Item[] {
  const run = runs.find(({ slice, type }) => slice.types.types[type]!.name === resourceType)
  if (!run || typeof resourceId !== 'string') return []
  const { slice, type, count } = run
  // Every id holds eight digits that say which resource of its type it is.
  for (const digits of windows(resourceId)) {
    const k = fromUnique(slice, type, parseInt(digits, 16))
    if (k >= count) continue
    const item = itemOf(slice, type, k)
    if (ID(item) === resourceId) return [item]
  }
  return []
}

/** As clients send it: nothing of it is sure. */
export interface ResourceKey {
  readonly resourceType?: unknown
  readonly resourceId?: unknown
}

function* windows(text: string): Iterable<string> {
  for (let i = 0; i + 8 <= text.length; i++) {
    const digits = text.slice(i, i + 8)
    if (/^[0-9a-f]{8}$/.test(digits)) yield digits
  }
}

const writers = new Map<number, Text>()

/** A resource as BatchGetResourceConfig gives it: no tags, no relationships, the configuration a string in the string. */
export function batchItem(item: Item): string {
  let writer = writers.get(item.type)
  if (!writer) writers.set(item.type, (writer = itemWriter(TYPES.aws.types[item.type]!)))
  return writer(item)
}

const relationWriters = new Map<number, Text>()

/** A resource as GetAggregateResourceConfig and GetResourceConfigHistory give it: with tags, as an object, and relationships. */
export function wholeItem(item: Item): string {
  const { relationships = [] } = TYPES.aws.types[item.type]!.columns
  let writer = relationWriters.get(item.type)
  if (!writer) relationWriters.set(item.type, (writer = jsonTemplate(relationships)))
  const tags = JSON.parse(tagsOf(item)) as readonly { readonly key: string; readonly value: string }[]
  const object = Object.fromEntries(tags.map(({ key, value }) => [key, value]))
  return `${batchItem(item).slice(0, -1)},"tags":${JSON.stringify(object)},"relationships":${writer(item)}}`
}

function itemWriter({ columns }: ResourceType): Text {
  const {
    tags: _tags,
    relationships: _relationships,
    relatedEvents: _events,
    configuration,
    supplementaryConfiguration,
    ...scalars
  } = columns
  const head = jsonTemplate({
    ...scalars,
    configurationItemCaptureTime: '{{#epoch captured}}',
    resourceCreationTime: '{{#epoch created}}',
  })
  const inner = jsonTemplate(configuration!, true)
  const supplementary = Object.entries(supplementaryConfiguration as Readonly<Record<string, Tree>>).map(
    ([name, tree]) => [JSON.stringify(name), typeof tree === 'string' ? jsonTemplate(tree) : quotedJson(tree)] as const,
  )
  return (item) => {
    const extra = supplementary.map(([name, text]) => `${name}:${text(item)}`).join(',')
    return `${head(item).slice(0, -1)},"configuration":"${inner(item)}","supplementaryConfiguration":{${extra}}}`
  }
}

function quotedJson(tree: Tree): Text {
  const json = jsonTemplate(tree, true)
  return (item) => `"${json(item)}"`
}
