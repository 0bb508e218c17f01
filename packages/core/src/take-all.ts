/**
 * What a list holds, which then holds nothing. A page goes through a dozen promises that were made before the provider was
 * asked; they are old by the time it answers, and though nobody needs them any more, what they resolved with lives until
 * the next full collection. So whoever takes a page apart empties it. Measured: a quarter of all CPU time (Azure).
 */
export function takeAll<T>(list: T[]): T[] {
  return list.splice(0)
}
