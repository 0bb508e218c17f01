import type { Strike } from '../faults.ts'
import { CODE, errorInfo, GrpcError } from './grpc.ts'
import { GCP_QUOTAS, type WindowQuota } from '../quotas.ts'

const SERVICE = 'cloudasset.googleapis.com'

/** The refusals of Cloud Asset Inventory. */
export function invalid(message: string): GrpcError {
  return new GrpcError(CODE.invalidArgument, message)
}

export function noSuchType(expression: string): GrpcError {
  return invalid(`No supported asset type matches: ${expression}`)
}

export function denied(parent: string): GrpcError {
  return new GrpcError(CODE.permissionDenied, `The caller does not have permission on ${parent}`)
}

export function quotaExceeded(method: string, consumer: string, { windowMs }: WindowQuota): GrpcError {
  const per = windowMs > 60_000 ? 'day' : 'minute'
  return new GrpcError(
    CODE.resourceExhausted,
    `Quota exceeded for quota metric '${method} Requests' and limit '${method} Requests per ${per}' of service '${SERVICE}' for consumer '${consumer}'.`,
    [errorInfo('RATE_LIMIT_EXCEEDED', { service: SERVICE, consumer })],
  )
}

export function relationshipsOff(parent: string): GrpcError {
  return new GrpcError(
    CODE.permissionDenied,
    `RELATIONSHIP needs Security Command Center at the Premium tier, which ${parent} does not have.`,
  )
}

/** What user credentials get that name no project to count calls against. */
export function quotaProjectMissing(): GrpcError {
  return new GrpcError(
    CODE.permissionDenied,
    `The ${SERVICE} API requires a quota project, which is not set by default.`,
    [errorInfo('SERVICE_DISABLED', { service: SERVICE, consumer: 'projects/764086051850' })],
  )
}

function quotaProjectDenied(consumer: string): GrpcError {
  return new GrpcError(
    CODE.permissionDenied,
    `Caller does not have required permission to use project ${consumer}. Grant the caller the roles/serviceusage.serviceUsageConsumer role.`,
    [errorInfo('USER_PROJECT_DENIED', { service: SERVICE, consumer: `projects/${consumer}` })],
  )
}

function disabled(parent: string): GrpcError {
  return new GrpcError(
    CODE.permissionDenied,
    `Cloud Asset API has not been used in project ${parent} before or it is disabled.`,
    [errorInfo('SERVICE_DISABLED', { service: SERVICE, consumer: parent })],
  )
}

/** Throws what a fault makes of a request; those that damage a page instead are left to the listing. */
export function refuse(strike: Strike, method: string, parent: string, consumer: string): void {
  if (strike.hits('throttle')) throw quotaExceeded(method, consumer, GCP_QUOTAS[method]!.project[0]!)
  if (strike.hits('server_error')) throw new GrpcError(CODE.unavailable, 'The service is currently unavailable.')
  if (strike.hits('denied')) throw denied(parent)
  if (strike.hits('region_disabled')) throw disabled(parent)
  if (strike.hits('quota_project_denied')) throw quotaProjectDenied(consumer)
  if (strike.hits('invalid_request')) throw invalid('Request contains an invalid argument.')
  if (strike.hits('expired_cursor')) throw invalid('The page token has expired.')
  if (strike.hits('expired_token')) {
    throw new GrpcError(
      CODE.unauthenticated,
      'Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential.',
      [errorInfo('ACCESS_TOKEN_EXPIRED', { service: SERVICE })],
    )
  }
}
