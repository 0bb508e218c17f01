import { nearest } from '@cae/catalogue'
import type { ErrorRequestHandler, Request, RequestHandler } from 'express'
import type { Log } from '@cae/core'

export interface FieldError {
  /** Where it stands in the request, such as `filters.labels`. */
  readonly field: string
  readonly message: string
}

/** An answer that is not a success: `{detail, errors}` with a status. */
export class Problem extends Error {
  readonly status: number
  readonly errors: readonly FieldError[]

  constructor(status: number, detail: string, errors: readonly FieldError[] = []) {
    super(detail)
    this.name = 'Problem'
    this.status = status
    this.errors = errors
  }
}

/** A 503 of what may be done all the same: no client may try it again by itself, so that it says no time for that. */
export class Undecided extends Problem {
  constructor(detail: string) {
    super(503, detail)
  }
}

/** Errors that one answer lists; a request may hold thousands of unknown names. */
export const MAX_ERRORS = 20

/** 422 that names every bad field of a request. */
export function invalid(errors: readonly FieldError[]): Problem {
  const fields = [...new Set(errors.map(({ field }) => field))].slice(0, MAX_ERRORS)
  return new Problem(422, `invalid request: ${fields.join(', ')}`, errors.slice(0, MAX_ERRORS))
}

/** A name that none of the known ones is, with the nearest of them. */
export function unknownField(name: string, known: readonly string[]): FieldError {
  const [best] = nearest(name, known)
  const hint = best ? `; did you mean ${best}?` : ''
  return { field: name, message: `unknown field${hint}; known are ${known.join(', ') || 'none'}` }
}

/** Throws `Problem` 400 where there is a body that is no JSON object. */
export function requireObject(body: unknown): void {
  if (body === undefined || (typeof body === 'object' && body !== null && !Array.isArray(body))) return
  throw new Problem(400, 'the request body must be a JSON object', [
    { field: 'body', message: 'must be a JSON object' },
  ])
}

/** `what`: such as `job 1m8hebhn2qgvtsa71p`. */
export function notFound(what: string): Problem {
  return new Problem(404, `${what} not found`)
}

/** The last middleware: any error in the one shape, never a stack trace. */
export function answerProblems(log: Log): ErrorRequestHandler {
  return (error: unknown, request, response, next) => {
    if (response.headersSent) return next(error)
    const problem = toProblem(error, request)
    report(problem, error, request, log.child({ requestId: response.get('x-request-id') }))
    if (problem.status === 503 && !(problem instanceof Undecided)) response.set('Retry-After', '5')
    response.status(problem.status).json({ detail: problem.message, errors: problem.errors })
  }
}

/** A body of another type would be passed over, and a request without its body asks for everything. */
export const requireJson: RequestHandler = (request, _response, next) => {
  const hasBody =
    request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0
  if (!hasBody || request.is('json')) return next()
  throw new Problem(415, 'the request body must be JSON, with content-type: application/json', [
    { field: 'content-type', message: 'must be application/json' },
  ])
}

// A bug is worth its stack; that something is away is not.
function report({ status }: Problem, error: unknown, { method, path }: Request, log: Log): void {
  if (status === 503)
    log.warn('request not served', { method, path, reason: error instanceof Error ? error.message : error })
  else if (status >= 500) log.error('request failed', { method, path, error })
}

export const noSuchRoute: RequestHandler = (request) => {
  throw new Problem(404, `no route ${request.method} ${request.path}`)
}

function toProblem(error: unknown, { method }: Request): Problem {
  if (error instanceof Problem) return error
  const { type, status, limit } = (error ?? {}) as { type?: string; status?: number; limit?: number }
  if (type === 'entity.too.large') {
    return new Problem(413, 'the request body is too large', [
      { field: 'body', message: `must have at most ${limit} bytes` },
    ])
  }
  if (type === 'entity.parse.failed')
    return new Problem(400, 'the request body is not valid JSON', [{ field: 'body', message: 'must be valid JSON' }])
  if (type === 'encoding.unsupported' || type === 'charset.unsupported')
    return new Problem(415, 'unsupported encoding of the request body')
  if (typeof status === 'number' && status >= 400 && status < 500)
    return new Problem(status, 'the request could not be read')
  // Last, since what a client has sent may be quoted in the errors above.
  if (isRedisAway(error))
    return hasHung(error) && method !== 'GET' ? new Undecided(MAYBE_DONE) : new Problem(503, REDIS_IS_AWAY)
  const refusal = refusalOf(error)
  if (refusal) return new Problem(503, `Redis refuses (${refusal}); try again later`)
  return new Problem(500, 'internal error')
}

export const REDIS_IS_AWAY = 'Redis is away; try again later'
const MAYBE_DONE =
  'Redis has not answered in time, and may do all the same what was asked for: look before you try again'

const REDIS_AWAY =
  /Stream isn't writeable|Connection is closed|ECONNREFUSED|ECONNRESET|ETIMEDOUT|max retries per request|LOADING Redis|Command timed out/
/** What a Redis that is there says where it serves nobody, or takes no writes: too few replicas, a disk that is full, … */
const REFUSALS = /\b(NOREPLICAS|OOM|BUSY|MISCONF|READONLY|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|NOAUTH|WRONGPASS|NOPERM)\b/

function hasHung(error: unknown): boolean {
  return error instanceof Error && error.message.includes('Command timed out')
}

/** The word by which Redis refuses; undefined where it does not. */
export function refusalOf(error: unknown): string | undefined {
  return error instanceof Error ? REFUSALS.exec(error.message)?.[1] : undefined
}

export function isRedisAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  return error.name === 'MaxRetriesPerRequestError' || REDIS_AWAY.test(error.message)
}
