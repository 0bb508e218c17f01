import { ExtractionError } from '@cae/core'

interface Portion<T> {
  readonly items: readonly T[] | undefined
  readonly next: string | undefined
}

/** More than any listing that is read whole: the sources of an aggregator, 10,000 accounts in 34 regions, 100 to a page. */
const MAX_PAGES = 5000

/** All of a short listing, such as counts. Throws `CURSOR_LOOP` where a token comes back, or where there is no end. */
export async function everyPage<T>(read: (token: string | undefined) => Promise<Portion<T>>): Promise<T[]> {
  const all: T[] = []
  const seen = new Set<string>()
  let token: string | undefined
  do {
    const { items, next } = await read(token)
    all.push(...(items ?? []))
    token = next || undefined
    if (token && (seen.has(token) || seen.size >= MAX_PAGES))
      throw new ExtractionError('CURSOR_LOOP', 'AWS gave a token that it had given before')
    if (token) seen.add(token)
  } while (token)
  return all
}
