import { once } from 'node:events'
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'

export interface Answer {
  readonly status: number
  readonly location: string | undefined
  readonly retryAfter: string | undefined
  /** The beginning of the body, as text. */
  readonly body: string
}

export interface Poster {
  /** Rejects where no whole answer came: refused, reset, timed out, aborted. */
  post(headers: OutgoingHttpHeaders, body: Buffer, signal: AbortSignal): Promise<Answer>
  /** The same for a request without a body, whose answer has none either. */
  head(headers: OutgoingHttpHeaders, signal: AbortSignal): Promise<Answer>
  /** Closes every connection. */
  destroy(): void
}

/** What is read of an answer before its connection is given up. */
const MAX_ANSWER = 65_536

/** node:http rather than fetch: its agent is ours, so that `destroy` leaves no connection open. */
export function poster(url: URL, timeout: number): Poster {
  const secure = url.protocol === 'https:'
  const agent = secure ? new HttpsAgent({ keepAlive: true }) : new HttpAgent({ keepAlive: true })
  const request = secure ? httpsRequest : httpRequest

  const send = async (method: string, headers: OutgoingHttpHeaders, body: Buffer | undefined, signal: AbortSignal) => {
    const sent = request(url, { method, agent, headers, signal })
    let late: Error | undefined
    const timer = setTimeout(() => {
      late = Object.assign(new Error(`no answer within ${timeout} ms`), { code: 'ETIMEDOUT' })
      sent.destroy(late)
    }, timeout)
    // An upload may still fail after its answer has come, when nobody awaits it any more.
    sent.on('error', ignore)
    try {
      sent.end(body)
      const [response] = (await once(sent, 'response')) as [IncomingMessage]
      return await read(response)
    } catch (error) {
      throw late ?? error
    } finally {
      clearTimeout(timer)
      // A receiver may answer before it has read everything: what is left must not hold the connection.
      if (!sent.writableFinished) sent.destroy()
    }
  }

  return {
    post: (headers, body, signal) => send('POST', { ...headers, 'content-length': body.length }, body, signal),
    head: (headers, signal) => send('HEAD', headers, undefined, signal),
    destroy: () => agent.destroy(),
  }
}

function ignore(): void {}

// To its end, since only then the connection can be used again; but an endless answer is left.
async function read(response: IncomingMessage): Promise<Answer> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of response) {
    chunks.push(chunk as Buffer)
    length += (chunk as Buffer).length
    if (length > MAX_ANSWER) break
  }
  return {
    status: response.statusCode ?? 0,
    location: response.headers.location,
    retryAfter: response.headers['retry-after'],
    body: Buffer.concat(chunks).toString(),
  }
}
