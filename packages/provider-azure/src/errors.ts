import { ExtractionError, type ErrorCode } from '@cae/core'
import { retryAfterOf } from './client/quota.ts'

/**
 * Codes of Azure's error bodies and names of the SDK's errors → what they mean to us. Those that say no more than their
 * status (`BadRequest`, `InvalidQuery`) are left to it, lest they go before a detail that says what was wrong.
 */
export const CODES: Readonly<Record<string, ErrorCode>> = {
  AccessDenied: 'ACCESS_DENIED',
  AuthorizationFailed: 'ACCESS_DENIED',
  Forbidden: 'ACCESS_DENIED',
  LinkedAuthorizationFailed: 'ACCESS_DENIED',

  AuthenticationFailed: 'CREDENTIALS_INVALID',
  InvalidAuthenticationToken: 'CREDENTIALS_INVALID',
  InvalidAuthenticationTokenTenant: 'CREDENTIALS_INVALID',
  ExpiredAuthenticationToken: 'CREDENTIALS_EXPIRED',

  // Of @azure/identity, which says them of a wrong secret, too; see `isRefusal`.
  AggregateAuthenticationError: 'CREDENTIALS_UNAVAILABLE',
  AuthenticationError: 'CREDENTIALS_UNAVAILABLE',
  AuthenticationRequiredError: 'CREDENTIALS_UNAVAILABLE',
  CredentialUnavailableError: 'CREDENTIALS_UNAVAILABLE',

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
}

interface ErrorBody {
  readonly code?: string
  readonly message?: string
  readonly details?: readonly { readonly code?: string; readonly message?: string }[]
}

interface SdkError extends Error {
  readonly code?: string
  readonly statusCode?: number
  readonly response?: Answered
  readonly details?: { readonly error?: ErrorBody }
}

/** An answer as it came, before anybody has read its body. */
export interface Answered {
  readonly status: number
  readonly headers: { get(name: string): string | undefined }
}

/**
 * What the SDK threw, as an `ExtractionError`. It trips over a body that is not Azure's, such as a gateway's page in HTML;
 * then what was `answered` says what it meant.
 */
export function toError(thrown: unknown, answered?: Answered): ExtractionError {
  if (thrown instanceof ExtractionError) return thrown
  if (!(thrown instanceof Error)) return new ExtractionError('INTERNAL', String(thrown), { cause: thrown })
  const error = thrown as SdkError
  const body = error.details?.error
  const answer = error.response ?? answered
  const status = error.statusCode ?? answer?.status
  // The detail says what was wrong, the code above it only that something was. The most particular one decides.
  const names = [...(body?.details ?? []).map(({ code }) => code), body?.code, error.code, error.name]
  const known = names.find((name) => name !== undefined && Object.hasOwn(CODES, name))
  const found = (known === undefined ? undefined : CODES[known]) ?? byStatus(status) ?? 'INTERNAL'
  const code = found === 'CREDENTIALS_UNAVAILABLE' && isRefusal(error) ? 'CREDENTIALS_INVALID' : found
  const retryAfter = answer && retryAfterOf(answer.headers)
  const isUnread = error.statusCode === undefined && answer !== undefined
  const message = isUnread ? `an answer of status ${status} that makes no sense: ${error.message}` : messageOf(error)
  // Above its details Resource Graph says no more than what its support wants to know.
  const said = [...(body?.details ?? []), ...(body ? [body] : [])].flatMap((one) => one.message ?? [])
  return new ExtractionError(code, `Azure: ${(said.join(' ') || message).replace(/\s+/g, ' ').trim()}`, {
    cause: thrown,
    nativeCode: known ?? body?.code ?? error.name,
    ...(retryAfter !== undefined && { retryAfter }),
  })
}

/** Words that each identity of the chain has in what it says, and what people call it. */
const IDENTITIES: readonly (readonly [RegExp, string])[] = [
  [/EnvironmentCredential/, 'environment'],
  [/WorkloadIdentityCredential/, 'workload identity'],
  [/ManagedIdentityCredential/, 'managed identity'],
  [/Visual Studio Code/, 'Visual Studio Code'],
  [/Azure CLI|az login/, 'Azure CLI'],
  [/PowerShell/, 'Azure PowerShell'],
  [/Azure Developer CLI|azd auth/, 'Azure Developer CLI'],
]

/**
 * A chain of credentials says of each on a line of its own that it is not there: together they say that none is. What Entra
 * has answered to one of them says more.
 */
function messageOf({ name, message }: SdkError): string {
  const tried = IDENTITIES.flatMap(([words, identity]) => (words.test(message) ? [identity] : []))
  if (name !== 'AggregateAuthenticationError' || tried.length === 0) return message
  const [entra] = /AADSTS\d+.*/.exec(message) ?? []
  return `no identity found: tried ${tried.join(', ')}${entra ? `; ${entra}` : ''}`
}

// The code of Entra or of an AD FS stands in its answer: without one nobody has looked at what we sent.
function isRefusal({ message, statusCode = 0 }: SdkError): boolean {
  return statusCode !== 429 && statusCode < 500 && /\b(?:AADSTS(?!90033\b)|MSIS)\d+/.test(message)
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
