import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Artifact } from '@cae/core'

/** What the filesystem transport has made durable below a folder. Every file must be whole. */
export function deliveredArtifacts(folder: string): {
  readonly ids: ReadonlySet<string>
  readonly artifacts: number
  readonly files: string[]
} {
  const files = filesBelow(folder)
  const ids = Array.from(readAll(files), ({ metadata }) => metadata.resource_id)
  return { ids: new Set(ids), artifacts: ids.length, files }
}

/** One by one, as the files have them. */
export function readDelivered(folder: string): Iterable<Artifact> {
  return readAll(filesBelow(folder))
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.jsonl'))
    .map((entry) => join(entry.parentPath, entry.name))
}

function* readAll(files: readonly string[]): Iterable<Artifact> {
  for (const file of files) {
    for (const line of readFileSync(file, 'utf8').split('\n')) if (line !== '') yield JSON.parse(line) as Artifact
  }
}
