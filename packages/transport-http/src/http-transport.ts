import { setTimeout as sleep } from 'node:timers/promises'
import { ExtractionError, releaseBytes, type Clock, type Transport } from '@cae/core'
import { encodeBatch, encodeManifest, pack } from './encode.ts'
import { toEndpoint, type Endpoint } from './endpoint.ts'
import type { HttpOptions } from './options.ts'
import { poster, type Answer } from './post.ts'
import { delayBefore, MAX_WAIT, parseRetryAfter } from './retry-after.ts'
import { tlsError } from './tls.ts'

export interface HttpDependencies {
  readonly clock?: Clock
  /** 0 to 1, for the jitter. */
  readonly random?: () => number
}

const systemClock: Clock = {
  now: Date.now,
  sleep: (milliseconds, signal) => sleep(milliseconds, undefined, { signal }),
}

/** Why an attempt did not deliver, where another may. */
interface Setback {
  readonly problem: string
  readonly retryAfter?: number | undefined
  readonly cause?: unknown
  readonly nativeCode: string
}

/**
 * Each batch as one POST of `{ batch_id, run_id, task_id, artifacts }`, the batch id as `Idempotency-Key`; the manifest of
 * a run as one of `{ manifest_id, run_id, manifest }` to the same URL. Any 2xx means that the receiver has it durably. 408,
 * 429, 5xx and network errors are tried again, a certificate that is not trusted and a receiver without TLS are not; redirects are not followed, for
 * they could take the key and the artifacts elsewhere. Throws `Error` for options that can't work.
 */
export function httpTransport(options: HttpOptions, dependencies: HttpDependencies = {}): Transport {
  const { timeout_ms = 30_000, retries = 5, compression = 'none' } = options
  const { clock = systemClock, random = Math.random } = dependencies
  const endpoint = toEndpoint(options)
  const connection = poster(endpoint.url, timeout_ms)
  const underWay = new Set<AbortController>()
  let closed = false

  const answerTo = async (request: Promise<Answer>, signal: AbortSignal): Promise<Answer | Setback> => {
    try {
      return await request
    } catch (error) {
      signal.throwIfAborted()
      const unfit = tlsError(endpoint.host, error as NodeJS.ErrnoException)
      if (unfit) throw unfit
      const { code, message } = error as NodeJS.ErrnoException
      return { problem: `did not answer (${code ?? message})`, cause: error, nativeCode: code ?? 'NETWORK' }
    }
  }

  const failed = ({ problem, retryAfter, cause, nativeCode }: Setback, tries: number) =>
    new ExtractionError('DELIVERY_FAILED', `${endpoint.host} ${problem}, at attempt ${tries}`, {
      cause,
      nativeCode,
      ...(retryAfter !== undefined && { retryAfter }),
    })

  const send = async (id: string, bytes: Buffer, signal: AbortSignal) => {
    if (!/^[\x21-\x7e]+$/.test(id)) {
      throw new ExtractionError('DELIVERY_REJECTED', `no header can carry the batch id ${JSON.stringify(id)}`)
    }
    const headers = {
      ...endpoint.headers,
      ...(compression === 'gzip' && { 'content-encoding': 'gzip' }),
      'idempotency-key': id,
    }
    const body = await pack(bytes, compression)
    for (let tries = 1; ; tries++) {
      signal.throwIfAborted()
      const answer = await answerTo(connection.post(headers, body, signal), signal)
      const setback = 'problem' in answer ? answer : judge(answer, endpoint, clock.now())
      if (!setback) return { bytes: body.length }
      const { retryAfter } = setback
      if (tries > retries || (retryAfter ?? 0) > MAX_WAIT) throw failed(setback, tries)
      await clock.sleep(delayBefore(tries, retryAfter, random()), signal)
    }
  }

  const check = async (signal: AbortSignal) => {
    // A connection of its own: one that was kept open would not tell whether another can be opened.
    const fresh = poster(endpoint.url, timeout_ms)
    try {
      const answer = await answerTo(fresh.head(endpoint.headers, signal), signal)
      const setback = 'problem' in answer ? answer : judgeHead(answer, endpoint, clock.now())
      if (setback) throw failed(setback, 1)
      const { status } = answer as Answer
      return `${endpoint.host} answered ${status} to HEAD, so it can be reached; whether it takes a POST was not tried`
    } finally {
      fresh.destroy()
    }
  }

  const whileOpen = async <T>(signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> => {
    signal.throwIfAborted()
    if (closed) throw closedError()
    const stopping = new AbortController()
    const stop = () => stopping.abort(signal.reason)
    signal.addEventListener('abort', stop, { once: true })
    underWay.add(stopping)
    try {
      return await work(stopping.signal)
    } catch (error) {
      stopping.signal.throwIfAborted()
      throw error
    } finally {
      signal.removeEventListener('abort', stop)
      underWay.delete(stopping)
    }
  }

  // Takes no artifacts, which it would hold for as long as it waits: once they are bytes, they can be collected.
  const sendBytes = (id: string, bytes: Buffer, signal: AbortSignal) =>
    whileOpen(signal, (stop) => send(id, bytes, stop)).finally(() => releaseBytes(bytes))

  return {
    name: 'http',
    deliver: (batch, signal) => sendBytes(batch.id, encodeBatch(batch), signal),
    deliverManifest: (manifest, signal) => sendBytes(manifest.id, encodeManifest(manifest), signal),
    check: (signal) => whileOpen(signal, check),
    async close() {
      closed = true
      for (const delivery of underWay) delivery.abort(closedError())
      connection.destroy()
    },
  }
}

function closedError(): ExtractionError {
  return new ExtractionError('DELIVERY_FAILED', 'the http transport is closed')
}

// Undefined where the batch is delivered.
function judge(answer: Answer, endpoint: Endpoint, now: number, method = ''): Setback | undefined {
  const { status, body } = answer
  if (status >= 200 && status < 300) return undefined
  const nativeCode = String(status)
  if (status >= 300 && status < 400) {
    const where = endpoint.describeRedirect(answer.location)
    const message = `${endpoint.host} answered ${status}${method}, a redirect to ${where}: set endpoint_url to where it ends`
    throw new ExtractionError('DELIVERY_REJECTED', message, { nativeCode })
  }
  const said = endpoint.redact(body)
  const problem = `answered ${status}${method}${said && `: ${said}`}`
  if (status === 408 || status === 429 || status >= 500) {
    return { problem, nativeCode, retryAfter: parseRetryAfter(answer.retryAfter, now) }
  }
  throw new ExtractionError('DELIVERY_REJECTED', `${endpoint.host} ${problem}`, { nativeCode })
}

/**
 * HEAD shows that the receiver can be reached and takes who we are. It says nothing of POST: one that knows no HEAD answers
 * 404, 405 or 501, and is there.
 */
function judgeHead(answer: Answer, endpoint: Endpoint, now: number): Setback | undefined {
  const { status } = answer
  const redirects = status >= 300 && status < 400
  const refuses = status === 401 || status === 403 || status === 407
  const fails = status >= 500 && status !== 501
  return redirects || refuses || fails ? judge(answer, endpoint, now, ' to HEAD') : undefined
}
