import { AnswerBytes, releaseBytes } from '@cae/core'
import { RestError, type PipelinePolicy, type PipelineRequest, type PipelineResponse } from '@azure/core-rest-pipeline'
import { partsOf } from './rows-apart.ts'

/** What a page of Resource Graph has as a rule is twice as much. */
const EXPECTED = 1024 * 1024
const GRAPH = /\/providers\/microsoft\.resourcegraph\/resources(?:\?|$)/i

const rows = new WeakMap<object, unknown[]>()

/**
 * Reads the text of answers by memory that is used again. The SDK's own makes a buffer of megabytes for each page, which
 * fills the memory outside of V8's heap and brings the next full collection closer, and a text, which survives until
 * then; so the rows of Resource Graph are taken out of it (`takeRows`). Of an answer that breaks off it says what its
 * connection said, and not that it can't be parsed; of a compressed one the SDK's decompression never learns that, and the
 * deadline of the call ends it.
 */
export const answerText: PipelinePolicy = {
  name: 'answerText',
  async sendRequest(request, next) {
    request.streamResponseStatusCodes = new Set([Number.POSITIVE_INFINITY])
    const response = await next(request)
    const { readableStreamBody: stream, ...rest } = response
    return stream ? { ...rest, bodyAsText: await textOf(stream, request) } : response
  },
}

/** The rows of the answer to a request, once, where its text came without them. */
export function takeRows(request: PipelineRequest): unknown[] | undefined {
  const taken = rows.get(request)
  rows.delete(request)
  return taken
}

function textOf(
  stream: NonNullable<PipelineResponse['readableStreamBody']>,
  request: PipelineRequest,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const answer = new AnswerBytes(EXPECTED)
    stream.on('data', (piece: Buffer) => answer.add(piece))
    stream.on('end', () => {
      const { bytes } = answer
      const parts = GRAPH.test(request.url) ? partsOf(bytes) : undefined
      if (parts) rows.set(request, parts.rows)
      resolve(parts?.rest ?? bytes.toString())
      releaseBytes(bytes)
    })
    // The SDK's retries look at its own errors alone.
    stream.on('error', ({ message, code = RestError.REQUEST_SEND_ERROR }: NodeJS.ErrnoException) =>
      reject(new RestError(message, { code })),
    )
  })
}
