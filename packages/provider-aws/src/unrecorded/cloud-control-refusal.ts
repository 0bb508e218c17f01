import { ExtractionError } from '@cae/core'

export interface Refusal {
  readonly error: ExtractionError
  /** Cloud Control itself is refused to us, not a single type. */
  readonly ofAll: boolean
}

// Cloud Control asks the type's own service, and tells in words alone what that answered.
const FROM_HANDLER = /Handler returned status|HandlerErrorCode/
const DENIED = /HandlerErrorCode: AccessDenied|not authorized|AccessDenied|UnauthorizedOperation|Status Code: 403/
// Without the right to read, most types can still be listed.
const OF_ONE_TYPE = /cloudformation:GetResource/
const NEEDS_PARENT = /ResourceModel/

/** Whether and how the listing of a type is refused for good; null for errors that another attempt may get over. */
export function refusalOf(error: ExtractionError): Refusal | null {
  const { code, message, nativeCode } = error
  if (code === 'ACCESS_DENIED') return { error, ofAll: !FROM_HANDLER.test(message) && !OF_ONE_TYPE.test(message) }
  if (nativeCode === 'UnsupportedActionException' || nativeCode === 'TypeNotFoundException') {
    return { error, ofAll: false }
  }
  if (code === 'REQUEST_INVALID' && NEEDS_PARENT.test(message)) return { error: as('NOT_ENABLED', error), ofAll: false }
  if (handlerFailed(error) && DENIED.test(message)) return { error: as('ACCESS_DENIED', error), ofAll: false }
  return null
}

const HANDLER_ERRORS = new Set([
  'GeneralServiceException',
  'HandlerFailureException',
  'HandlerInternalFailureException',
  'InvalidCredentialsException',
  'InvalidRequestException',
  'NetworkFailureException',
  'NotStabilizedException',
  'PrivateTypeException',
  'ServiceInternalErrorException',
  'ServiceLimitExceededException',
])

/** Whether the type's own handler failed: that says nothing of other types. */
export function handlerFailed({ nativeCode }: ExtractionError): boolean {
  return nativeCode !== undefined && HANDLER_ERRORS.has(nativeCode)
}

export function requireError(thrown: unknown): ExtractionError {
  if (thrown instanceof ExtractionError) return thrown
  throw thrown
}

function as(code: 'NOT_ENABLED' | 'ACCESS_DENIED', error: ExtractionError): ExtractionError {
  return new ExtractionError(code, error.message, {
    cause: error,
    ...(error.nativeCode !== undefined && { nativeCode: error.nativeCode }),
  })
}
