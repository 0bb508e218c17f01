import { ExtractionError } from '@cae/core'

/**
 * Services that have no error of its own for a token say that the request is invalid. Where the same request is valid
 * without a token, it can only be the token.
 */
export function cursorExpired(thrown: unknown, token: string | undefined): unknown {
  if (token === undefined || !(thrown instanceof ExtractionError) || thrown.code !== 'REQUEST_INVALID') return thrown
  return new ExtractionError('CURSOR_EXPIRED', thrown.message, {
    cause: thrown,
    ...(thrown.nativeCode !== undefined && { nativeCode: thrown.nativeCode }),
  })
}
