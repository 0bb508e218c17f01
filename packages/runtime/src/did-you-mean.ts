import { distance } from 'fastest-levenshtein'

/** How a problem with an unknown name ends: the nearest known one, or the known ones where none is near. */
export function didYouMean(name: string, known: readonly string[]): string {
  const [best] = known
    .map((candidate) => ({ candidate, steps: distance(name, candidate) }))
    .filter(({ candidate, steps }) => steps <= Math.max(2, candidate.length / 3))
    .toSorted((a, b) => a.steps - b.steps)
  return best ? `; did you mean ${best.candidate}?` : `; known are ${known.slice(0, 20).join(', ')}`
}
