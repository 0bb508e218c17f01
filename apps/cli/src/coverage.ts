import type { Outcome, SliceCoverage } from '@cae/core'
import type { ApiClient } from './api/client.ts'
import type { CoverageDetail } from './api/views.ts'
import { EXIT } from './exit-code.ts'
import { hintOf, type Hint } from './hint.ts'
import type { Host } from './host.ts'
import { PROVIDER_LABELS } from './text/labels.ts'
import { WHOLE } from './text/progress.ts'
import { count, counted } from './text/quantity.ts'
import { reasonLines } from './text/reasons.ts'
import { shortId } from './text/short-id.ts'
import type { ShowOptions } from './show-options.ts'
import { coloured } from './text/status-color.ts'
import { table } from './text/table.ts'
import type { Terminal } from './text/terminal.ts'
import { wrapped } from './text/wrapped.ts'

export interface CoverageOptions extends ShowOptions {
  readonly outcome?: Outcome
}

/** What a job covered: every slice with its outcome and the count that proves it, and why slices are not complete. */
export async function showCoverage(
  client: ApiClient,
  id: string,
  options: CoverageOptions,
  host: Host,
): Promise<number> {
  const { outcome, json } = options
  const { stdout: terminal } = host
  const coverage = await client.coverage(id, outcome)
  const lines = json ? [JSON.stringify(coverage)] : coverageLines(coverage, outcome, hintOf(host, options), terminal)
  for (const line of lines) terminal.say(line)
  return EXIT.complete
}

export function coverageLines(
  coverage: CoverageDetail,
  outcome: Outcome | undefined,
  hint: Hint,
  terminal: Terminal,
): string[] {
  const { colors } = terminal
  const reasons = coverage.reasons.filter((reason) => outcome === undefined || reason.outcome === outcome)
  const { slices } = coverage
  if (slices.length === 0) return [outcome ? `No slice ended as ${outcome}.` : 'No slices are planned yet.']
  return [
    ...coverageTable(slices, terminal),
    '',
    ...reasonLines(reasons, slices, hint, terminal),
    ...wrapped(
      '',
      'A slice is a part of scope and region, as the provider divides them: a table, a group of types.',
      terminal,
      colors.dim,
    ),
    colors.dim(
      outcome ? `${counted(slices.length, 'slice')} of ${count(coverage.totals.slices)}` : totalsText(coverage),
    ),
  ]
}

function totalsText({ totals }: CoverageDetail): string {
  return `${count(totals.extracted)} read, ${count(totals.expected)} counted by the providers, in ${counted(totals.slices, 'slice')}`
}

/** Gaps first, then what is still read; else by place. */
function coverageTable(slices: readonly SliceCoverage[], terminal: Terminal): string[] {
  const columns = [
    { head: 'Cloud' },
    { head: 'Scope' },
    { head: 'Region' },
    { head: 'Slice' },
    { head: 'Outcome' },
    { head: 'Read', align: 'right' },
    { head: 'Counted', align: 'right' },
    { head: 'Counted by' },
  ] as const
  const { interactive, colors } = terminal
  const sorted = slices.toSorted((a, b) => rank(a) - rank(b) || placeOf(a).localeCompare(placeOf(b)))
  const rows = sorted.map(({ provider, scope, region, partition, outcome, code, coverage }) => [
    PROVIDER_LABELS[provider],
    shortId(scope, terminal),
    region,
    shortId(partition, terminal),
    coloured(outcome ?? 'running', colors) + (code && !interactive ? ` ${code}` : ''),
    count(coverage.extracted),
    coverage.expected === null ? '–' : count(coverage.expected),
    coverage.source ?? '–',
  ])
  return table(columns, rows, terminal)
}

function rank({ outcome }: SliceCoverage): number {
  if (outcome === null) return 1
  return WHOLE.includes(outcome) ? 2 : 0
}

function placeOf({ provider, scope, region, partition }: SliceCoverage): string {
  return [provider, scope, region, partition].join(' ')
}
