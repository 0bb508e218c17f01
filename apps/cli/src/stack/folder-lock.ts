import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { makeFolder, unusable } from './make-folder.ts'

/**
 * Takes a data folder for this process: two servers on one append-only file would destroy it. A lock whose process is
 * gone is taken over. Gives what releases it.
 */
export function lockFolder(folder: string, pid: number): () => void {
  makeFolder(folder)
  const file = join(folder, 'cae.pid')
  const holder = readHolder(file)
  if (holder !== null && holder !== pid && isAlive(holder)) {
    throw new Error(`${folder} is in use by another cae (pid ${holder}): stop it, or give another folder with --data`)
  }
  try {
    rmSync(file, { force: true })
    writeFileSync(file, `${pid}\n`, { flag: 'wx' })
  } catch (error) {
    throw unusable(folder, error)
  }
  return () => rmSync(file, { force: true })
}

function readHolder(file: string): number | null {
  try {
    return Number(readFileSync(file, 'utf8')) || null
  } catch {
    return null
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
