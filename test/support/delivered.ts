import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Artifact } from '@cae/core'

/** What the filesystem transport has made durable below a folder. Every file must be whole. */
export function deliveredArtifacts(folder: string): {
  readonly ids: ReadonlySet<string>
  readonly artifacts: number
  readonly files: string[]
} {
  const ids = new Set<string>()
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.jsonl'))
    .map((entry) => join(entry.parentPath, entry.name))
  let artifacts = 0
  for (const file of files) {
    for (const line of readFileSync(file, 'utf8').split('\n')) {
      if (line === '') continue
      ids.add((JSON.parse(line) as Artifact).metadata.resource_id)
      artifacts++
    }
  }
  return { ids, artifacts, files }
}
