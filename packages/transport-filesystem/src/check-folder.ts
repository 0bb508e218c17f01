import { randomBytes } from 'node:crypto'
import { access, rename, rm, rmdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { asideFolder } from './aside.ts'
import { knownFolders, syncFolder } from './folders.ts'

/**
 * Does what a delivery does, in the hidden folder of a run that does not exist: makes the folders, writes a file aside,
 * renames and syncs it. Leaves nothing, also of the base folder where it was not there.
 */
export async function checkFolder(base_dir: string, signal: AbortSignal): Promise<void> {
  const made = await missingFolders(base_dir)
  // Its own, which believes no folder to be there.
  const aside = asideFolder(knownFolders())
  const runFolder = join(base_dir, `.check-${randomBytes(6).toString('hex')}`)
  try {
    const [path] = await aside.reserve(runFolder, 'check', 1)
    signal.throwIfAborted()
    await aside.write(path!, Buffer.from('written by a check of the destination\n'))
    await rename(path!, join(runFolder, 'check'))
    await syncFolder(runFolder)
    await rm(runFolder, { recursive: true })
  } catch (error) {
    await rm(runFolder, { recursive: true, force: true }).catch(ignore)
    throw error
  } finally {
    // Not one that a delivery has begun to use, which is no longer empty.
    for (const folder of made) await rmdir(folder).catch(ignore)
  }
}

/** The folder and those above it that are to be made first, the innermost first. */
async function missingFolders(folder: string): Promise<string[]> {
  const isThere = await access(folder).then(
    () => true,
    () => false,
  )
  if (isThere || dirname(folder) === folder) return []
  return [folder, ...(await missingFolders(dirname(folder)))]
}

function ignore(): void {}
