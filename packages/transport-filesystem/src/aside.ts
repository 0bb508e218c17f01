import { createHash, randomBytes } from 'node:crypto'
import { open, readdir, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import type { KnownFolders } from './folders.ts'

/** Where files are written before they are renamed to where readers look. */
export interface AsideFolder {
  /** Paths that no other writer uses, in a hidden folder of the run. */
  reserve(runFolder: string, taskId: string, count: number): Promise<readonly string[]>
  /** Bytes written, when the disk has them all. */
  write(path: string, bytes: Buffer): Promise<number>
  /** Removes what is still there. */
  discard(paths: readonly string[]): Promise<void>
}

const FOLDER = '.writing'
/** Tasks whose strays were looked for; beyond that they are looked for again, which costs one call each. */
const REMEMBERED = 10_000

/**
 * A name is drawn, not derived from the batch: while a worker that lost its lock still writes a batch, another may
 * deliver it again, and with one name for both the rename of one would show the half-written file of the other.
 * It begins with the task, so that whoever goes on with the task of a killed worker finds and removes what that left.
 */
export function asideFolder(folders: KnownFolders): AsideFolder {
  const writer = randomBytes(6).toString('hex')
  const tidied = new Set<string>()
  let count = 0

  const removeStrays = async (folder: string, task: string) => {
    if (tidied.has(task)) return
    if (tidied.size >= REMEMBERED) tidied.clear()
    tidied.add(task)
    const names = await readdir(folder)
    const strays = names.filter((name) => name.startsWith(task) && !name.startsWith(`${task}-${writer}`))
    await discard(strays.map((name) => join(folder, name)))
  }

  return {
    async reserve(runFolder, taskId, wanted) {
      const folder = join(runFolder, FOLDER)
      const task = createHash('sha256').update(taskId).digest('hex').slice(0, 16)
      await folders.make(folder)
      await removeStrays(folder, task)
      return Array.from({ length: wanted }, () => join(folder, `${task}-${writer}-${count++}.tmp`))
    },
    write,
    discard,
  }
}

async function write(path: string, bytes: Buffer): Promise<number> {
  const file = await open(path, 'wx')
  try {
    for (let from = 0; from < bytes.length;) from += (await file.write(bytes, from)).bytesWritten
    await file.sync()
  } finally {
    await file.close()
  }
  return bytes.length
}

// What can't be removed now is a stray: hidden, and looked for by the task's next writer.
async function discard(paths: readonly string[]): Promise<void> {
  await Promise.allSettled(paths.map((path) => unlink(path)))
}
