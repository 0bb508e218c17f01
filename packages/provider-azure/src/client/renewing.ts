import type { AccessToken, TokenCredential } from '@azure/identity'
import { ExtractionError } from '@cae/core'
import { toError } from '../errors.ts'

const RENEW_BEFORE_MS = 120_000

/**
 * Keeps the token of a credential until shortly before it ends, and then for as long as it holds where there is no new one.
 *
 * The SDK does so by itself, but in the background, and where that fails nobody catches it, which ends the process. So it is
 * told that a token ends at once, and asks here before each request. All clients that share a credential have one scope.
 *
 * Who has signed in before and is refused now has good credentials still, as far as anybody knows: the authority may be away
 * for a moment, which @azure/identity tells in the same words as a wrong secret. So that is worth another try.
 */
export function renewing(credential: TokenCredential): TokenCredential {
  let current: AccessToken | undefined
  const holds = (margin: number) => current !== undefined && Date.now() < current.expiresOnTimestamp - margin
  return {
    async getToken(scopes, options) {
      // With claims, Azure has refused the token that there is.
      if (options?.claims || !holds(RENEW_BEFORE_MS)) {
        try {
          current = (await credential.getToken(scopes, options)) ?? undefined
        } catch (thrown) {
          if (options?.claims || !holds(0)) throw current ? refusedLater(thrown) : thrown
        }
      }
      return current ? { ...current, expiresOnTimestamp: Date.now() } : null
    },
  }
}

function refusedLater(thrown: unknown): unknown {
  const { code, message } = toError(thrown)
  return code === 'CREDENTIALS_INVALID'
    ? new ExtractionError('CREDENTIALS_EXPIRED', message, { cause: thrown })
    : thrown
}
