import { createServer, type Http2Server, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2'
import protobuf from 'protobufjs/minimal.js'

/** Codes of google.rpc.Code that the simulator answers with. */
export const CODE = {
  cancelled: 1,
  invalidArgument: 3,
  notFound: 5,
  permissionDenied: 7,
  resourceExhausted: 8,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
  unauthenticated: 16,
} as const

/** An error in gRPC's form; `details` are packed messages of google.rpc. */
export class GrpcError extends Error {
  readonly code: number
  readonly details: readonly { readonly type: string; readonly value: Uint8Array }[]

  constructor(code: number, message: string, details: GrpcError['details'] = []) {
    super(message)
    this.code = code
    this.details = details
  }
}

/** google.rpc.ErrorInfo: reason = 1, domain = 2, metadata = 3. */
export function errorInfo(reason: string, metadata: Readonly<Record<string, string>>) {
  const writer = protobuf.Writer.create().uint32(10).string(reason).uint32(18).string('googleapis.com')
  for (const [key, value] of Object.entries(metadata)) {
    writer.uint32(26).fork().uint32(10).string(key).uint32(18).string(value).ldelim()
  }
  return { type: 'google.rpc.ErrorInfo', value: writer.finish() }
}

/**
 * Answers a unary call with a message. Throws `GrpcError` to refuse it; `reset` breaks the stream, `hang` leaves it open.
 */
export type Unary = (path: string, headers: IncomingHttpHeaders, message: Buffer) => Promise<Buffer | 'reset' | 'hang'>

/** gRPC over clear-text HTTP/2. It is written by hand so that a stream can be broken and bytes go out as they are. */
export function grpcServer(unary: Unary): Http2Server {
  const server = createServer({ settings: { initialWindowSize: 4 * 1024 * 1024 } })
  server.on('stream', (stream, headers) => {
    stream.on('error', () => {})
    void serve(stream, headers, unary)
  })
  return server
}

async function serve(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, unary: Unary): Promise<void> {
  try {
    const message = unframe(await readAll(stream))
    const answer = await unary(headers[':path'] ?? '', headers, message)
    if (stream.destroyed || answer === 'hang') return
    if (answer === 'reset') stream.close(8)
    else succeed(stream, answer)
  } catch (thrown) {
    if (!stream.destroyed) fail(stream, thrown)
  }
}

async function readAll(stream: ServerHttp2Stream): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of stream as AsyncIterable<Buffer>) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/** A gRPC frame is a flag for compression, four bytes of length and the message. */
function unframe(bytes: Buffer): Buffer {
  if (bytes.length < 5) throw new GrpcError(CODE.internal, 'the request has no message')
  if (bytes[0] !== 0) throw new GrpcError(CODE.unimplemented, 'compressed messages are not supported')
  return bytes.subarray(5, 5 + bytes.readUInt32BE(1))
}

function succeed(stream: ServerHttp2Stream, message: Buffer): void {
  stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true })
  stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }))
  const head = Buffer.alloc(5)
  head.writeUInt32BE(message.length, 1)
  stream.write(head)
  stream.end(message)
}

function fail(stream: ServerHttp2Stream, thrown: unknown): void {
  const error = thrown instanceof GrpcError ? thrown : new GrpcError(CODE.internal, String(thrown))
  const details = error.details.length === 0 ? {} : { 'grpc-status-details-bin': statusDetails(error) }
  const trailers = {
    ':status': 200,
    'content-type': 'application/grpc',
    'grpc-status': String(error.code),
    'grpc-message': encodeURIComponent(error.message),
    ...details,
  }
  stream.respond(trailers, { endStream: true })
}

/** google.rpc.Status: code = 1, message = 2, details = 3 of google.protobuf.Any. */
function statusDetails({ code, message, details }: GrpcError): string {
  const writer = protobuf.Writer.create().uint32(8).int32(code).uint32(18).string(message)
  for (const { type, value } of details) {
    writer.uint32(26).fork().uint32(10).string(`type.googleapis.com/${type}`).uint32(18).bytes(value).ldelim()
  }
  return Buffer.from(writer.finish()).toString('base64')
}
