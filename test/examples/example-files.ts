import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const EXAMPLES = fileURLToPath(new URL('../../examples/', import.meta.url))

export function examplePath(name: string): string {
  return join(EXAMPLES, name)
}

/** The names of all files in a folder of the examples. */
export function exampleNames(folder: string): string[] {
  return readdirSync(examplePath(folder)).toSorted()
}
