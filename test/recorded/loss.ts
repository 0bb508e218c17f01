import { jsonValue, type Artifact, type JsonValue } from '@cae/core'
import { isRecord, type RecordedItem } from './recording.ts'

/** Paths of what the provider told and the artifact does not have. */
export function lossOf(item: RecordedItem, artifact: Artifact): string[] {
  const lost: string[] = []
  compare(item.configuration, jsonValue(artifact.configuration), 'configuration', lost)
  compare(item.metadata, artifact.metadata as unknown as JsonValue, 'metadata', lost)
  return lost
}

function compare(told: JsonValue, kept: JsonValue | undefined, path: string, lost: string[]): void {
  if (Array.isArray(told)) {
    if (!Array.isArray(kept) || kept.length !== told.length) lost.push(path)
    else told.forEach((element: JsonValue, i) => compare(element, kept[i] as JsonValue, `${path}[${i}]`, lost))
  } else if (isRecord(told)) {
    if (!isRecord(kept)) lost.push(path)
    else for (const key of Object.keys(told)) compare(told[key]!, kept[key], `${path}.${key}`, lost)
  } else if (told !== kept) {
    lost.push(path)
  }
}

/** How many values a thing has: what was compared. */
export function leaves(value: JsonValue): number {
  if (Array.isArray(value)) return value.reduce((sum: number, element: JsonValue) => sum + leaves(element), 0)
  if (isRecord(value)) return Object.values(value).reduce((sum: number, element) => sum + leaves(element), 0)
  return 1
}
