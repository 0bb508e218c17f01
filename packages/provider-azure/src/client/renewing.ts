import type { AccessToken, GetTokenOptions, TokenCredential } from '@azure/identity'
import { ExtractionError } from '@cae/core'
import { toError } from '../errors.ts'

const RENEW_BEFORE_MS = 120_000
/** For so long after a renewal that failed, a token that holds does. */
const PAUSE_MS = 5_000
const SIGN_IN_MS = 60_000

export interface Renewing {
  readonly now?: () => number
  /** After which a sign-in that nobody answers is given up, in milliseconds. */
  readonly signInMs?: number
}

/**
 * Keeps the token of a credential until shortly before it ends, and then for as long as it holds where there is no new one.
 * It is renewed beside the requests, by one sign-in at a time; they wait for that only where they have no token else.
 *
 * The SDK renews in the background by itself, and where that fails nobody catches it, which ends the process. So it is told
 * that a token ends at once, and asks here before each request. All clients that share a credential have one scope.
 *
 * Who has signed in before and is refused now has good credentials still, as far as anybody knows: the authority may be away
 * for a moment, which @azure/identity tells in the same words as a wrong secret. So that is worth another try.
 */
export function renewing(credential: TokenCredential, options: Renewing = {}): TokenCredential {
  const { now = Date.now, signInMs = SIGN_IN_MS } = options
  let current: AccessToken | undefined
  let renewal: Promise<void> | undefined
  let pausesUntil = 0
  const holds = (margin: number) => current !== undefined && now() < current.expiresOnTimestamp - margin

  const signIn = async (scopes: string | string[], asked: GetTokenOptions) => {
    try {
      current = (await before(AbortSignal.timeout(signInMs), credential.getToken(scopes, asked))) ?? current
    } catch (thrown) {
      throw current ? refusedLater(thrown) : thrown
    }
  }
  const renew = (scopes: string | string[], asked: GetTokenOptions) => {
    if (renewal) return renewal
    renewal = signIn(scopes, asked).finally(() => (renewal = undefined))
    // Perhaps nobody waits for it.
    renewal.catch(() => (pausesUntil = now() + PAUSE_MS))
    return renewal
  }

  return {
    async getToken(scopes, { abortSignal, ...asked } = {}) {
      // With claims, Azure has refused the token that there is.
      if (asked.claims) await before(abortSignal, signIn(scopes, asked))
      else if (!holds(0)) await before(abortSignal, renew(scopes, asked))
      else if (!holds(RENEW_BEFORE_MS) && now() >= pausesUntil) void renew(scopes, asked)
      return current ? { ...current, expiresOnTimestamp: now() } : null
    },
  }
}

/** What comes of the work before the signal aborts, since @azure/identity goes on with a sign-in all the same. */
function before<T>(signal: GetTokenOptions['abortSignal'], work: Promise<T>): Promise<T> {
  if (!signal) return work
  return new Promise((resolve, reject) => {
    const abort = () => reject(new ExtractionError('TIMEOUT', 'Azure: nobody answered the sign-in in time'))
    if (signal.aborted) abort()
    signal.addEventListener('abort', abort)
    void work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}

function refusedLater(thrown: unknown): unknown {
  const { code, message } = toError(thrown)
  return code === 'CREDENTIALS_INVALID' || code === 'CREDENTIALS_UNAVAILABLE'
    ? new ExtractionError('CREDENTIALS_EXPIRED', message, { cause: thrown })
    : thrown
}
