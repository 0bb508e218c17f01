import { JsonText, type JsonValue } from '@cae/core'

type Labels = Readonly<Record<string, string>>
const NONE: Labels = Object.freeze({})

/**
 * Tags, wherever Config put them: in `tags` as a list or an object, only in `supplementaryConfiguration.Tags`, or only
 * in the configuration itself. The first place that has any wins.
 */
export function labelsOf(
  tags: JsonValue | undefined,
  supplementary: Readonly<Record<string, JsonValue>> | null,
  configuration: JsonValue | JsonText,
): Labels {
  return toLabels(tags) ?? toLabels(supplementary?.['Tags']) ?? labelsIn(configuration) ?? NONE
}

// Text is parsed only where it has tags somewhere, and not an empty list of them.
const SOME_TAGS = /"[tT]ags":(?!\[\]|\{\}|null)/

function labelsIn(configuration: JsonValue | JsonText): Labels | undefined {
  if (configuration instanceof JsonText) {
    return SOME_TAGS.test(configuration.text) ? labelsIn(configuration.toJSON()) : undefined
  }
  return toLabels(member(configuration, 'tags')) ?? toLabels(member(configuration, 'Tags'))
}

function toLabels(tags: JsonValue | undefined): Labels | undefined {
  if (tags === null || typeof tags !== 'object') return undefined
  if (Array.isArray(tags)) return fromList(tags)
  return fromObject(tags as Readonly<Record<string, JsonValue>>)
}

function fromList(list: readonly JsonValue[]): Labels | undefined {
  const labels: Record<string, string> = {}
  let some = false
  for (const tag of list) {
    const key = member(tag, 'key') ?? member(tag, 'tagKey') ?? member(tag, 'Key')
    if (typeof key !== 'string') continue
    some = true
    const value = text(member(tag, 'value') ?? member(tag, 'tagValue') ?? member(tag, 'Value'))
    // Assigning to this one would do nothing.
    if (key === '__proto__') Object.defineProperty(labels, key, { value, enumerable: true })
    else labels[key] = value
  }
  return some ? labels : undefined
}

function fromObject(tags: Readonly<Record<string, JsonValue>>): Labels | undefined {
  let some = false
  let plain = true
  for (const key in tags) {
    some = true
    if (typeof tags[key] !== 'string') plain = false
  }
  if (!some) return undefined
  if (plain) return tags as Labels
  return Object.fromEntries(Object.entries(tags).map(([key, value]) => [key, text(value)]))
}

function member(value: JsonValue, key: string): JsonValue | undefined {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return undefined
  return (value as Readonly<Record<string, JsonValue>>)[key]
}

function text(value: JsonValue | undefined): string {
  if (typeof value === 'string') return value
  return value === null || value === undefined ? '' : JSON.stringify(value)
}
