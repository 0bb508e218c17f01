import { mkdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'

const WORDS: Readonly<Record<string, string>> = {
  EACCES: 'we may not write there',
  EPERM: 'we may not write there',
  EROFS: 'it is read-only there',
  ENOENT: 'no folder can be made there',
  ENOTDIR: 'a file stands in its way',
  EEXIST: 'it is a file',
  ENOSPC: 'the disk is full',
}

/** Makes a folder that people named, and those above it. Throws in words. */
export function makeFolder(folder: string): void {
  try {
    make(folder)
  } catch (error) {
    throw unusable(folder, error)
  }
}

/** What the system says of a folder, in words. */
export function unusable(folder: string, error: unknown): Error {
  const { code = '', message } = error as NodeJS.ErrnoException
  return new Error(`cannot use the folder ${folder}: ${WORDS[code] ?? message}`, { cause: error })
}

// Not `recursive`: on file systems that answer ENOENT to every mkdir, such as /proc, Node tries for ever.
function make(folder: string): void {
  try {
    mkdirSync(folder)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' && dirname(folder) !== folder) {
      make(dirname(folder))
      mkdirSync(folder)
    } else if (code !== 'EEXIST' || !statSync(folder).isDirectory()) throw error
  }
}
