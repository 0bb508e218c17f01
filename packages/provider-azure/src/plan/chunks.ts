export function chunks<T>(list: readonly T[], size: number): T[][] {
  const found: T[][] = []
  for (let start = 0; start < list.length; start += size) found.push(list.slice(start, start + size))
  return found
}
