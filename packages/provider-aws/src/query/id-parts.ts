/** Resources of a type whose ids begin with one of these; or, of the last part, with none of those of the others. */
export type IdPart = { readonly like: readonly string[] } | { readonly unlike: readonly string[] }

/** LIKE needs three characters before its wildcard. Source: limitations of advanced queries. */
const MIN_PREFIX = 3
/** What means no more than itself in a pattern, however letter case is compared. */
const PLAIN = /^[a-z0-9]$/

/**
 * Parts that hold every id once, about as many in each, going by a sample: ids of one type often begin alike, such as
 * `eni-0`, and go on at random. The prefixes are equally long and differ in the last character, so no id has two of them,
 * and whatever has none is in the last part. Undefined where the sample is not of that form.
 */
export function idParts(sample: readonly string[], parts: number): readonly IdPart[] | undefined {
  const shared = sharedPrefix(sample)
  if (shared.length + 1 < MIN_PREFIX || shared.includes('%')) return undefined
  const counts = new Map<string, number>()
  for (const id of sample) {
    const next = id[shared.length]?.toLowerCase() ?? ''
    if (PLAIN.test(next)) counts.set(next, (counts.get(next) ?? 0) + 1)
  }
  if (counts.size < parts) return undefined
  const groups = Array.from({ length: parts }, () => ({ like: [] as string[], count: 0 }))
  for (const [character, count] of [...counts].toSorted(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))) {
    const least = groups.reduce((a, b) => (b.count < a.count ? b : a))
    least.like.push(shared + character)
    least.count += count
  }
  const named = groups.slice(1).map(({ like }) => ({ like: like.toSorted() }))
  return [...named, { unlike: named.flatMap(({ like }) => like).toSorted() }]
}

function sharedPrefix([first = '', ...others]: readonly string[]): string {
  let length = first.length
  for (const id of others) while (!id.startsWith(first.slice(0, length))) length--
  return first.slice(0, length)
}
