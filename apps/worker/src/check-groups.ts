import type { Finding } from '@cae/core'
import type { CheckGroup } from '@cae/runtime'

interface Group extends Omit<CheckGroup, 'places' | 'message' | 'advice'> {
  readonly first: Finding
  readonly message: string | undefined
  readonly advice: string | undefined
  readonly places: Map<string, Set<string>>
}

/** Findings that say the same of different places in one group each, in the order of the first of each check. */
export function groupFindings(findings: readonly Finding[]): CheckGroup[] {
  const groups = new Map<string, Group>()
  for (const finding of findings) {
    const { check, status, scope, region } = finding
    const message = withoutPlace(finding.message, finding)
    const advice = withoutPlace(finding.advice, finding)
    const key = JSON.stringify([check, status, message, advice])
    const group = groups.get(key) ?? { check, status, message, advice, first: finding, places: new Map() }
    groups.set(key, group)
    group.places.set(scope, (group.places.get(scope) ?? new Set<string>()).add(region))
  }
  const order = [...new Set(findings.map(({ check }) => check))]
  return [...groups.values()].toSorted((a, b) => order.indexOf(a.check) - order.indexOf(b.check)).map(toGroup)
}

function toGroup({ check, status, first, places, ...text }: Group): CheckGroup {
  const isOnePlace = places.size === 1 && [...places.values()][0]!.size === 1
  const { message, advice } = isOnePlace ? first : text
  return {
    check,
    status,
    ...(message !== undefined && { message }),
    ...(advice !== undefined && { advice }),
    places: [...places].map(([scope, regions]) => ({ scope, regions: [...regions] })),
  }
}

// `AWS Config has no recorder in 123456789012 us-east-1` is one finding, in however many places.
function withoutPlace(text: string | undefined, { scope, region }: Finding): string | undefined {
  if (text === undefined) return undefined
  return replaceWord(replaceWord(text, scope, '{scope}'), region === 'global' ? '' : region, '{region}')
}

function replaceWord(text: string, word: string, by: string): string {
  if (word === '' || !text.includes(word)) return text
  const escaped = word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  return text.replace(new RegExp(`(?<![\\w-])${escaped}(?![\\w-])`, 'g'), by)
}
