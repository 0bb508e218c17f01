import type { CoverageTotals, ErrorCode, Outcome, SliceCoverage } from '@cae/core'
import type { Ledger } from './ledger.ts'
import type { RunView, TaskView } from './ledger-views.ts'

/** Tasks that are read at a time. */
export const COVERAGE_PAGE = 1000

/** How one slice ended, as the API and the manifest show it. */
export function sliceCoverage({ task, outcome, code, message, artifacts, expected, ...view }: TaskView): SliceCoverage {
  return {
    task_id: task.id,
    provider: task.provider,
    scope: task.scope,
    region: task.region,
    partition: task.partition,
    outcome,
    code: code as ErrorCode | null,
    message,
    artifacts,
    coverage: {
      expected: expected?.count ?? null,
      extracted: view.read,
      source: expected?.source ?? null,
      freshness: view.freshness,
    },
  }
}

/** Whether a task belongs into the coverage of its run: one that still plans covers nothing itself. */
export function isCoverage({ task, outcome }: TaskView): boolean {
  return !task.plans || outcome !== null
}

/** The tasks of a run in the order in which they were planned, some at a time. */
export async function* tasksOf(ledger: Ledger, run: RunView): AsyncGenerator<readonly TaskView[]> {
  for (let offset = 0; offset < run.tasks; offset += COVERAGE_PAGE) {
    yield await ledger.tasks(await ledger.taskIds(run.id, offset, COVERAGE_PAGE))
  }
}

/** The slices of a run in the order in which they were planned, some at a time. */
export async function* coverageOf(ledger: Ledger, run: RunView): AsyncGenerator<readonly TaskView[]> {
  for await (const views of tasksOf(ledger, run)) yield views.filter(isCoverage)
}

/** Slices by outcome over all providers. */
export function outcomesOf(run: RunView): Partial<Record<Outcome, number>> {
  const outcomes: Partial<Record<Outcome, number>> = {}
  for (const total of Object.values(run.providers)) {
    for (const [outcome, count] of Object.entries(total.outcomes) as [Outcome, number][]) {
      outcomes[outcome] = (outcomes[outcome] ?? 0) + count
    }
  }
  return outcomes
}

export function coverageTotals({ providers }: RunView): CoverageTotals {
  const totals = { slices: 0, artifacts: 0, extracted: 0, expected: 0 }
  for (const { slices, artifacts, read, expected } of Object.values(providers)) {
    totals.slices += slices
    totals.artifacts += artifacts
    totals.extracted += read
    totals.expected += expected
  }
  return totals
}
