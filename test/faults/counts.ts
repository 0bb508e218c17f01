import { expect } from 'chai'
import type { Job, TaskAnswer } from '../support/index.ts'
import type { FaultCase } from './fault-cases.ts'

/** What a run says, and what came of it. */
export interface Counted {
  readonly job: Job
  readonly tasks: readonly TaskAnswer[]
  /** Those that are neither complete nor skipped. */
  readonly told: readonly TaskAnswer[]
  /** Different resources. */
  readonly delivered: number
  readonly inBatches: number
  readonly missing: number
}

/** Sources that say no numbers: Resource Explorer and Cloud Control, and what a search that was refused has not counted. */
const NO_COUNT = { aws: /\.(explorer|cloud-control)-/, azure: null, gcp: /\.other-/ }

/** Every number of the run is the one that it must be, and says neither more nor less. */
export function expectCounts({ provider, more = {} }: FaultCase, counted: Counted): void {
  const { job, tasks, told, delivered, inBatches, missing } = counted
  const { twice } = more
  expect(sum(tasks, extractedOf), 'extracted').to.equal(delivered)
  if (twice) expect(inBatches, `in batches, since ${twice.since}`).to.be.greaterThan(delivered)
  else expect(inBatches, 'in batches').to.equal(delivered)
  expect(job.totals.artifacts, 'counted').to.equal(twice?.counted ? inBatches : delivered)
  for (const { task_id, outcome, coverage } of tasks) {
    if (outcome !== 'complete') continue
    const { expected, extracted } = coverage
    if (expected !== null) expect(extracted, task_id).to.equal(expected)
    else if (extracted > 0) expect(NO_COUNT[provider]?.test(task_id), `${task_id} has no count`).to.equal(true)
  }
  const lack = sum(told, (task) => (task.coverage.expected ?? extractedOf(task)) - extractedOf(task))
  if (typeof more.lack === 'object') {
    expect(lack, `lacking, though ${more.lack.though}`).to.be.greaterThan(missing)
  } else expect(lack, 'lacking').to.equal(more.lack === 'counted' ? missing : 0)
}

const extractedOf = ({ coverage }: TaskAnswer) => coverage.extracted

function sum(tasks: readonly TaskAnswer[], of: (task: TaskAnswer) => number): number {
  return tasks.reduce((total, task) => total + of(task), 0)
}
