import { distance } from 'fastest-levenshtein'

const MAX_SUGGESTIONS = 3

/** Up to three known names that the given one may have been meant as, the nearest first; none where all are far. */
export function nearest(name: string, known: readonly string[]): string[] {
  const wanted = name.trim().toLowerCase()
  const limit = Math.max(2, Math.floor(wanted.length / 3))
  return known
    .filter(({ length }) => Math.abs(length - wanted.length) <= limit)
    .map((candidate) => ({ candidate, edits: distance(wanted, candidate.toLowerCase()) }))
    .filter(({ edits }) => edits <= limit)
    .toSorted((a, b) => a.edits - b.edits || (a.candidate < b.candidate ? -1 : 1))
    .slice(0, MAX_SUGGESTIONS)
    .map(({ candidate }) => candidate)
}
