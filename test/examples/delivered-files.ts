import type { Artifact } from '@cae/core'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'

export interface DeliveredFile {
  readonly name: string
  readonly artifacts: readonly Artifact[]
}

/** Every file of artifacts that the filesystem transport wrote below a folder, in whatever form it was told to. */
export function deliveredFiles(folder: string): DeliveredFile[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.startsWith('manifest'))
    .map(({ name, parentPath }) => {
      const bytes = readFileSync(join(parentPath, name))
      const text = (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString()
      const texts = name.includes('.jsonl') ? text.trimEnd().split('\n') : [text]
      return { name, artifacts: texts.map((one) => JSON.parse(one) as Artifact) }
    })
}
