import { errorRow, type ProviderName } from '@cae/core'
import {
  isSettled,
  type DestinationAnswer,
  type PreflightView,
  type QuestionView,
  type RunEstimate,
} from '@cae/runtime'

/** A preflight, for clients. `ready` is null until everything is answered, and true only where all was tried and nothing is missing. */
export function preflightDetail({ id, request, createdAt, providers, destination }: PreflightView) {
  const all = Object.entries(providers) as [ProviderName, QuestionView][]
  const questions = [...Object.values(providers), destination]
  const settled = questions.every(isSettled)
  const done = questions.every(({ status }) => status === 'done')
  return {
    preflight_id: id,
    status: done ? ('complete' as const) : settled ? ('incomplete' as const) : ('running' as const),
    ready: settled ? all.every(([, question]) => isReady(question)) && takesDeliveries(destination) : null,
    request,
    providers: Object.fromEntries(all.map(([name, question]) => [name, questionDetail(question)])),
    destination: destinationDetail(destination),
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

// A transport that has nothing to try is one.
function takesDeliveries({ answer }: QuestionView<DestinationAnswer>): boolean {
  return answer !== null && answer.problem === null
}

function destinationDetail(question: QuestionView<DestinationAnswer>) {
  const { status, message, answer } = question
  const problem = answer?.problem ?? null
  return {
    status,
    message: message ?? problem?.message ?? (status === 'unanswered' ? UNTRIED : SAYS[status]),
    ready: isSettled(question) ? takesDeliveries(question) : null,
    transport: answer?.transport ?? null,
    tried: answer?.tried ?? null,
    code: problem?.code ?? null,
    advice: problem && errorRow(problem.code).advice,
  }
}

const UNTRIED = 'no worker took it up: none is up, or all are busy with other checks'

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
