import { OUTCOMES, type Outcome } from '@cae/core'
import {
  coverageOf,
  coverageTotals,
  outcomesOf,
  sliceCoverage,
  type Ledger,
  type RunView,
  type TaskView,
} from '@cae/runtime'
import Joi from 'joi'

export interface CoverageQuery {
  readonly limit: number
  readonly offset: number
  readonly outcome?: Outcome | undefined
}

export const coverageQuery = Joi.object<CoverageQuery>({
  limit: Joi.number().integer().min(1).max(10_000).default(1000),
  offset: Joi.number().integer().min(0).default(0),
  outcome: Joi.string().valid(...OUTCOMES),
})

/** What a run covered: totals, why slices are not complete, and a page of its slices, as the manifest has them. */
export async function coverageDetail(run: RunView, { limit, offset, outcome }: CoverageQuery, ledger: Ledger) {
  const totals = coverageTotals(run)
  const outcomes = outcomesOf(run)
  const total = outcome ? (outcomes[outcome] ?? 0) : totals.slices
  const slices = (await pageOf(coverageOf(ledger, run), { limit, offset, outcome })).map(sliceCoverage)
  return {
    job_id: run.id,
    status: run.status,
    totals,
    outcomes,
    reasons: await ledger.errors(run.id),
    total,
    limit,
    offset,
    slices,
  }
}

/** One page of the tasks that have an outcome, or of all. No index leads there, so those before it are read, and let go. */
export async function pageOf(
  all: AsyncIterable<readonly TaskView[]>,
  { limit, offset, outcome }: CoverageQuery,
): Promise<TaskView[]> {
  const page: TaskView[] = []
  let before = 0
  for await (const views of all) {
    const wanted = outcome ? views.filter((view) => view.outcome === outcome) : views
    const from = Math.max(0, offset - before)
    page.push(...wanted.slice(from, from + limit - page.length))
    before += wanted.length
    if (page.length >= limit) break
  }
  return page
}
