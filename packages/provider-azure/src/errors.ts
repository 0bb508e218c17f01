import { ExtractionError, type ErrorCode } from '@cae/core'
import { retryAfterOf } from './quota.ts'

/** Codes of Azure's error bodies and names of the SDK's errors → what they mean to us. */
export const CODES: Readonly<Record<string, ErrorCode>> = {
  AccessDenied: 'ACCESS_DENIED',
  AuthorizationFailed: 'ACCESS_DENIED',
  Forbidden: 'ACCESS_DENIED',
  LinkedAuthorizationFailed: 'ACCESS_DENIED',

  AggregateAuthenticationError: 'CREDENTIALS_INVALID',
  AuthenticationError: 'CREDENTIALS_INVALID',
  AuthenticationFailed: 'CREDENTIALS_INVALID',
  AuthenticationRequiredError: 'CREDENTIALS_INVALID',
  CredentialUnavailableError: 'CREDENTIALS_INVALID',
  InvalidAuthenticationToken: 'CREDENTIALS_INVALID',
  InvalidAuthenticationTokenTenant: 'CREDENTIALS_INVALID',
  ExpiredAuthenticationToken: 'CREDENTIALS_EXPIRED',

  // Of a table: the tenant does not have it.
  DisallowedLogicalTableName: 'NOT_ENABLED',
  MissingSubscriptionRegistration: 'NOT_ENABLED',
  SubscriptionNotRegistered: 'NOT_ENABLED',

  InvalidSubscriptionId: 'SCOPE_NOT_FOUND',
  NoValidSubscriptionsInQueryRequest: 'SCOPE_NOT_FOUND',
  SubscriptionNotFound: 'SCOPE_NOT_FOUND',

  InvalidSkipToken: 'CURSOR_EXPIRED',
  SkipTokenExpired: 'CURSOR_EXPIRED',

  RateLimiting: 'THROTTLED',
  TooManyRequests: 'THROTTLED',

  ResponsePayloadTooLarge: 'RESULT_TRUNCATED',

  BadRequest: 'REQUEST_INVALID',
  InvalidQuery: 'REQUEST_INVALID',
  ParserFailure: 'REQUEST_INVALID',

  // The SDK's own timer; that the signal of the task was aborted is seen before.
  AbortError: 'TIMEOUT',
  ETIMEDOUT: 'TIMEOUT',
  GatewayTimeout: 'TIMEOUT',

  EAI_AGAIN: 'UNAVAILABLE',
  ECONNREFUSED: 'UNAVAILABLE',
  ECONNRESET: 'UNAVAILABLE',
  ENOTFOUND: 'UNAVAILABLE',
  EPIPE: 'UNAVAILABLE',
  InternalServerError: 'UNAVAILABLE',
  REQUEST_SEND_ERROR: 'UNAVAILABLE',
  ServiceUnavailable: 'UNAVAILABLE',

  PARSE_ERROR: 'RESPONSE_INVALID',
}

interface ErrorBody {
  readonly code?: string
  readonly message?: string
  readonly details?: readonly { readonly code?: string }[]
}

interface SdkError extends Error {
  readonly code?: string
  readonly statusCode?: number
  readonly response?: {
    readonly headers: { get(name: string): string | undefined }
    readonly bodyAsText?: string | null
  }
  readonly details?: { readonly error?: ErrorBody }
}

/** What the SDK threw, as an `ExtractionError`. */
export function toError(thrown: unknown): ExtractionError {
  if (thrown instanceof ExtractionError) return thrown
  if (!(thrown instanceof Error)) return new ExtractionError('INTERNAL', String(thrown), { cause: thrown })
  const error = thrown as SdkError
  const body = error.details?.error
  // The detail says what was wrong, the code above it only that something was. The most particular one decides.
  const names = [...(body?.details ?? []).map(({ code }) => code), body?.code, error.code, error.name]
  const known = names.find((name) => name !== undefined && Object.hasOwn(CODES, name))
  const code = (known === undefined ? undefined : CODES[known]) ?? byStatus(error.statusCode) ?? 'INTERNAL'
  const retryAfter = error.response && retryAfterOf(error.response.headers)
  return new ExtractionError(code, `Azure: ${body?.message ?? error.message}`, {
    cause: thrown,
    nativeCode: known ?? body?.code ?? error.name,
    ...(retryAfter !== undefined && { retryAfter }),
  })
}

function byStatus(status: number | undefined): ErrorCode | undefined {
  if (status === undefined) return undefined
  if (status === 429) return 'THROTTLED'
  if (status === 401) return 'CREDENTIALS_INVALID'
  if (status === 403) return 'ACCESS_DENIED'
  if (status === 404) return 'SCOPE_NOT_FOUND'
  if (status === 408 || status === 504) return 'TIMEOUT'
  if (status >= 500) return 'UNAVAILABLE'
  return status >= 400 ? 'REQUEST_INVALID' : 'RESPONSE_INVALID'
}
