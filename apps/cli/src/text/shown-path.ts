import { relative } from 'node:path'

/** A path as short as it can be typed: relative below the current folder, else absolute. */
export function shownPath(cwd: string, path: string): string {
  const short = relative(cwd, path)
  return short.startsWith('..') || short === '' ? path : short
}
