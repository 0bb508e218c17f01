import { ExtractionError, type ErrorCode } from '@cae/core'

/** Names of AWS's errors → what they mean to us. */
export const CODES: Readonly<Record<string, ErrorCode>> = {
  AccessDenied: 'ACCESS_DENIED',
  AccessDeniedException: 'ACCESS_DENIED',
  InsufficientPermissionsException: 'ACCESS_DENIED',
  NotAuthorized: 'ACCESS_DENIED',
  OrganizationAccessDeniedException: 'ACCESS_DENIED',
  // Resource Explorer says so of a view, whether it is not there or not ours to use.
  UnauthorizedException: 'ACCESS_DENIED',
  UnauthorizedOperation: 'ACCESS_DENIED',

  // A disabled opt-in region says these too; call.ts tells which it is.
  AuthFailure: 'CREDENTIALS_INVALID',
  InvalidClientTokenId: 'CREDENTIALS_INVALID',
  UnrecognizedClientException: 'CREDENTIALS_INVALID',

  IncompleteSignature: 'CREDENTIALS_INVALID',
  InvalidCredentialsException: 'CREDENTIALS_INVALID',
  InvalidIdentityToken: 'CREDENTIALS_INVALID',
  IncompleteSignatureException: 'CREDENTIALS_INVALID',
  InvalidSignatureException: 'CREDENTIALS_INVALID',
  MissingAuthenticationToken: 'CREDENTIALS_INVALID',
  MissingAuthenticationTokenException: 'CREDENTIALS_INVALID',
  SignatureDoesNotMatch: 'CREDENTIALS_INVALID',

  // The SDK found none. It says the same of a machine without any as of a metadata service that is away for a moment.
  CredentialsProviderError: 'CREDENTIALS_UNAVAILABLE',
  ProviderError: 'CREDENTIALS_UNAVAILABLE',
  TokenProviderError: 'CREDENTIALS_UNAVAILABLE',

  ExpiredToken: 'CREDENTIALS_EXPIRED',
  ExpiredTokenException: 'CREDENTIALS_EXPIRED',
  RequestExpired: 'CREDENTIALS_EXPIRED',
  RequestTimeTooSkewed: 'CREDENTIALS_EXPIRED',

  AWSOrganizationsNotInUseException: 'NOT_ENABLED',
  NoAvailableConfigurationRecorderException: 'NOT_ENABLED',
  NoRunningConfigurationRecorderException: 'NOT_ENABLED',
  NoSuchConfigurationRecorderException: 'NOT_ENABLED',
  // The account has not signed up for the service.
  SubscriptionRequiredException: 'NOT_ENABLED',
  // Cloud Control, of a type.
  TypeNotFoundException: 'NOT_ENABLED',
  UnsupportedActionException: 'NOT_ENABLED',
  OptInRequired: 'REGION_DISABLED',
  RegionDisabledException: 'REGION_DISABLED',

  NoSuchConfigurationAggregatorException: 'SCOPE_NOT_FOUND',

  // Of one resource. The artifact then says what it lacks.
  OversizedConfigurationItemException: 'RESPONSE_INVALID',
  ResourceNotDiscoveredException: 'SCOPE_NOT_FOUND',

  InvalidNextTokenException: 'CURSOR_EXPIRED',
  PaginationTokenExpiredException: 'CURSOR_EXPIRED',

  ResourceNotFoundException: 'SCOPE_NOT_FOUND',

  InvalidExpressionException: 'REQUEST_INVALID',
  InvalidLimitException: 'REQUEST_INVALID',
  InvalidInputException: 'REQUEST_INVALID',
  InvalidParameterException: 'REQUEST_INVALID',
  InvalidParameterValueException: 'REQUEST_INVALID',
  InvalidRequestException: 'REQUEST_INVALID',
  ValidationError: 'REQUEST_INVALID',
  ValidationException: 'REQUEST_INVALID',

  LimitExceededException: 'THROTTLED',
  RequestLimitExceeded: 'THROTTLED',
  RequestThrottled: 'THROTTLED',
  RequestThrottledException: 'THROTTLED',
  SlowDown: 'THROTTLED',
  ThrottledException: 'THROTTLED',
  Throttling: 'THROTTLED',
  ThrottlingException: 'THROTTLED',
  TooManyRequestsException: 'THROTTLED',

  RequestTimeout: 'TIMEOUT',
  RequestTimeoutException: 'TIMEOUT',
  TimeoutError: 'TIMEOUT',

  GeneralServiceException: 'UNAVAILABLE',
  HandlerFailureException: 'UNAVAILABLE',
  HandlerInternalFailureException: 'UNAVAILABLE',
  // STS, of the identity provider that a workload's token is from.
  IDPCommunicationError: 'UNAVAILABLE',
  InternalError: 'UNAVAILABLE',
  InternalFailure: 'UNAVAILABLE',
  InternalServerError: 'UNAVAILABLE',
  InternalServerException: 'UNAVAILABLE',
  InternalServiceException: 'UNAVAILABLE',
  NetworkFailureException: 'UNAVAILABLE',
  NotStabilizedException: 'UNAVAILABLE',
  PrivateTypeException: 'UNAVAILABLE',
  ResourceConflictException: 'UNAVAILABLE',
  ServiceException: 'UNAVAILABLE',
  ServiceInternalErrorException: 'UNAVAILABLE',
  ServiceLimitExceededException: 'UNAVAILABLE',
  ServiceUnavailable: 'UNAVAILABLE',
  ServiceUnavailableException: 'UNAVAILABLE',

  SyntaxError: 'RESPONSE_INVALID',
}

/** What a refused answer could mean: bad credentials, or a region that the account has not enabled. */
export const UNRECOGNIZED: ReadonlySet<string> = new Set([
  'AuthFailure',
  'InvalidClientTokenId',
  'UnrecognizedClientException',
])

// These come first: the SDK calls a broken connection `TimeoutError` too.
export const SOCKET_CODES: Readonly<Record<string, ErrorCode>> = {
  EAI_AGAIN: 'UNAVAILABLE',
  ECONNREFUSED: 'UNAVAILABLE',
  ECONNRESET: 'UNAVAILABLE',
  EHOSTUNREACH: 'UNAVAILABLE',
  ENETUNREACH: 'UNAVAILABLE',
  ENOTFOUND: 'UNAVAILABLE',
  EPIPE: 'UNAVAILABLE',
  ETIMEDOUT: 'TIMEOUT',
}

interface SdkError extends Error {
  readonly code?: string
  readonly $metadata?: { readonly httpStatusCode?: number }
  readonly $response?: { readonly headers?: Readonly<Record<string, string>> }
}

/** What the SDK threw, as an `ExtractionError`. */
export function toError(thrown: unknown): ExtractionError {
  if (thrown instanceof ExtractionError) return thrown
  if (!(thrown instanceof Error)) return new ExtractionError('INTERNAL', String(thrown), { cause: thrown })
  const error = thrown as SdkError
  const code = lookUp(SOCKET_CODES, error.code) ?? lookUp(CODES, error.name) ?? byStatus(error) ?? 'INTERNAL'
  const retryAfter = retryAfterOf(error)
  return new ExtractionError(code, `AWS: ${error.message || error.name}`, {
    cause: thrown,
    nativeCode: error.name === 'Error' && error.code ? error.code : error.name,
    ...(retryAfter !== undefined && { retryAfter }),
  })
}

/** Whether the service failed at what it was asked, and is there for all else: a 503 or a broken connection says no such thing. */
export function isInternal({ code, cause }: ExtractionError): boolean {
  return code === 'UNAVAILABLE' && (cause as SdkError | undefined)?.$metadata?.httpStatusCode === 500
}

function lookUp(table: Readonly<Record<string, ErrorCode>>, key: string | undefined): ErrorCode | undefined {
  return key !== undefined && Object.hasOwn(table, key) ? table[key] : undefined
}

function byStatus({ $metadata }: SdkError): ErrorCode | undefined {
  const status = $metadata?.httpStatusCode
  if (status === undefined) return undefined
  if (status === 429) return 'THROTTLED'
  if (status === 401) return 'CREDENTIALS_INVALID'
  if (status === 403) return 'ACCESS_DENIED'
  if (status >= 500) return 'UNAVAILABLE'
  // A 2xx whose body could not be read.
  return status >= 400 ? 'REQUEST_INVALID' : 'RESPONSE_INVALID'
}

function retryAfterOf({ $response }: SdkError): number | undefined {
  const seconds = Number($response?.headers?.['retry-after'])
  return Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : undefined
}
