import type { Artifact, JsonValue } from '@cae/core'

/** One resource as a provider told it, and how to put it into the envelope. */
export interface RecordedItem {
  /** How to find it in its file. */
  readonly label: string
  readonly translate: () => Artifact
  /** What must be in the artifact's configuration, at the same paths. */
  readonly configuration: JsonValue
  /** What must be in the artifact's metadata. */
  readonly metadata: Readonly<Record<string, JsonValue>>
}

/** What one recorded file holds. */
export interface Recording {
  readonly items: readonly RecordedItem[]
  /** Said beside the counts: why there is nothing, or what had to be filled in. */
  readonly note?: string
}

/** A file whose shape nobody here knows is a failure, not an empty file. */
export class UnknownShape extends Error {}

export type ReadRecording = (json: JsonValue) => Recording

export type JsonRecord = { readonly [key: string]: JsonValue }

export function isRecord(value: JsonValue | undefined): value is JsonRecord {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
}

export function record(value: JsonValue | undefined): JsonRecord {
  return isRecord(value) ? value : {}
}

export function list(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? (value as readonly JsonValue[]) : []
}

export function text(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}
