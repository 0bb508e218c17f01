import { mkdir, open, stat } from 'node:fs/promises'
import { dirname } from 'node:path'

export interface KnownFolders {
  /** Resolves when the folder is there, durably. */
  make(folder: string): Promise<void>
  /** Trusts no folder to be there any more. */
  forget(): void
}

/** Folders of as many runs as can be in work at once; beyond that they are made anew, which costs one call each. */
const REMEMBERED = 1000

/** Makes each folder once, also when many deliveries ask at the same time. */
export function knownFolders(): KnownFolders {
  const made = new Map<string, Promise<void>>()
  return {
    make(folder) {
      const known = made.get(folder)
      if (known) return known
      if (made.size >= REMEMBERED) made.clear()
      const making = makeDurably(folder)
      made.set(folder, making)
      making.catch(() => made.delete(folder))
      return making
    },
    forget: () => made.clear(),
  }
}

/**
 * A new folder is durable when the folder that names it is synced; also one that was there, for another worker may have
 * made it a moment ago. Not `recursive`: on file systems that answer ENOENT to every mkdir, Node tries for ever.
 */
async function makeDurably(folder: string): Promise<void> {
  try {
    await mkdir(folder)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' && dirname(folder) !== folder) {
      await makeDurably(dirname(folder))
      await mkdir(folder).catch((again: unknown) => refuseFile(folder, again))
    } else await refuseFile(folder, error)
  }
  await syncFolder(dirname(folder))
}

async function refuseFile(folder: string, error: unknown): Promise<void> {
  if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || !(await stat(folder)).isDirectory()) throw error
}

/** Makes durable what was renamed into a folder or made in it. Windows can't sync folders, and need not. */
export async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
