import { ReusedBytes, releaseBytes } from '@cae/core'
import { RestError, type PipelinePolicy, type PipelineRequest } from '@azure/core-rest-pipeline'
import { addAbortSignal, type Readable } from 'node:stream'
import { partsOf } from './rows-apart.ts'

/** Bytes. Most answers have less, and a page of Resource Graph twice as much as a rule. */
const EXPECTED = 1024 * 1024
const GRAPH = /\/providers\/microsoft\.resourcegraph\/resources(?:\?|$)/i

const rows = new WeakMap<object, unknown[]>()

/**
 * Reads the text of answers by memory that is used again. The SDK's own makes a buffer of megabytes for each page, which
 * fills the memory outside of V8's heap and brings the next full collection closer, and a text, which survives until
 * then; so the rows of Resource Graph are taken out of it (`takeRows`). Of an answer that breaks off it says what its
 * connection said, and not that it can't be parsed. Of a compressed one nobody hears that it broke off, nor that it was
 * aborted, since the SDK pipes it into its decompression: so it ends here, after `silenceMs` without a word and on the signal.
 */
export function answerText(silenceMs: number): PipelinePolicy {
  return {
    name: 'answerText',
    async sendRequest(request, next) {
      const { abortSignal } = request
      const silent = new AbortController()
      const signals = abortSignal ? [silent.signal, abortSignal as AbortSignal] : [silent.signal]
      request.abortSignal = AbortSignal.any(signals)
      request.streamResponseStatusCodes = new Set([Number.POSITIVE_INFINITY])
      rows.delete(request)
      try {
        const response = await next(request)
        const { readableStreamBody, ...rest } = response
        if (!readableStreamBody) return response
        const stream = addAbortSignal(request.abortSignal as AbortSignal, readableStreamBody as Readable)
        const timer = setTimeout(() => {
          stream.destroy(new Error(`nothing came of an answer for ${silenceMs} ms`))
          // Its connection too.
          silent.abort()
        }, silenceMs)
        stream.on('data', () => timer.refresh())
        return { ...rest, bodyAsText: await textOf(stream, request).finally(() => clearTimeout(timer)) }
      } finally {
        request.abortSignal = abortSignal
      }
    },
  }
}

/** The rows of the answer to a request, where its text came without them. The second time there are none. */
export function takeRows(request: PipelineRequest): unknown[] | undefined {
  const taken = rows.get(request)
  rows.delete(request)
  return taken
}

function textOf(stream: Readable, request: PipelineRequest): Promise<string> {
  return new Promise((resolve, reject) => {
    const answer = new ReusedBytes(EXPECTED)
    stream.on('data', (piece: Buffer) => answer.add(piece))
    stream.on('end', () => {
      const { bytes } = answer
      const parts = GRAPH.test(request.url) ? partsOf(bytes) : undefined
      if (parts) rows.set(request, parts.rows)
      resolve(parts?.rest ?? bytes.toString())
      releaseBytes(bytes)
    })
    stream.on('error', (error: NodeJS.ErrnoException) => {
      const { name, message, code = RestError.REQUEST_SEND_ERROR } = error
      // The SDK's retries look at its own errors alone.
      reject(name === 'AbortError' ? error : new RestError(message, { code }))
    })
  })
}
