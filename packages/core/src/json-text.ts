import type { JsonValue } from './json.ts'
import { jsonEnd } from './json-end.ts'

/**
 * JSON that stays the text it came as: what a provider says of a resource becomes JSON again in nearly every transport,
 * and to parse and write it anew is most of a worker's time. It is checked like a parser does, so it is never broken.
 * `JSON.stringify` of anything that holds one gives what it would give for the parsed value.
 */
export class JsonText {
  /** On one line, without white space between its parts. */
  readonly text: string

  constructor(text: string) {
    this.text = text
  }

  toJSON(): JsonValue {
    return JSON.parse(this.text) as JsonValue
  }
}

/** The value of what may be text. */
export function jsonValue(value: JsonValue | JsonText): JsonValue {
  return value instanceof JsonText ? value.toJSON() : value
}

const encoder = new TextEncoder()
/** UTF-8 takes at most so many bytes for each unit of a string. */
const MOST_PER_UNIT = 3
/** Longer texts are left to a parser, so that one of them does not cost its memory for ever. */
const LONGEST = 1024 * 1024
let scratch = new Uint8Array(64 * 1024)

/**
 * The JSON value that begins at this place of a text. Null where it is no JSON, or where it needs a parser: it holds white
 * space or characters beyond ASCII, or the text is longer than a million.
 */
export function jsonTextAt(text: string, start: number): JsonText | null {
  if (text.length > LONGEST) return null
  const needed = text.length * MOST_PER_UNIT + 1
  if (needed > scratch.length) scratch = new Uint8Array(needed)
  const { written } = encoder.encodeInto(text, scratch)
  // Only so are places in the bytes places in the text.
  if (written !== text.length) return null
  const end = jsonEnd(scratch, start, written)
  return end < 0 ? null : new JsonText(text.slice(start, end))
}
