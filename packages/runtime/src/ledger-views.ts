import {
  OUTCOMES,
  PROVIDER_NAMES,
  type Expectation,
  type ExtractionRequest,
  type Outcome,
  type ProviderName,
  type Slice,
  type Task,
} from '@cae/core'

export const RUN_STATUSES = ['queued', 'planning', 'running', 'completed', 'partial', 'failed', 'cancelled'] as const
/** `completed` only where every slice is complete, but for those that are skipped. */
export type RunStatus = (typeof RUN_STATUSES)[number]

export type FinalStatus = Extract<RunStatus, 'completed' | 'partial' | 'failed' | 'cancelled'>

const FINAL: ReadonlySet<RunStatus> = new Set<RunStatus>(['completed', 'partial', 'failed', 'cancelled'])

export function isFinal(status: RunStatus): boolean {
  return FINAL.has(status)
}

/** A run as the ledger has it. Times are milliseconds since the epoch. */
export interface RunView {
  readonly id: string
  readonly status: RunStatus
  readonly request: ExtractionRequest
  readonly schedule: string | null
  readonly createdAt: number
  readonly startedAt: number | null
  readonly plannedAt: number | null
  readonly updatedAt: number | null
  readonly finishedAt: number | null
  readonly tasks: number
  readonly ended: number
  readonly providers: Partial<Record<ProviderName, ProviderTotals>>
}

export interface ProviderTotals {
  /** Slices known so far; tasks that only plan further ones are not among them. */
  readonly slices: number
  readonly ended: number
  /** Tasks that still plan. */
  readonly planning: number
  /** Resources that the provider gave, and how many it says there are in the slices known so far. */
  readonly read: number
  readonly expected: number
  /** Artifacts delivered. */
  readonly artifacts: number
  readonly pages: number
  readonly batches: number
  readonly bytes: number
  readonly outcomes: Partial<Record<Outcome, number>>
}

/** A task as the ledger has it. Times are milliseconds since the epoch. */
export interface TaskView {
  readonly task: Task
  readonly outcome: Outcome | null
  readonly code: string | null
  readonly message: string | null
  readonly read: number
  /** The provider's own count, from a page or from planning. */
  readonly expected: Expectation | null
  readonly freshness: string | null
  readonly artifacts: number
  readonly pages: number
  readonly batches: number
  readonly restarts: number
  /** How often a worker took it up. */
  readonly claims: number
  /** Workers that it has lost since its last page. */
  readonly lost: number
  readonly startedAt: number | null
  readonly endedAt: number | null
}

type Fields = Readonly<Record<string, string>>

export function parseProviderTotals(fields: Fields): RunView['providers'] {
  const totals: Partial<Record<ProviderName, ProviderTotals>> = {}
  for (const provider of PROVIDER_NAMES) {
    if (fields[`${provider}:tasks`] === undefined) continue
    const count = (name: string) => Number(fields[`${provider}:${name}`] ?? 0)
    totals[provider] = {
      slices: count('tasks') - count('planners'),
      ended: count('ended') - count('planners_ended'),
      planning: count('planners') - count('planners_ended'),
      read: count('read'),
      expected: count('expected'),
      artifacts: count('artifacts'),
      pages: count('pages'),
      batches: count('batches'),
      bytes: count('bytes'),
      outcomes: Object.fromEntries(
        OUTCOMES.map((outcome) => [outcome, count(`outcome:${outcome}`)] as const).filter(([, n]) => n > 0),
      ),
    }
  }
  return totals
}

/** Of what run and provider a task is, as its id says: `{runId}-{provider}.…` */
export function partsOf(id: string): { readonly runId: string; readonly provider: ProviderName } {
  const dash = id.indexOf('-')
  return { runId: id.slice(0, dash), provider: id.slice(dash + 1, id.indexOf('.')) as ProviderName }
}

/**
 * What a task's slice is, as text for the ledger: without what its run and its id say. Redis holds one for each slice of a
 * run, and a name stands in the id unless it had to be changed.
 */
export function specOf({ id, scope, region, partition, query, plans }: Task): string {
  const names = namesIn(id)
  return JSON.stringify({
    ...(scope !== names.scope && { scope }),
    ...(region !== names.region && { region }),
    ...(partition !== names.partition && { partition }),
    query,
    ...(plans && { plans }),
  })
}

function namesIn(id: string): Pick<Slice, 'scope' | 'region' | 'partition'> {
  const [, scope = '', region = '', partition = ''] = id.split('.')
  return { scope, region, partition }
}

/** The task again, from what `specOf` gave. */
export function taskOf(id: string, createdAt: number, spec: string, expected: Expectation | null): Task {
  const slice = { ...namesIn(id), ...(JSON.parse(spec) as Pick<Slice, 'query'> & Partial<Slice>) }
  const asOf = new Date(createdAt).toISOString()
  return { ...slice, ...partsOf(id), id, asOf, ...(expected && { expected }) }
}

export function parseTask(id: string, createdAt: number, spec: string, fields: Fields): TaskView {
  const time = (name: string) => (fields[name] ? Number(fields[name]) : null)
  const expected = expectation(fields)
  return {
    task: taskOf(id, createdAt, spec, expected),
    outcome: (fields['outcome'] ?? null) as Outcome | null,
    code: fields['code'] ?? null,
    message: fields['message'] ?? null,
    read: Number(fields['read'] ?? 0),
    expected,
    freshness: fields['freshness'] ?? null,
    artifacts: Number(fields['artifacts'] ?? 0),
    pages: Number(fields['page'] ?? 0),
    batches: Number(fields['sequence'] ?? 0),
    restarts: Number(fields['restarts'] ?? 0),
    claims: Number(fields['token'] ?? 0),
    lost: Number(fields['lost'] ?? 0),
    startedAt: time('started_at'),
    endedAt: time('ended_at'),
  }
}

function expectation({ expected, source = '' }: Fields): Expectation | null {
  return expected === undefined ? null : { count: Number(expected), source }
}
