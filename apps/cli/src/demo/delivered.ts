import { createReadStream, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

export interface Delivered {
  /** Different resources in the files. */
  readonly resources: number
  readonly files: number
}

// It stands at the beginning of each line; the rest of an artifact need not be parsed to count it.
const RESOURCE_ID = /"resource_id":"((?:[^"\\]|\\.)*)"/

/** Counts what lies in a folder of JSON Lines files, not what anybody says of it. A folder that is missing holds nothing. */
export async function countDelivered(folder: string): Promise<Delivered> {
  const files = listFiles(folder)
  const ids = new Set<string>()
  for (const file of files) {
    for await (const line of createInterface({ input: createReadStream(file) })) {
      const id = RESOURCE_ID.exec(line)?.[1]
      if (id !== undefined) ids.add(id)
    }
  }
  return { resources: ids.size, files: files.length }
}

function listFiles(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith('.jsonl'))
      .map((name) => join(folder, name))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}
