import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'

/** What Node's HTTP server finds wrong before there is a request that a route could answer. */
const PROBLEMS: Readonly<Record<string, readonly [status: number, detail: string]>> = {
  HPE_HEADER_OVERFLOW: [431, 'the address and the headers are too long: send what is long in the body'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'the request did not come in time'],
}
const NOT_HTTP = [400, 'the request could not be read'] as const

/** Answers in the one shape of errors, and closes the connection, whatever its other side does. */
export function answerClientError({ code }: NodeJS.ErrnoException, socket: Socket): void {
  // The answer that the connection is giving, as Node's own handler looks at it.
  const answer = Reflect.get(socket, '_httpMessage') as { readonly headersSent: boolean } | null | undefined
  if (code === 'ECONNRESET' || !socket.writable || answer?.headersSent) return void socket.destroy()
  const [status, detail] = PROBLEMS[code ?? ''] ?? NOT_HTTP
  const body = JSON.stringify({ detail, errors: [] })
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'Connection: close',
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
  ]
  socket.write(`${head.join('\r\n')}\r\n\r\n${body}`)
  socket.destroySoon()
}
