import { PROVIDER_NAMES, type ExtractionRequest, type ProviderName } from '@cae/core'
import type { Redis } from 'ioredis'
import {
  PREFLIGHT_SUBJECTS,
  readAnswer,
  readDestination,
  readQuestion,
  type DestinationAnswer,
  type PreflightAnswer,
  type PreflightQuestion,
  type PreflightSubject,
} from './preflight-payload.ts'
import { PAYLOAD_VERSION } from './queues.ts'
import { consumerConnection, defineScripts } from './redis.ts'

/**
 * Where the question about one subject stands: `waiting` for a worker, `checking` by one, `done` with an answer, `failed`
 * with a reason, `unanswered` since no worker took it up in time, `lost` with the worker that had taken it up.
 */
export type QuestionStatus = 'waiting' | 'checking' | 'done' | 'failed' | 'unanswered' | 'lost'

export interface QuestionView<Answer = PreflightAnswer> {
  readonly status: QuestionStatus
  /** Why it failed. */
  readonly message: string | null
  /** Calls to the provider so far. */
  readonly calls: number
  readonly answer: Answer | null
}

/** An exchange as it stands. Times are milliseconds since the epoch. */
export interface PreflightView {
  readonly id: string
  readonly request: ExtractionRequest
  readonly createdAt: number
  readonly providers: Partial<Record<ProviderName, QuestionView>>
  readonly destination: QuestionView<DestinationAnswer>
}

/** Milliseconds in which a worker that is up and not busy has long taken a question. */
export const TAKEN_WITHIN_MS = 5000
/** A worker gives a sign of life every two seconds; without one for so long it is lost. */
export const BEAT_EVERY_MS = 2000
const LOST_AFTER_MS = 10_000
/** How long an exchange is kept that nobody looks at, before and after its end. */
const KEEP_OPEN_MS = 60_000
const KEEP_ENDED_MS = 600_000
/** Questions about one subject that may wait for workers. */
const MAX_WAITING = 100

const SHARED = `
local function exchange(id) return ARGV[1] .. ':preflight:' .. id end
local function list(subject) return ARGV[1] .. ':preflights:' .. subject end
local function clock() local t = redis.call('TIME') return t[1] * 1000 + math.floor(t[2] / 1000) end
`

/** One key has the whole exchange, so that it ends as a whole; one list for each subject has the questions to take. */
const SCRIPTS = {
  /** ARGV: prefix, id, request, created at, then subject and question of each. 0: too many wait. */
  ask: `${SHARED}
for i = 5, #ARGV, 2 do
  if redis.call('LLEN', list(ARGV[i])) >= ${MAX_WAITING} then return 0 end
end
local key = exchange(ARGV[2])
redis.call('HSET', key, 'request', ARGV[3], 'created_at', ARGV[4])
for i = 5, #ARGV, 2 do
  redis.call('HSET', key, ARGV[i] .. ':status', 'waiting', ARGV[i] .. ':at', clock())
  redis.call('RPUSH', list(ARGV[i]), ARGV[i + 1])
  redis.call('PEXPIRE', list(ARGV[i]), ${KEEP_ENDED_MS})
end
redis.call('PEXPIRE', key, ${KEEP_OPEN_MS})
return 1
`,
  /** ARGV: prefix, id, then subject and question of each. Settles what is overdue. 1: all is settled; -1: there is none. */
  settle: `${SHARED}
local key, open = exchange(ARGV[2]), false
for i = 3, #ARGV, 2 do
  local subject = ARGV[i]
  local status = redis.call('HGET', key, subject .. ':status')
  local since = clock() - tonumber(redis.call('HGET', key, subject .. ':at') or 0)
  if status == 'waiting' and since > ${TAKEN_WITHIN_MS} then
    redis.call('LREM', list(subject), 0, ARGV[i + 1])
    redis.call('HSET', key, subject .. ':status', 'unanswered')
  elseif status == 'checking' and since > ${LOST_AFTER_MS} then
    redis.call('HSET', key, subject .. ':status', 'lost')
  elseif status == 'waiting' or status == 'checking' then
    open = true
  end
end
if redis.call('PEXPIRE', key, open and ${KEEP_OPEN_MS} or ${KEEP_ENDED_MS}) == 0 then return -1 end
return open and 0 or 1
`,
  /** ARGV: prefix, id, subject. The request, where this worker is the one that answers. */
  claim: `${SHARED}
local key = exchange(ARGV[2])
if redis.call('HGET', key, ARGV[3] .. ':status') ~= 'waiting' then return false end
redis.call('HSET', key, ARGV[3] .. ':status', 'checking', ARGV[3] .. ':at', clock())
return redis.call('HGET', key, 'request')
`,
  /** ARGV: prefix, id, subject, calls. 0: nobody waits for the answer any more. */
  beat: `${SHARED}
local key = exchange(ARGV[2])
if redis.call('HGET', key, ARGV[3] .. ':status') ~= 'checking' then return 0 end
redis.call('HSET', key, ARGV[3] .. ':at', clock(), ARGV[3] .. ':calls', ARGV[4])
return 1
`,
  /** ARGV: prefix, id, subject, status, field and value that go with it, calls. */
  end: `${SHARED}
local key = exchange(ARGV[2])
if redis.call('HGET', key, ARGV[3] .. ':status') ~= 'checking' then return 0 end
redis.call('HSET', key, ARGV[3] .. ':status', ARGV[4], ARGV[3] .. ':' .. ARGV[5], ARGV[6], ARGV[3] .. ':calls', ARGV[7])
return 1
`,
} as const

/**
 * Questions of the API and answers of the workers, over Redis. Nothing of it is in a queue or in the ledger, and all of it
 * is gone minutes after the last look.
 */
export interface Preflights {
  /** Asks about the destination and the request's providers. False: too many wait already, and nothing was asked. */
  ask(id: string, request: ExtractionRequest, now: number): Promise<boolean>
  /** Gives up questions that are overdue; whether all are settled. Asking keeps the exchange alive; without one it is settled. */
  settle(id: string): Promise<boolean>
  /** How it stands, with the answers, which are large for large estates; null where there is none, or none any more. */
  look(id: string): Promise<PreflightView | null>
  /** The request, to the one worker that may answer; null where nobody waits for it. */
  claim(question: PreflightQuestion): Promise<ExtractionRequest | null>
  /** A sign of life. False: nobody waits for the answer any more. */
  beat(question: PreflightQuestion, calls: number): Promise<boolean>
  answer(question: PreflightQuestion, answer: PreflightAnswer | DestinationAnswer, calls: number): Promise<void>
  fail(question: PreflightQuestion, message: string, calls: number): Promise<void>
}

export function preflights(redis: Redis, prefix: string): Preflights {
  const scripts = defineScripts(redis, prefix, SCRIPTS)
  const end = async ({ preflightId, subject }: PreflightQuestion, ...rest: (string | number)[]) => {
    await scripts.end(preflightId, subject, ...rest)
  }
  return {
    async ask(id, request, now) {
      return (
        (await scripts.ask(
          id,
          JSON.stringify(request),
          now,
          ...questionsOf(id, ['destination', ...request.providers]),
        )) === 1
      )
    },
    settle: async (id) => (await scripts.settle(id, ...questionsOf(id, PREFLIGHT_SUBJECTS))) !== 0,
    look: async (id) => toView(id, await redis.hgetall(`${prefix}:preflight:${id}`)),
    async claim({ preflightId, subject }) {
      const request = (await scripts.claim(preflightId, subject)) as string | null
      return request === null ? null : (JSON.parse(request) as ExtractionRequest)
    },
    beat: async ({ preflightId, subject }, calls) => (await scripts.beat(preflightId, subject, calls)) === 1,
    answer: (question, answer, calls) => {
      const json = JSON.stringify(answer)
      if (question.subject === 'destination') readDestination(json)
      else readAnswer(json)
      return end(question, 'done', 'answer', json, calls)
    },
    fail: (question, message, calls) => end(question, 'failed', 'message', message, calls),
  }
}

/** Where a worker takes its questions from. */
export interface QuestionSource {
  /** The next question that this worker can answer, to one worker only; null where none comes for a while. */
  take(): Promise<PreflightQuestion | null>
  /** A `take` that waits rejects. */
  close(): void
}

const TAKE_SECONDS = 5

/** Has a connection of its own, since taking blocks it. Every worker delivers, so each is asked about the destination. */
export function questionSource(url: string, prefix: string, providers: readonly ProviderName[]): QuestionSource {
  const connection = consumerConnection(url)
  const lists = ['destination', ...providers].map((subject) => `${prefix}:preflights:${subject}`)
  return {
    async take() {
      const taken = await connection.blpop(lists, TAKE_SECONDS)
      return taken && readQuestion(taken[1])
    },
    close: () => connection.disconnect(),
  }
}

/** Whether no worker works on a question any more, nor will. */
export function isSettled({ status }: Pick<QuestionView, 'status'>): boolean {
  return status !== 'waiting' && status !== 'checking'
}

/** Each subject with the question about it, as the scripts take them. */
function questionsOf(preflightId: string, subjects: readonly PreflightSubject[]): string[] {
  return subjects.flatMap((subject) => {
    const question: PreflightQuestion = { v: PAYLOAD_VERSION, preflightId, subject }
    return [subject, JSON.stringify(question)]
  })
}

function toView(id: string, fields: Readonly<Record<string, string>>): PreflightView | null {
  const { request, created_at: createdAt } = fields
  if (request === undefined) return null
  const providers: Partial<Record<ProviderName, QuestionView>> = {}
  for (const name of PROVIDER_NAMES) {
    if (fields[`${name}:status`] !== undefined) providers[name] = toQuestion(name, fields, readAnswer)
  }
  const destination = toQuestion('destination', fields, readDestination)
  return { id, request: JSON.parse(request) as ExtractionRequest, createdAt: Number(createdAt), providers, destination }
}

function toQuestion<Answer>(
  subject: PreflightSubject,
  fields: Readonly<Record<string, string>>,
  read: (json: string) => Answer,
): QuestionView<Answer> {
  const answer = fields[`${subject}:answer`]
  return {
    status: fields[`${subject}:status`] as QuestionStatus,
    message: fields[`${subject}:message`] ?? null,
    calls: Number(fields[`${subject}:calls`] ?? 0),
    answer: answer === undefined ? null : read(answer),
  }
}
