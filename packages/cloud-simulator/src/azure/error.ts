import { randomUUID } from 'node:crypto'

/** An error in ARM's form. */
export class AzureError extends Error {
  readonly code: string
  readonly status: number
  readonly details: readonly object[]
  /** Seconds. */
  readonly retryAfter: number | undefined

  constructor(status: number, code: string, message: string, details: readonly object[] = [], retryAfter?: number) {
    super(message)
    this.status = status
    this.code = code
    this.details = details
    this.retryAfter = retryAfter
  }

  body(): string {
    const details = this.details.length > 0 ? { details: this.details } : {}
    return JSON.stringify({ error: { code: this.code, message: this.message, ...details } })
  }
}

/** What Resource Graph puts before what went wrong. */
export function supportMessage(now: number): string {
  return `Please provide below info when asking for support: timestamp = ${new Date(now).toISOString()}, correlationId = ${randomUUID()}.`
}

/** What Resource Graph answers to too many queries. Whether it sends Retry-After is not documented. */
export function throttled(now: number, retryAfterMs?: number): AzureError {
  const detail = {
    code: 'RateLimiting',
    message:
      'Client application has been throttled and should not attempt to repeat the request until an amount of time has elapsed. Please see https://aka.ms/resourcegraph-throttling for help.',
  }
  const retryAfter = retryAfterMs === undefined ? undefined : Math.ceil(retryAfterMs / 1000)
  return new AzureError(429, 'RateLimiting', supportMessage(now), [detail], retryAfter)
}

/** What Resource Manager itself answers to too many reads, with Retry-After and no word of Resource Graph's quota. */
export function readsThrottled(retryAfterMs = 1000): AzureError {
  return new AzureError(
    429,
    'TooManyRequests',
    'The request is being throttled as the limit has been reached for operation type - Read.',
    [],
    Math.ceil(retryAfterMs / 1000),
  )
}

export function badRequest(now: number, code: string, message: string): AzureError {
  return new AzureError(400, 'BadRequest', supportMessage(now), [{ code, message }])
}

export function wrongVersion(version: string | null): AzureError {
  return version === null
    ? new AzureError(
        400,
        'MissingApiVersionParameter',
        'The api-version query parameter (?api-version=) is required for all requests.',
      )
    : new AzureError(400, 'InvalidApiVersionParameter', `The api-version '${version}' is invalid.`)
}
