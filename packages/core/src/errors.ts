import type { Outcome } from './task.ts'

/**
 * What the engine does about an error:
 * `fail` ends the task, as `partial` where something was delivered; `skip` ends it with the row's outcome, the run
 * goes on; `wait` puts it back, delayed, and spends no attempt; `retry` spends an attempt and goes on from the
 * checkpoint; `restart` forgets the cursor and reads the slice from its first page; `abandon` leaves the task to the
 * worker that holds it now.
 */
export type Action = 'fail' | 'skip' | 'wait' | 'retry' | 'restart' | 'abandon'

interface ErrorRow {
  readonly action: Action
  /** How the task ends when the action is `skip` or `fail`, or when there are no attempts left. */
  readonly outcome: Outcome
  /** What it means, in one sentence. */
  readonly meaning: string
  /** What the operator can do. */
  readonly advice: string
}

/** Every error a task can end with. `docs/errors.md` shows this table; a test keeps it so. */
export const ERRORS = {
  ACCESS_DENIED: {
    action: 'skip',
    outcome: 'denied',
    meaning: 'The provider refuses to let our identity read this slice.',
    advice: 'Grant the identity of the workers what docs/permissions.md lists; `cae check` says what is missing where.',
  },
  CREDENTIALS_INVALID: {
    action: 'skip',
    outcome: 'denied',
    meaning: 'The provider does not accept our credentials.',
    advice: "Check the workers' credentials: role, external id, key file.",
  },
  CREDENTIALS_UNAVAILABLE: {
    action: 'retry',
    outcome: 'denied',
    meaning: 'There are no credentials, or what gives them does not answer: both look the same.',
    advice:
      "Give the workers credentials: a role, a workload identity, a key file. Where they have some, look at what gives them, such as the machine's metadata service.",
  },
  CREDENTIALS_EXPIRED: {
    action: 'retry',
    outcome: 'denied',
    meaning: 'The session of our identity ended in the middle of the work.',
    advice: 'Nothing where it happens once: the session is renewed. Otherwise check the clock of the machine.',
  },
  NOT_ENABLED: {
    action: 'skip',
    outcome: 'not_enabled',
    meaning: 'The inventory service is off for this slice, so nothing can be said about what exists.',
    advice: 'Enable it: the AWS Config recorder, the Microsoft.ResourceGraph provider, the Cloud Asset API.',
  },
  REGION_DISABLED: {
    action: 'skip',
    outcome: 'not_enabled',
    meaning: 'The account has not enabled this region.',
    advice: 'Enable the region, or leave it out of the settings.',
  },
  REGIONS_LEFT_OUT: {
    action: 'skip',
    outcome: 'skipped',
    meaning:
      'The account has not enabled these regions, no aggregator is told to collect from them, or the settings leave out the one that has what is global; neither the request nor the settings name them.',
    advice:
      'Nothing where they were never used. What was made in a region before it was disabled still exists and costs: enable the region again to see it, or let an aggregator collect from it.',
  },
  CONTENT_LEFT_OUT: {
    action: 'skip',
    outcome: 'skipped',
    meaning: 'The provider does not give this kind of content here, and the settings do not name it.',
    advice:
      'Nothing, unless you miss it: relationships of Google Cloud need Security Command Center Premium. Where `gcp.content` names them, their absence is a gap.',
  },
  SCOPE_NOT_FOUND: {
    action: 'skip',
    outcome: 'failed',
    meaning: 'The provider knows no such account, subscription or project.',
    advice: 'Correct the settings.',
  },
  THROTTLED: {
    action: 'wait',
    outcome: 'throttled_out',
    meaning: 'The quota is used up.',
    advice:
      'Nothing: the task waits. Where it ends as `throttled_out`, raise the quota or `worker.throttle_patience_ms`.',
  },
  UNAVAILABLE: {
    action: 'retry',
    outcome: 'failed',
    meaning: 'The provider answered with an error of its own, or the connection broke.',
    advice: "Nothing where it passes. Otherwise look at the provider's status page.",
  },
  TIMEOUT: {
    action: 'retry',
    outcome: 'failed',
    meaning: 'The provider did not answer in time.',
    advice: "Nothing where it passes. Otherwise look at the network between the workers and the provider's API.",
  },
  CURSOR_EXPIRED: {
    action: 'restart',
    outcome: 'failed',
    meaning: 'The provider no longer accepts the cursor of the next page.',
    advice: 'Nothing: the slice is read again from its first page.',
  },
  CURSOR_LOOP: {
    action: 'fail',
    outcome: 'failed',
    meaning:
      'The provider gave a cursor that it had given before, or nothing but empty pages, so that it would never end.',
    advice: 'Run again; where it comes back, tell the provider, with the slice that the task names.',
  },
  COUNT_MISMATCH: {
    action: 'fail',
    outcome: 'partial',
    meaning: 'The pages held fewer resources than the provider says the slice has.',
    advice: 'Run again: the estate may have changed while it was read; `coverage.tolerance` allows for that.',
  },
  RESULT_TRUNCATED: {
    action: 'fail',
    outcome: 'failed',
    meaning: 'The provider cut its answer short and gave no way to read on.',
    advice: 'Narrow the request by services or accounts.',
  },
  RESPONSE_INVALID: {
    action: 'retry',
    outcome: 'failed',
    meaning: 'The provider answered with something that is not what its API promises.',
    advice: 'Report it, with the log line of the task.',
  },
  REQUEST_INVALID: {
    action: 'fail',
    outcome: 'failed',
    meaning: 'The provider rejected our query.',
    advice: 'Report it, with the log line of the task.',
  },
  DELIVERY_FAILED: {
    action: 'retry',
    outcome: 'failed',
    meaning: 'The transport could not make a batch durable.',
    advice:
      'Look at the receiving side: the disk, the HTTP endpoint. A task tries for as long as `worker.delivery_patience_ms` says; where it ended, run again.',
  },
  DELIVERY_REJECTED: {
    action: 'fail',
    outcome: 'failed',
    meaning: 'The receiver refused a batch, and would refuse it again; or its certificate is not to be trusted.',
    advice: 'Check the API key, the URL, the certificate and the size that the receiver accepts.',
  },
  CHECKPOINT_FENCED: {
    action: 'abandon',
    outcome: 'failed',
    meaning: 'Another worker has taken the task over.',
    advice: 'Nothing: that worker goes on from the last checkpoint.',
  },
  CANCELLED: {
    action: 'skip',
    outcome: 'cancelled',
    meaning: 'The run was cancelled.',
    advice: 'Nothing. What was delivered stays.',
  },
  WORKER_LOST: {
    action: 'fail',
    outcome: 'failed',
    meaning: 'The workers that held this task died too often.',
    advice: "Look at the workers' memory limit and at their last log lines.",
  },
  PAYLOAD_UNKNOWN: {
    action: 'fail',
    outcome: 'failed',
    meaning: 'What the queue holds of the task, or of the run, is not what this release of the worker knows.',
    advice: 'Let the API and all workers be of the same release, and run again.',
  },
  NOTHING_SELECTED: {
    action: 'fail',
    outcome: 'failed',
    meaning: 'The accounts, regions and services of the request leave nothing of this provider to read.',
    advice: 'Correct the request: `GET /extraction/providers` lists accounts and regions.',
  },
  MANIFEST_UNDELIVERED: {
    action: 'fail',
    outcome: 'partial',
    meaning: 'The artifacts are delivered, but the manifest of the run could not be.',
    advice: 'Look at the receiving side; the API has the same coverage.',
  },
  SETTINGS_MISSING: {
    action: 'fail',
    outcome: 'failed',
    meaning: 'The worker has no settings for the account that the task names, or does not know its provider.',
    advice: 'Give API and workers the same settings, and run again.',
  },
  INTERNAL: {
    action: 'retry',
    outcome: 'failed',
    meaning: 'Something happened that this table does not know: a bug of ours.',
    advice: 'Report it, with the log line of the task.',
  },
} as const satisfies Record<string, ErrorRow>

export type ErrorCode = keyof typeof ERRORS

const OF_ANOTHER_RELEASE: ErrorRow = {
  action: 'fail',
  outcome: 'failed',
  meaning: 'A worker of another release has said so.',
  advice: 'Let the API and all workers be of the same release.',
}

/** What a code means; also of one that only a newer release has, as it may stand in Redis while workers are replaced. */
export function errorRow(code: ErrorCode): ErrorRow {
  return Object.hasOwn(ERRORS, code) ? ERRORS[code] : OF_ANOTHER_RELEASE
}

export interface ErrorDetails {
  readonly cause?: unknown
  /** Milliseconds after which trying again makes sense. */
  readonly retryAfter?: number
  /** The provider's own code, for the log. */
  readonly nativeCode?: string
}

/** The one error class. Its code says what to do. The message never holds credentials. */
export class ExtractionError extends Error {
  readonly code: ErrorCode
  readonly retryAfter: number | undefined
  readonly nativeCode: string | undefined

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.name = 'ExtractionError'
    this.code = code
    this.retryAfter = details.retryAfter
    this.nativeCode = details.nativeCode
  }
}

/** Anything thrown, as an `ExtractionError`. */
export function toExtractionError(thrown: unknown): ExtractionError {
  if (thrown instanceof ExtractionError) return thrown
  const message = thrown instanceof Error ? thrown.message : String(thrown)
  return new ExtractionError('INTERNAL', message, { cause: thrown })
}
