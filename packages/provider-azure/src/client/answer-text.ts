import { RestError, type PipelinePolicy, type PipelineResponse } from '@azure/core-rest-pipeline'

/** Answers are smaller as a rule; a larger one does not cost its memory for ever. */
const LARGEST = 16 * 1024 * 1024
const BLOCK = 1024 * 1024
let memory = Buffer.alloc(0)

/**
 * Reads the text of answers by memory that is used again. The SDK's own makes a buffer of megabytes for each page, which
 * fills the memory outside of V8's heap and brings the next full collection closer. Of an answer that breaks off it
 * says what its connection said, and not that it can't be parsed; of a compressed one the SDK's decompression never learns
 * that, and the deadline of the call ends it.
 */
export const answerText: PipelinePolicy = {
  name: 'answerText',
  async sendRequest(request, next) {
    request.streamResponseStatusCodes = new Set([Number.POSITIVE_INFINITY])
    const response = await next(request)
    const { readableStreamBody: stream, ...rest } = response
    return stream ? { ...rest, bodyAsText: await textOf(stream) } : response
  },
}

function textOf(stream: NonNullable<PipelineResponse['readableStreamBody']>): Promise<string> {
  return new Promise((resolve, reject) => {
    let pieces: Buffer[] = []
    let length = 0
    stream.on('data', (piece: Buffer) => {
      pieces.push(piece)
      length += piece.length
    })
    stream.on('end', () => {
      resolve(joined(pieces, length))
      pieces = []
    })
    // The SDK's retries look at its own errors alone.
    stream.on('error', ({ message, code = RestError.REQUEST_SEND_ERROR }: NodeJS.ErrnoException) =>
      reject(new RestError(message, { code })),
    )
  })
}

function joined(pieces: readonly Buffer[], length: number): string {
  if (length > LARGEST) return Buffer.concat(pieces, length).toString()
  if (length > memory.length) memory = Buffer.alloc(Math.ceil(length / BLOCK) * BLOCK)
  let at = 0
  for (const piece of pieces) at += piece.copy(memory, at)
  return memory.toString('utf8', 0, length)
}
