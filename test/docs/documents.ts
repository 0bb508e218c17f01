import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { commandLines } from './markdown.ts'

export const ROOT = fileURLToPath(new URL('../../', import.meta.url))

export interface Document {
  /** From the root of the repository. */
  readonly path: string
  readonly text: string
  /** Links start here. */
  readonly folder: string
  readonly commands: readonly string[]
}

export function readDocument(path: string): Document {
  const text = readFileSync(join(ROOT, path), 'utf8')
  return { path, text, folder: dirname(join(ROOT, path)), commands: commandLines(text) }
}

/** What people read: the README first, since its commands are typed in that order. */
export const documents: readonly Document[] = [
  'README.md',
  'CONTRIBUTING.md',
  'examples/README.md',
  ...readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .toSorted()
    .map((name) => `docs/${name}`),
].map(readDocument)
