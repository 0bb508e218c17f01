import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Artifact } from '@cae/core'

/** What the filesystem transport has made durable below a folder. Every file must be whole. */
export function deliveredArtifacts(folder: string): {
  readonly ids: ReadonlySet<string>
  readonly artifacts: number
  readonly files: string[]
  /** One by one, as the files have them. */
  all(): Iterable<Artifact>
} {
  const ids = new Set<string>()
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.jsonl'))
    .map((entry) => join(entry.parentPath, entry.name))
  let artifacts = 0
  for (const { metadata } of readAll(files)) {
    ids.add(metadata.resource_id)
    artifacts++
  }
  return { ids, artifacts, files, all: () => readAll(files) }
}

function* readAll(files: readonly string[]): Iterable<Artifact> {
  for (const file of files) {
    for (const line of readFileSync(file, 'utf8').split('\n')) if (line !== '') yield JSON.parse(line) as Artifact
  }
}
