import { errorRow, type Outcome, type Reason, type SliceCoverage } from '@cae/core'
import { PAGE, type ApiClient } from '../api/client.ts'
import type { JobDetail } from '../api/views.ts'
import { typedHere, type Hint } from '../hint.ts'
import { PROVIDER_LABELS } from './labels.ts'
import { count, counted } from './quantity.ts'
import type { Terminal } from './terminal.ts'
import { wrapped } from './wrapped.ts'

const SHOWN_REASONS = 8
const SHOWN_MESSAGE = 300
const SHOWN_PLACES = 3

/** Where slices are as the coverage has them, as far as it was asked. */
export type Gap = Pick<SliceCoverage, 'provider' | 'scope' | 'region' | 'outcome' | 'code'>

/** The slices of a job that are not complete: some of each outcome. None where the API does not answer: they only add places. */
export async function gapsOf(client: ApiClient, { job_id, errors }: JobDetail): Promise<readonly Gap[]> {
  const outcomes = [...new Set(errors.filter(({ provider }) => provider).map(({ outcome }) => outcome))]
  const pages = outcomes.map((outcome) => client.coverage(job_id, outcome, PAGE))
  return (await Promise.all(pages).catch(() => [])).flatMap(({ slices }) => slices)
}

/** Why slices are not complete, grouped and counted: where, what was said, and what to do. */
export function reasonLines(
  reasons: readonly Reason[],
  gaps: readonly Gap[],
  hint: Hint,
  terminal: Terminal,
): string[] {
  if (reasons.length === 0) return []
  const { colors } = terminal
  // What is skipped is no gap.
  const sorted = reasons.toSorted((a, b) => Number(a.outcome === 'skipped') - Number(b.outcome === 'skipped'))
  const shown = sorted.slice(0, SHOWN_REASONS).flatMap((reason) => {
    const { provider, outcome, code, count: times, message } = reason
    const what = provider ? `${PROVIDER_LABELS[provider]}: ${counted(times, 'slice')}` : 'The run is'
    const where = placesText(
      gaps.filter((gap) => isOf(gap, reason)),
      times,
    )
    const mark = outcome === 'skipped' ? colors.dim('·') : colors.yellow('!')
    return [
      ...wrapped(`${mark} `, `${what} ${outcome.replaceAll('_', ' ')} (${code})${where && `: ${where}`}`, terminal),
      ...wrapped('  ', cut(message), terminal, colors.dim),
      ...wrapped('  → ', typedHere(errorRow(code).advice, hint), terminal),
    ]
  })
  const more = reasons.length - SHOWN_REASONS
  return more > 0 ? [...shown, `  and ${counted(more, 'more kind')} of problems`] : shown
}

function isOf(gap: Gap, { provider, outcome, code }: Reason): boolean {
  return gap.provider === provider && gap.outcome === outcome && gap.code === code
}

/** `111122223333 us-east-1, 444455556666 in 8 regions and 12 more slices`; nothing where no place is known. */
export function placesText(gaps: readonly Gap[], slices: number): string {
  const scopes = new Map<string, string[]>()
  for (const { scope, region } of gaps) scopes.set(scope, [...(scopes.get(scope) ?? []), region])
  const shown = [...scopes].slice(0, SHOWN_PLACES)
  const rest = slices - shown.reduce((sum, [, regions]) => sum + regions.length, 0)
  const names = shown.map(([scope, all]) => {
    const regions = new Set(all.filter((region) => region !== 'global'))
    if (regions.size === 0) return scope
    return regions.size === 1 ? `${scope} ${[...regions][0]}` : `${scope} in ${count(regions.size)} regions`
  })
  if (names.length === 0) return ''
  return names.join(', ') + (rest > 0 ? ` and ${counted(rest, 'more slice')}` : '')
}

/** The commands that say more of what is not complete; none where all is. */
export function gapHints(reasons: readonly Reason[], jobId: string, hint: Hint): string[] {
  const outcomes = [...new Set(reasons.filter(isGap).map(({ outcome }) => outcome))]
  const [only, second] = outcomes
  if (only === undefined) return []
  const filter = second === undefined ? ` --outcome ${only}` : ''
  const slices = `  Each slice     ${hint(`jobs coverage ${jobId}${filter}`)}`
  return outcomes.some((outcome) => GRANTED.includes(outcome))
    ? [slices, `  What to grant  ${hint('check')}`]
    : [slices]
}

function isGap({ provider, outcome }: Reason): boolean {
  return provider !== null && outcome !== 'skipped'
}

/** Outcomes that `check` finds out about beforehand. */
const GRANTED: readonly Outcome[] = ['denied', 'not_enabled']

/** The beginning of a long message, up to the end of a word. */
function cut(message: string): string {
  const text = message.trim()
  if (text.length <= SHOWN_MESSAGE) return text
  return `${text.slice(0, text.lastIndexOf(' ', SHOWN_MESSAGE) + 1 || SHOWN_MESSAGE).trimEnd()} …`
}
