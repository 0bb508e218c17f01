import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Strike } from './faults.ts'
import type { Ending } from './requests.ts'

/** One HTTP answer. */
export interface Answer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  /** ASCII, or a stream of it. */
  readonly body: string
}

/** What may be done to a request instead of answering it. */
export type Silence = 'reset' | 'hang'

/** Undefined where a strike leaves a request its answer. */
export function silenceOf(strike: Strike | undefined): Silence | undefined {
  if (strike?.hits('reset')) return 'reset'
  return strike?.hits('hang') ? 'hang' : undefined
}

/** Bodies are queries and lists of at most 100 keys; anything larger is refused. */
const MAX_BODY = 4 * 1024 * 1024

/** Null where the body is too large. */
export async function readBody(request: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > MAX_BODY) return null
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

export function send(response: ServerResponse, { status, headers, body }: Answer): void {
  const bytes = Buffer.from(body, 'utf8')
  response.writeHead(status, { ...headers, 'content-length': bytes.length })
  response.end(bytes)
}

/** Breaks the connection, or never answers: it is left to the client to go away. */
export function fallSilent(request: IncomingMessage, silence: Silence): void {
  if (silence === 'reset') request.socket.resetAndDestroy()
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** How an answer counts. `isThrottle` is asked of refusals only: other bodies are large. */
export function endingOf({ status, body }: Answer, isThrottle: (body: string) => boolean): Ending {
  if (status < 400) return 'ok'
  return status === 429 || isThrottle(body) ? 'throttled' : 'failed'
}
