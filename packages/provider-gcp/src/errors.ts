import { ExtractionError, type ErrorCode } from '@cae/core'

/** Numbers of gRPC's statuses → what they mean to us. */
export const CODES: Readonly<Record<number, ErrorCode>> = {
  1: 'UNAVAILABLE', // CANCELLED by the other side; that the signal of the task was aborted is seen before
  2: 'UNAVAILABLE', // UNKNOWN
  3: 'REQUEST_INVALID', // INVALID_ARGUMENT
  4: 'TIMEOUT', // DEADLINE_EXCEEDED
  5: 'SCOPE_NOT_FOUND', // NOT_FOUND
  7: 'ACCESS_DENIED', // PERMISSION_DENIED
  8: 'THROTTLED', // RESOURCE_EXHAUSTED
  9: 'REQUEST_INVALID', // FAILED_PRECONDITION
  10: 'UNAVAILABLE', // ABORTED
  11: 'REQUEST_INVALID', // OUT_OF_RANGE
  12: 'REQUEST_INVALID', // UNIMPLEMENTED
  13: 'UNAVAILABLE', // INTERNAL
  14: 'UNAVAILABLE', // UNAVAILABLE
  15: 'UNAVAILABLE', // DATA_LOSS
  16: 'CREDENTIALS_INVALID', // UNAUTHENTICATED
}

export const REASON_USER_PROJECT = 'USER_PROJECT_DENIED'

/** Reasons of google.rpc.ErrorInfo, which say more than the status does. */
export const REASONS: Readonly<Record<string, ErrorCode>> = {
  ACCESS_TOKEN_EXPIRED: 'CREDENTIALS_EXPIRED',
  ACCESS_TOKEN_SCOPE_INSUFFICIENT: 'ACCESS_DENIED',
  API_DISABLED: 'NOT_ENABLED',
  CONSUMER_INVALID: 'SCOPE_NOT_FOUND',
  CREDENTIALS_MISSING: 'CREDENTIALS_INVALID',
  IAM_PERMISSION_DENIED: 'ACCESS_DENIED',
  RATE_LIMIT_EXCEEDED: 'THROTTLED',
  RESOURCE_PROJECT_INVALID: 'SCOPE_NOT_FOUND',
  RESOURCE_QUOTA_EXCEEDED: 'THROTTLED',
  SERVICE_DISABLED: 'NOT_ENABLED',
  [REASON_USER_PROJECT]: 'ACCESS_DENIED',
}

/** google.rpc.Help and the like stand beside the one that we look for. */
interface StatusDetail {
  readonly reason?: string
  /** google.rpc.RetryInfo. */
  readonly retryDelay?: {
    readonly seconds?: number | string | { toString(): string } | null
    readonly nanos?: number | null
  }
}

interface SdkError extends Error {
  readonly code?: number | string
  readonly reason?: string
  readonly details?: string
  readonly statusDetails?: string | readonly StatusDetail[]
}

// Credentials of a person name no project; Google then speaks of its own tools' project, whose API is off.
const NO_QUOTA_PROJECT = /requires a quota project/i

// google-auth-library throws plain errors where it finds no credentials, or cannot use them. Of a metadata service that is
// away for a moment it says that there are none.
const REFUSED_CREDENTIALS = /invalid_grant|invalid_client/i
const NO_CREDENTIALS = /could not load the default credentials|unable to impersonate/i

// The channel passes on what signing a call failed with: where a token was refused, its status is that of HTTP.
const NOT_SIGNED = /Getting metadata from plugin failed/
const HIGHEST_STATUS = 16

// "No IAM_POLICY found that matches asset type …", "No supported asset type matches: …", "Unsupported asset type: …". The code
// is that of every wrong argument.
const NO_SUCH_TYPE = /\bmatch(?:es)?\b.*\basset type|\basset type matches\b|unsupported asset type/i

/** Whether a request was refused because there is nothing of the types that it names, or not of this content. */
export function isAboutTypes(thrown: unknown): thrown is ExtractionError {
  return thrown instanceof ExtractionError && thrown.code === 'REQUEST_INVALID' && NO_SUCH_TYPE.test(thrown.message)
}

/** Whether what was asked for is not given, and the next call will not change that. */
export function isRefused({ code }: ExtractionError): boolean {
  return ['REQUEST_INVALID', 'ACCESS_DENIED', 'NOT_ENABLED', 'SCOPE_NOT_FOUND'].includes(code)
}

/** What the SDK threw, as an `ExtractionError`. */
export function toError(thrown: unknown): ExtractionError {
  if (thrown instanceof ExtractionError) return thrown
  if (!(thrown instanceof Error)) return new ExtractionError('INTERNAL', String(thrown), { cause: thrown })
  const error = thrown as SdkError
  const retryAfter = retryAfterOf(error)
  return new ExtractionError(codeOf(error), `Google Cloud: ${error.details || error.message}`, {
    cause: thrown,
    nativeCode: error.reason ?? String(error.code ?? error.name),
    ...(retryAfter !== undefined && { retryAfter }),
  })
}

/** What went wrong before a call was made: a key file that is none is told in plain words, what is away by its code. */
export function toSignInError(thrown: unknown): ExtractionError {
  const error = toError(thrown)
  if (error.code !== 'INTERNAL') return error
  const { code, status = 0 } = thrown as { readonly code?: unknown; readonly status?: number }
  const isAway = isPassingStatus(status) || (typeof code === 'string' && AWAY.has(code))
  return new ExtractionError(isAway ? 'CREDENTIALS_UNAVAILABLE' : 'CREDENTIALS_INVALID', error.message, {
    cause: thrown,
  })
}

const AWAY: ReadonlySet<string> = new Set([
  'EAI_AGAIN',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'ETIMEDOUT',
  'EPIPE',
])

function isPassingStatus(status: number): boolean {
  return status >= 500 || status === 429
}

function codeOf({ code, reason, message, name }: SdkError): ErrorCode {
  if (NO_QUOTA_PROJECT.test(message)) return 'CREDENTIALS_INVALID'
  if (reason !== undefined && Object.hasOwn(REASONS, reason)) return REASONS[reason]!
  if (typeof code === 'number' && code > HIGHEST_STATUS && NOT_SIGNED.test(message)) {
    return isPassingStatus(code) ? 'CREDENTIALS_UNAVAILABLE' : 'CREDENTIALS_INVALID'
  }
  // The channel found no way to sign the call, which it reports as if the other side had refused it.
  if (REFUSED_CREDENTIALS.test(message)) return 'CREDENTIALS_INVALID'
  if (NO_CREDENTIALS.test(message)) return 'CREDENTIALS_UNAVAILABLE'
  if (typeof code === 'number') return CODES[code] ?? 'INTERNAL'
  return name === 'RangeError' ? 'RESPONSE_INVALID' : 'INTERNAL'
}

function retryAfterOf({ statusDetails }: SdkError): number | undefined {
  if (!Array.isArray(statusDetails)) return undefined
  const delay = (statusDetails as readonly StatusDetail[]).find((detail) => detail.retryDelay)?.retryDelay
  if (!delay) return undefined
  return Number(String(delay.seconds ?? 0)) * 1000 + Math.ceil((delay.nanos ?? 0) / 1e6)
}
