/** The name that stands at [start, end) of the bytes; undefined where it is none of those that are looked for. */
export type NameFinder = (bytes: Uint8Array, start: number, end: number) => string | undefined

/** By length, which alone tells most other names apart. The names are ASCII. */
export function nameFinder(names: readonly string[]): NameFinder {
  const byLength: string[][] = []
  for (const name of names) (byLength[name.length] ??= []).push(name)
  return (bytes, start, end) => byLength[end - start]?.find((name) => isAt(bytes, start, name))
}

function isAt(bytes: Uint8Array, start: number, name: string): boolean {
  for (let i = 0; i < name.length; i++) if (bytes[start + i] !== name.charCodeAt(i)) return false
  return true
}
