/** The name that stands at [start, end) of the bytes; undefined where it is none of those that are looked for. */
export type NameFinder = (bytes: Uint8Array, start: number, end: number) => string | undefined

interface Name {
  readonly name: string
  readonly bytes: Uint8Array
}

/** By length, which alone tells most other names apart. The names are ASCII. */
export function nameFinder(names: readonly string[]): NameFinder {
  const byLength: Name[][] = []
  for (const name of names) (byLength[name.length] ??= []).push({ name, bytes: Buffer.from(name) })
  return (bytes, start, end) => byLength[end - start]?.find((one) => isAt(bytes, start, one.bytes))?.name
}

function isAt(bytes: Uint8Array, start: number, name: Uint8Array): boolean {
  for (let i = 0; i < name.length; i++) if (bytes[start + i] !== name[i]) return false
  return true
}
