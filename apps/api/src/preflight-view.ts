import type { ProviderName } from '@cae/core'
import { isSettled, type PreflightView, type QuestionView, type RunEstimate } from '@cae/runtime'

/** A preflight, for clients. `ready` is null until everything is answered, and true only where all was tried and nothing is missing. */
export function preflightDetail({ id, request, createdAt, providers }: PreflightView) {
  const all = Object.entries(providers) as [ProviderName, QuestionView][]
  const settled = all.every(([, question]) => isSettled(question))
  const done = all.every(([, { status }]) => status === 'done')
  return {
    preflight_id: id,
    status: done ? ('complete' as const) : settled ? ('incomplete' as const) : ('running' as const),
    ready: settled ? all.every(([, question]) => isReady(question)) : null,
    request,
    providers: Object.fromEntries(all.map(([name, question]) => [name, questionDetail(question)])),
    created_at: new Date(createdAt).toISOString(),
  }
}

// Nothing found out is not all right.
function isReady({ answer }: QuestionView): boolean {
  return answer !== null && answer.checks.length > 0 && answer.checks.every(({ status }) => status !== 'missing')
}

function questionDetail(question: QuestionView) {
  const { status, message, calls, answer } = question
  return {
    status,
    message: message ?? SAYS[status],
    calls,
    ready: isSettled(question) ? isReady(question) : null,
    checks: answer?.checks ?? [],
    untried: answer?.untried ?? [],
    estimate: answer?.estimate ? estimateDetail(answer.estimate) : null,
  }
}

const SAYS: Readonly<Record<QuestionView['status'], string | null>> = {
  waiting: null,
  checking: null,
  done: null,
  failed: null,
  unanswered: 'no worker took it up: none is up that has this provider, or all are busy with other checks',
  lost: 'the worker that checked gives no sign of life any more',
}

function estimateDetail({ resources, calls, seconds, decidedBy, atLeast, limits }: RunEstimate) {
  return {
    resources,
    calls,
    seconds,
    decided_by: decidedBy,
    at_least: atLeast,
    limits: limits.map(({ name, calls, busiest, ratePerSecond, seconds }) => ({
      name,
      calls,
      busiest,
      rate_per_second: ratePerSecond,
      seconds,
    })),
  }
}
